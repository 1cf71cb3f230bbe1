"""What a load of a model has done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bim.model import Defect
from layers.intake import LoadSummary


@dataclass(frozen=True)
class ModelSummary:
    """The load itself, the elements of each class in the file, how many have shapes, what is wrong, and the place."""

    load: LoadSummary
    schema: str
    counts: Mapping[str, int]
    shapes: int
    meshes: int
    triangles: int
    defects: tuple[Defect, ...]
    georeference: Mapping[str, Any]

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
        }


def defect_json(defect: Defect) -> dict[str, Any]:
    """Return a defect as JSON."""
    return {"element": defect.element, "rule": defect.rule, "message": defect.message.json()}
