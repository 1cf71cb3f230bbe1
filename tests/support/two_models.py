"""Bodies loaded as building models of which each stands in its own way: other places, turned, far from their origin."""

from pathlib import Path

import numpy as np
import shapely
from box_model import PLACE, BoxReading
from boxes import box_body
from prisms import prism, turned, wall_with_opening

from bim.clashes import between
from bim.georeference import LocateOptions, Placement, Statement
from bim.ingest import ModelOptions
from bim.ingest.load import load_opened
from bim.model import Body, Element
from layers.ops.jobs import Silent
from layers.registry import Registry
from layers.store import Database

Parts = list[tuple[Element, Body | None]]
FRAME = Placement(*PLACE, 4.0, 0.0)
ASIDE = Placement(PLACE[0] + 0.0008, PLACE[1] - 0.0005, 7.5, 31.0, 1.0, (5000.0, -3000.0, 10.0))


def part(key: str, body: Body | None, discipline: str = "", parent: str = "house") -> tuple[Element, Body | None]:
    """Return an element with its shape; its name is its key."""
    return Element(key, "element", "IfcBuildingElementProxy", key, parent=parent, discipline=discipline), body


def load_parts(
    database: Database, registry: Registry, folder: Path, model: str, parts: Parts, place: Placement = FRAME
) -> None:
    """Load parts, whose shapes are in the frame of ``FRAME``, as a model that stands by another placement."""
    path = folder / f"{model}.ifc"
    path.write_text(model, encoding="utf-8")
    own = between(FRAME, place)
    house = Element("house", "building", "IfcBuilding", "楼")
    shapes = {one.id: Body(body.mesh, own @ body.matrix) for one, body in parts if body is not None}
    elements = (house, *(one for one, _ in parts))
    reading = BoxReading(path, "boxes", "1", model, elements, Statement(), shapes=shapes)
    said = LocateOptions(
        lonlat=(place.lon, place.lat), height_m=place.height_m, anchor=place.anchor, heading_deg=place.heading_deg
    )
    load_opened(database, registry, reading, ModelOptions(model=model, place=said), Silent())
    assert np.isfinite(own).all()


L_SHAPE = shapely.Polygon([(20, 0), (24, 0), (24, 0.3), (20.3, 0.3), (20.3, 4), (20, 4)])
STRUCTURE = [
    part("wall", wall_with_opening((1.5, 0.0, 2.5, 2.1)), "structure"),
    part("slab", box_body((8, 8, 0.3), (0, 0, 3)), "structure"),
    part("angle", prism(L_SHAPE, 3), "structure"),
    part("column", turned(box_body((0.4, 0.4, 3), (10, 0, 0)), 20), "structure"),
    part("beam", box_body((6, 0.3, 0.5), (0, 12, 0)), "structure"),
]
SERVICES = [
    # Three that cut into each other: a duct through the wall, a pipe in the side of the angle, one in a turned column.
    part("duct", turned(box_body((0.4, 3, 0.4), (0.5, -1, 2.3)), 5), "hvac"),
    part("pipe", box_body((3, 0.1, 0.1), (20.25, 1, 1)), "hvac"),
    part("shaft", turned(box_body((0.3, 0.3, 3), (10.3, 0.1, 0)), 20), "hvac"),
    # The beam once more, and a bar that has three of its planes.
    part("beam again", box_body((6, 0.3, 0.5), (0, 12, 0)), "hvac"),
    part("bar", box_body((2, 2, 0.3), (7, 7, 3)), "hvac"),
    # What only touches: a door in its opening, and a hanger under the slab.
    part("door", box_body((1, 0.1, 2.1), (1.5, 0.05, 0)), "hvac"),
    part("hanger", box_body((0.1, 0.1, 0.5), (5, 5, 2.5)), "hvac"),
]
BUILT_IN = {
    ("wall", "duct", "intersects"), ("angle", "pipe", "intersects"), ("column", "shaft", "intersects"),
    ("beam", "beam again", "identical"), ("slab", "bar", "intersects"),
}  # fmt: skip
