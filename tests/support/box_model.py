"""A house of boxes as a building model: a site, two storeys with a room, a wall and a door each, all sizes known."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from boxes import GLASS, box_body

from bim.georeference import LocateOptions, Statement
from bim.ingest import ModelOptions, ModelSummary
from bim.ingest.load import load_opened
from bim.model import Body, Element
from bim.reading import ModelReading, Tell
from layers.ops.jobs import Progress, Silent
from layers.registry import Registry
from layers.store import Database

STOREY_M = 3.0
PLACE = (121.5100, 31.2400)


def house(mark: str = "") -> list[tuple[Element, Body | None]]:
    """Return the elements of the house with their shapes; ``mark`` is in every name."""
    parts: list[tuple[Element, Body | None]] = [
        (Element("site", "site", "IfcSite", f"{mark}地块"), None),
        (Element("house", "building", "IfcBuilding", f"{mark}小楼", parent="site"), None),
    ]
    for number in (1, 2):
        parts += storey(number, mark)
    return parts


def storey(number: int, mark: str = "") -> list[tuple[Element, Body | None]]:
    """Return one storey: a room of 4 × 5 × 2.8 m, a wall of 4 × 0.2 × 3 m, a door of 1 × 0.1 × 2 m."""
    floor, key = (number - 1) * STOREY_M, f"storey-{number}"
    rated = {"Pset_WallCommon": {"FireRating": f"{number}h", "IsExternal": True, "Reference": f"{mark}墙型"}}
    return [
        (Element(key, "storey", "IfcBuildingStorey", f"{mark}{number}层", parent="house", elevation_m=floor), None),
        (
            Element(
                f"room-{number}", "space", "IfcSpace", f"{mark}房间{number}", parent=key, storey=key,
                quantities={"Qto_SpaceBaseQuantities": {"NetVolume": 56.0}},
            ),
            box_body((4.0, 5.0, 2.8), (0.0, 0.2, floor), GLASS),
        ),
        (
            Element(
                f"wall-{number}", "element", "IfcWall", f"{mark}南墙{number}", parent=key, storey=key,
                discipline="architecture", properties=rated, materials=("混凝土",),
            ),
            box_body((4.0, 0.2, STOREY_M), (0.0, 0.0, floor)),
        ),
        (
            Element(f"door-{number}", "element", "IfcDoor", f"{mark}门{number}", parent=key, storey=key),
            box_body((1.0, 0.1, 2.0), (1.5, -0.1, floor)),
        ),
    ]  # fmt: skip


@dataclass
class BoxReading(ModelReading):
    """A model that is read already."""

    shapes: dict[str, Body] = field(default_factory=dict)

    def bodies(self, tell: Tell) -> Iterator[tuple[str, Body]]:
        """Stream the shapes."""
        for number, (key, body) in enumerate(self.shapes.items(), 1):
            yield key, body
            tell(number, len(self.shapes))


def load_house(
    database: Database,
    registry: Registry,
    folder: Path,
    parts: list[tuple[Element, Body | None]] | None = None,
    *,
    lonlat: tuple[float, float] = PLACE,
    progress: Progress | None = None,
    **options: Any,
) -> ModelSummary:
    """Load the house, or other parts, as the model ``house`` at ``lonlat`` with its x-axis to the east."""
    path = folder / "house.ifc"
    path.write_text("boxes", encoding="utf-8")
    parts = house() if parts is None else parts
    reading = BoxReading(
        path, "boxes", "1", "小楼", tuple(element for element, _ in parts), Statement(),
        shapes={element.id: body for element, body in parts if body is not None},
    )  # fmt: skip
    by_hand = LocateOptions(lonlat=lonlat, anchor=(0.0, 0.0, 0.0), heading_deg=0.0)
    return load_opened(
        database, registry, reading, ModelOptions(**({"place": by_hand} | options)), progress or Silent()
    )
