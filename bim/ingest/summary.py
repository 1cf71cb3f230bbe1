"""What a load of a model has done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bim.bindings import Binding
from bim.georeference import Georeference
from bim.model import Defect
from layers.intake import LoadSummary


@dataclass(frozen=True)
class ModelSummary:
    """The load itself, the elements of each class in the file, how many have shapes, what is wrong, and the place.

    ``orphans`` are bindings whose element this load ended.
    """

    load: LoadSummary
    schema: str
    counts: Mapping[str, int]
    shapes: int
    meshes: int
    triangles: int
    defects: tuple[Defect, ...]
    georeference: Mapping[str, Any]
    orphans: tuple[Binding, ...] = ()

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            **self.load.json(),
            "schema": self.schema,
            "counts": dict(self.counts),
            "shapes": self.shapes,
            "meshes": self.meshes,
            "triangles": self.triangles,
            "defects": [defect_json(defect) for defect in self.defects],
            "georeference": dict(self.georeference),
            "orphans": [binding.json() for binding in self.orphans],
        }


def georeference_json(found: Georeference) -> dict[str, Any]:
    """Return where a model stands, and how that is known, as JSON."""
    return {
        "placement": found.placement.json(),
        "level": found.level,
        "crs": found.crs,
        "source": found.source,
        "residual_m": found.residual_m,
        "notes": [note.json() for note in found.notes],
    }


def defect_json(defect: Defect) -> dict[str, Any]:
    """Return a defect as JSON."""
    return {"element": defect.element, "rule": defect.rule, "message": defect.message.json()}
