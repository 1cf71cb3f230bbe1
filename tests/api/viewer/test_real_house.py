"""A real house in the viewer: clicks on five of its elements name those that a line of sight of our own meets first."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.geom
import numpy as np
import pytest
from city import open_server
from numpy.typing import NDArray
from pyproj import Transformer

from api.layers import all_layers
from bim.georeference import LocateOptions
from bim.ingest import ModelOptions, load_model
from layers.ops.jobs import Silent

pytestmark = pytest.mark.browser

HOUSE = "AC20-FZK-Haus.ifc"
PLACE = (121.55, 31.21)
SOLID = f"#view={PLACE[1]},{PLACE[0] + 0.00006},20,30,55&mode=3d"
CLICKS = 5
# A click lands up to half a pixel beside the point that is meant; around it the same is to be seen.
MARGIN_PX = 3
LEAST_AREA = 0.05
# Of each element its largest triangles are looked for.
TRIES = 4
DRAWN = """() => {
  const layer = viewer.overlay._props.layers.find(one => one.id.startsWith('model-'));
  const tiles = layer?.state?.tileset3d?.tiles || [];
  return tiles.length > 0 && tiles.every(tile => tile.content || !tile.contentUrl) && layer.isLoaded;
}"""
SIGHTS = """spots => {
  const viewport = viewer.overlay._deck.getViewports()[0];
  return spots.flatMap(([x, y]) => [viewport.unproject([x, y, -1]), viewport.unproject([x, y, 0.9])]);
}"""
SPOTS = "places => places.map(place => viewer.overlay._deck.getViewports()[0].project(place))"
# Degrees and metres of height to metres east, north and up of the place.
FRAME = Transformer.from_pipeline(
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +ellps=GRS80 "
    f"+step +proj=topocentric +ellps=GRS80 +lon_0={PLACE[0]} +lat_0={PLACE[1]}"
)
Metres = NDArray[np.float64]


@dataclass(frozen=True)
class House:
    """Triangles (n, 3, 3) of the house in metres about its place, east, north, up, and the element of each."""

    triangles: Metres
    owners: NDArray[np.int64]
    ids: tuple[str, ...]

    def first(self, start: Metres, end: Metres) -> str | None:
        """Return the element that a line meets first (Möller and Trumbore 1997)."""
        way = end - start
        corner, one, two = self.triangles[:, 0], *np.moveaxis(self.triangles[:, 1:] - self.triangles[:, :1], 1, 0)
        across = np.cross(way, two)
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = 1 / (one * across).sum(1)
            offset = start - corner
            u = (offset * across).sum(1) * scale
            beside = np.cross(offset, one)
            v, share = (way * beside).sum(1) * scale, (two * beside).sum(1) * scale
        met = (u >= 0) & (v >= 0) & (u + v <= 1) & (share > 0)
        if not met.any():
            return None
        return self.ids[self.owners[np.where(met, share, np.inf).argmin()]]


def read_house(path: Path) -> House:
    """Make the shapes by the library alone."""
    file = ifcopenshell.open(path)
    # An opening is a shape that is taken away.
    elements = [one for one in file.by_type("IfcElement") if not one.is_a("IfcFeatureElement")]
    products = [one for one in elements if one.Representation]
    settings = ifcopenshell.geom.settings()
    settings.set("use-world-coords", True)
    iterator = ifcopenshell.geom.iterator(
        settings, file, 1, include=products, geometry_library="hybrid-cgal-simple-opencascade"
    )
    triangles, owners, ids = [], [], []
    assert iterator.initialize()
    while True:
        shape = iterator.get()
        corners = np.reshape(shape.geometry.verts, (-1, 3))[np.reshape(shape.geometry.faces, (-1, 3))]
        triangles.append(corners)
        owners += [len(ids)] * len(corners)
        ids.append(shape.guid)
        if not iterator.next():
            return House(np.concatenate(triangles), np.array(owners), tuple(ids))


def metres(places: Any) -> Metres:
    """Turn longitude, latitude and height into metres about the place of the house."""
    return np.column_stack(FRAME.transform(*np.asarray(places, float).T))


def degrees(points: Metres) -> list[list[float]]:
    """Turn metres about the place of the house into longitude, latitude and height."""
    return np.column_stack(FRAME.transform(*points.T, direction="INVERSE")).tolist()  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def house(shared_data: Path) -> House:
    """Return the house as the library has it."""
    return read_house(shared_data / "bim" / HOUSE)


@pytest.fixture(scope="module")
def viewer_url(server: Any, template: str, shared_data: Path, tmp_path_factory: Any) -> Iterator[str]:
    """Serve a map with nothing but the house, its x-axis to the east."""
    place = LocateOptions(lonlat=PLACE, heading_deg=0.0)
    with server.copy_of(template) as database:
        load_model(database, all_layers(), shared_data / "bim" / HOUSE, ModelOptions(place=place), Silent())
        with open_server(database, tmp_path_factory.mktemp("house") / "home") as city:
            yield str(city.client.base_url)


def test_clicks_on_five_elements_name_those_that_are_seen_there(viewer: Any, house: House) -> None:
    viewer.open(SOLID)
    viewer.page.wait_for_function(DRAWN, timeout=60_000)
    viewer.settle()
    viewer.picture("real_house")
    wanted = list(seen(viewer, house))
    assert len(wanted) == CLICKS
    named = [click(viewer, spot) for _, spot in wanted]
    assert named == [element for element, _ in wanted]


def seen(viewer: Any, house: House) -> Iterator[tuple[str, tuple[float, float]]]:
    """Yield elements of the house, and a point of the screen at which each is surely seen."""
    sides = house.triangles[:, 1:] - house.triangles[:, :1]
    areas = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1) / 2
    tries: Counter[str] = Counter()
    order = []
    for place in np.argsort(-areas).tolist():
        element = house.ids[house.owners[place]]
        tries[element] += 1
        if areas[place] > LEAST_AREA and tries[element] <= TRIES:
            order.append(place)
    spots = viewer.page.evaluate(SPOTS, degrees(house.triangles[order].mean(1)))
    found: set[str] = set()
    for place, spot in zip(order, spots, strict=True):
        element = house.ids[house.owners[place]]
        if element in found or not (450 < spot[0] < 950 and 120 < spot[1] < 650):
            continue
        if all(met == element for met in meets(viewer, house, [(spot[0] + x, spot[1] + y) for x, y in around()])):
            found.add(element)
            yield element, (spot[0], spot[1])
        if len(found) == CLICKS:
            return


def around() -> Iterator[tuple[int, int]]:
    yield 0, 0  # first, as most are not seen at all
    yield from ((x, y) for x in (-MARGIN_PX, MARGIN_PX) for y in (-MARGIN_PX, MARGIN_PX))


def meets(viewer: Any, house: House, spots: list[tuple[float, float]]) -> Iterator[str | None]:
    """Yield the element that is met first at each of some points of the screen."""
    ends = metres(viewer.page.evaluate(SIGHTS, spots))
    return (house.first(start, end) for start, end in zip(ends[::2], ends[1::2], strict=True))


def click(viewer: Any, spot: tuple[float, float]) -> str:
    """Return the id of the element whose card a click opens."""
    viewer.page.evaluate("viewer.store.set({selected: null})")
    viewer.page.mouse.click(*spot)
    viewer.page.wait_for_function("() => viewer.store.get().selected")
    fid = viewer.page.evaluate("viewer.store.get().selected.fid")
    item = viewer.page.request.get(f"{viewer.url}/collections/building_elements/items/{fid}").json()
    return str(item["properties"]["source_key"])
