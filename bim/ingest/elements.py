"""Elements with all that is known of them when a model was read: what becomes of them in the database."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from bim.georeference import Placement
from bim.ingest.outlines import Extent, complete, on_the_map
from bim.ingest.spool import Shape
from bim.model import Defect, Element, Gap
from layers.intake import Row

Json = dict[str, Any]
# Its key, and properties, quantities and other facts as JSON.
Record = tuple[str, str, str, str]


@dataclass
class Measured:
    """A shape with what was measured of it: its extent, the volume in m³ if it is closed, the area in plan in m²."""

    shape: Shape
    extent: Extent
    volume_m3: float | None
    area_m2: float


@dataclass
class Elements:
    """The elements of one model, and what was measured of those with a shape."""

    elements: tuple[Element, ...]
    measured: dict[str, Measured] = field(default_factory=dict)
    defects: list[Defect] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def rows(
        self, layer: str, placement: Placement, grades: Mapping[str, int], given: Mapping[str, Any]
    ) -> Iterator[Row]:
        """Yield a row of the layer for each element that lies anywhere, with its grade and the values ``given``."""
        extents = complete(self.elements, {key: each.extent for key, each in self.measured.items()})
        present = [element for element in self.elements if element.id in extents]
        outlines = np.array([extents[element.id].outline for element in present], dtype=object)
        low = np.array([extents[element.id].low for element in present])
        storeys = {element.id: element.name or element.long_name for element in self.elements}
        faults = self._faults()
        for element, outline in zip(present, on_the_map(outlines, low, placement), strict=True):
            values = self._values(element, extents[element.id], storeys, placement.scale)
            values |= {**given, "grade": grades[element.id], "defect": faults.get(element.id)}
            yield Row(layer, element.id, shapely.to_wkb(outline), values)

    @cached_property
    def records(self) -> dict[str, Record]:
        """Return what is kept of each element beside its row, by the element's id."""
        gaps: dict[str, list[Json]] = {}
        for gap in self.gaps:
            gaps.setdefault(gap.wall, []).append(_gap_json(gap))
        return {element.id: record_of(element, gaps.get(element.id, ())) for element in self.elements}

    def grades(self, grade: int, own: Mapping[str, int]) -> dict[str, int]:
        """Return the grade of each element: the highest of its own (else ``grade``) and of all that contain it."""
        grades: dict[str, int] = {}
        # Parents stand before their children.
        for element in self.elements:
            inherited = grades.get(element.parent or "", 0)
            grades[element.id] = max(own.get(element.id, grade), inherited)
        return grades

    def _values(self, element: Element, extent: Extent, storeys: Mapping[str, str], scale: float) -> dict[str, Any]:
        measured = self.measured.get(element.id)
        volume = None if measured is None or measured.volume_m3 is None else measured.volume_m3 * scale**2
        return {
            "name": element.name or None,
            "long_name": element.long_name or None,
            "kind": element.kind,
            "class": element.type,
            "type_name": element.type_name or None,
            "discipline": element.discipline or None,
            "storey": element.storey,
            "storey_name": storeys.get(element.storey or ""),
            "parent": element.parent,
            "min_height_m": extent.low,
            "height_m": extent.high,
            "volume_m3": volume,
            "area_m2": None if measured is None else measured.area_m2 * scale**2,
            "shape": None if measured is None else measured.shape.id,
            "record": self.records[element.id][0],
        }

    def _faults(self) -> dict[str, str]:
        faults: dict[str, list[str]] = {}
        for defect in self.defects:
            faults.setdefault(defect.element, []).append(defect.rule)
        return {element: ", ".join(dict.fromkeys(rules)) for element, rules in faults.items()}


def record_of(element: Element, gaps: Sequence[Json] = ()) -> Record:
    """Return the key of an element's record, and its properties, quantities and other facts as JSON."""
    facts = {
        "materials": list(element.materials),
        "systems": list(element.systems),
        "predefined_type": element.predefined_type,
        "tag": element.tag,
        "elevation_m": element.elevation_m,
        "open_to": dict(element.open_to),
        "gaps": sorted(gaps, key=lambda gap: str(gap["id"])),
    }
    told = {name: value for name, value in facts.items() if value not in ("", [], {}, None)}
    texts = [_json(element.properties), _json(element.quantities), _json(told)]
    key = hashlib.sha256("\0".join(texts).encode()).hexdigest()[:32]
    return key, texts[0], texts[1], texts[2]


def _gap_json(gap: Gap) -> Json:
    """Return a hole in a wall: the corners of the ground below it and its heights, metres of the frame of the model."""
    points = gap.body.points
    ground = shapely.minimum_rotated_rectangle(shapely.MultiPoint(points[:, :2]))
    corners = np.round(shapely.get_coordinates(ground)[:4], 4).tolist()
    low, high = np.round([points[:, 2].min(), points[:, 2].max()], 4).tolist()
    return {"id": gap.id, "name": gap.name, "corners": corners, "low": low, "high": high}


def _json(value: object) -> str:
    # PostgreSQL's text has no NUL; a file may.
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=dict).replace("\\u0000", "�")


def count(elements: Iterable[Element]) -> dict[str, int]:
    """Return how many elements there are of each class."""
    counts: dict[str, int] = {}
    for element in elements:
        counts[element.type] = counts.get(element.type, 0) + 1
    return dict(sorted(counts.items()))
