"""A district of buildings without storeys over HTTP: cut in space, each building in one content, found where it is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from city import City, open_city
from district import APART_MM, SIDE_MM, STREET, height_mm, write_district
from gltf import Glb, gltf_errors, loaded
from sqlalchemy import text

from api.layers import all_layers
from bim.catalog import BUILDING_ELEMENTS
from bim.ingest import ModelOptions, load_model
from bim.tileset import Group, View
from bim.tileset.statement import members_of_group
from bim.tiling import METRES, Cell
from layers.access import LOCAL_OPERATOR, decide
from layers.ops.jobs import Silent
from layers.temporal import now

COUNT = 2_000
Json = dict[str, Any]
HIDE = text("UPDATE onemap.building_elements SET grade = 2 WHERE dataset = 'district' AND source_key = 'b7'")


@pytest.fixture(scope="module")
def district(server: Any, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Yield a city with a district of two thousand buildings, of which one is internal."""
    folder: Path = tmp_path_factory.mktemp("district")
    with server.copy_of(template) as database:
        load_model(
            database, all_layers(), write_district(folder / "district.city.json", COUNT), ModelOptions(), Silent()
        )
        with open_city(database, folder / "home") as city:
            yield city


def tileset(city: City, query: str = "") -> Json:
    answer = city.client.get(f"/3dtiles/district/tileset.json{query}")
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def tiles(tile: Json) -> Iterator[Json]:
    """Go through the tiles that have a content."""
    if "content" in tile:
        yield tile
    for child in tile.get("children", ()):
        yield from tiles(child)


def glb_of(city: City, tile: Json) -> Glb:
    answer = city.client.get(tile["content"]["uri"])
    assert answer.status_code == 200, answer.text
    return Glb(answer.content)


def rows_read(plan: Json) -> float:
    """Return how many rows the scans of a plan have looked at."""
    removed = sum(rows for name, rows in plan.items() if name.startswith("Rows Removed by"))
    own = plan["Actual Loops"] * (plan["Actual Rows"] + removed) if "Scan" in plan["Node Type"] else 0
    return float(own) + sum(map(rows_read, plan.get("Plans", ())))


def matrix(tile: Json) -> Any:
    return np.reshape(tile.get("transform", np.eye(4).ravel()), (4, 4)).T


def test_each_building_is_in_one_content_whole_and_in_its_place(district: City) -> None:
    found: dict[str, Any] = {}
    for tile in tiles(tileset(district)["root"]):
        glb = glb_of(district, tile)
        points = glb.points + matrix(tile)[:3, 3]
        for number, name in enumerate(glb.texts("id")):
            own = points[glb.features == number]
            assert name not in found
            found[name] = (own.min(axis=0), own.max(axis=0))
    assert set(found) == {f"b{number}" for number in range(COUNT)}
    first = found["b0"][0]
    for name, (least, greatest) in found.items():
        number = int(name[1:])
        place = np.array([number % STREET * APART_MM, number // STREET * APART_MM, 0]) / 1000
        assert least - first == pytest.approx(place, abs=1e-4)
        assert greatest - least == pytest.approx(np.array([*SIDE_MM, height_mm(number)]) / 1000, abs=1e-4)


def test_a_box_holds_all_that_is_in_its_tile_and_a_tile_seen_from_afar_is_not_divided(district: City) -> None:
    root = tileset(district)["root"]
    assert len(list(tiles(root))) > 3

    def walk(tile: Json, above: Any, error: float) -> Any:
        assert tile["geometricError"] < error
        own = above @ matrix(tile)
        inside = [walk(child, own, tile["geometricError"]) for child in tile.get("children", ())]
        if "content" in tile:
            inside.append(glb_of(district, tile).points + own[:3, 3])
        points = np.concatenate(inside)
        centre, half = np.array(tile["boundingVolume"]["box"][:3]), np.array(tile["boundingVolume"]["box"][3::4])
        assert (np.abs(points - own[:3, 3] - centre) <= half + 1e-3).all()
        return points

    flat = {**root, "transform": np.eye(4).ravel().tolist()}
    assert len(np.unique(walk(flat, np.eye(4), np.inf)[:, 0].round(2))) >= 2 * STREET


def test_khronos_validator_finds_no_fault_and_the_reader_of_deck_loads_all_with_their_names(district: City) -> None:
    listed = list(tiles(tileset(district)["root"]))
    assert gltf_errors(district.client.get(listed[0]["content"]["uri"]).content) == []
    read = loaded(f"{str(district.client.base_url).rstrip('/')}/3dtiles/district/tileset.json?ground=true")
    assert read.failed == []
    assert len(read.contents) == len(listed)
    told = [name for content in read.contents for name in content["features"]["id"]]
    assert sorted(told) == sorted(f"b{number}" for number in range(COUNT))
    for content in read.contents:
        assert 3.5 < content["least"][2] < content["greatest"][2] < 13.5, (
            "the district stands four metres over its zero"
        )


def test_the_building_under_a_place_is_met_whatever_content_it_is_in(district: City) -> None:
    items = district.client.get("/collections/building_elements/items?limit=3000").json()["features"]
    for item in items[:: COUNT // 10]:
        ring = item["geometry"]["coordinates"]
        while not isinstance(ring[0][0], float):
            ring = ring[0]
        lon, lat = np.mean(ring[:4], axis=0)[:2]
        answer = district.client.get(
            "/bim/models/district/pick", params={"start": f"{lon},{lat},500", "end": f"{lon},{lat},-50"}
        )
        assert answer.json()["hit"]["id"] == item["properties"]["source_key"]


def test_a_content_reads_the_rows_of_its_own_cell_alone(district: City) -> None:
    view = View(BUILDING_ELEMENTS, decide(LOCAL_OPERATOR, "read", BUILDING_ELEMENTS), now())
    with district.database.owner.begin() as connection:
        connection.execute(text("ANALYZE onemap.building_elements, onemap.bim_shape"))
        place = connection.execute(text("SELECT cell_x, cell_y FROM onemap.bim_shape ORDER BY id LIMIT 1")).one()
        statement = members_of_group(view, "district", Group("", "elements", Cell(*place, 1, METRES)))
        compiled = statement.compile(connection)
        told = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {compiled}", compiled.params).scalar_one()
        members = len(connection.execute(statement).all())
    assert 0 < members <= 2
    assert rows_read(told[0]["Plan"]) < 20, told


@pytest.mark.parametrize(
    ("cell", "status"),
    [("0,0,16", 404), ("0,0,17", 400), ("1,0,16", 400), ("x", 400), ("nan,0,16", 400), ("1e300,0,16", 400)],
)
def test_a_cell_with_nothing_in_it_is_not_there_and_what_is_none_is_refused(
    district: City, cell: str, status: int
) -> None:
    assert district.client.get("/3dtiles/district/content.glb", params={"cell": cell}).status_code == status


def test_a_cut_takes_away_the_cells_beyond_it(district: City) -> None:
    whole, cut = (list(tiles(tileset(district, query)["root"])) for query in ("", "?section=90,-300"))
    assert 0 < len(cut) < len(whole)
    assert all(district.client.get(tile["content"]["uri"]).status_code == 200 for tile in cut)


def test_what_is_hidden_is_in_no_content_and_only_the_tag_of_its_own_cell_changes(district: City) -> None:
    def tags() -> dict[str, str]:
        found = tiles(tileset(district)["root"])
        return {tile["content"]["uri"]: district.client.get(tile["content"]["uri"]).headers["etag"] for tile in found}

    before = tags()
    with district.database.owner.begin() as connection:
        connection.execute(HIDE)
    after = tags()
    (changed,) = [uri for uri in before if before[uri] != after[uri]]
    assert district.client.get(changed, headers={"If-None-Match": before[changed]}).status_code == 200
    assert district.client.get(changed, headers={"If-None-Match": after[changed]}).status_code == 304
    told = [name for tile in tiles(tileset(district)["root"]) for name in glb_of(district, tile).texts("id")]
    assert sorted(told) == sorted(f"b{number}" for number in range(COUNT) if number != 7)


def test_packed_by_meshopt_it_has_the_same_buildings_for_the_reader_of_deck_and_a_tag_of_its_own(
    district: City,
) -> None:
    base = str(district.client.base_url).rstrip("/")
    plain, packed = (loaded(f"{base}/3dtiles/district/tileset.json{query}") for query in ("", "?compress=meshopt"))
    assert packed.failed == []
    assert [one["features"] for one in packed.contents] == [one["features"] for one in plain.contents]
    for one, other in zip(plain.contents, packed.contents, strict=True):
        for end in ("least", "greatest"):
            assert other[end][2] == pytest.approx(one[end][2], abs=0.007)
            assert other[end][:2] == pytest.approx(one[end][:2], abs=1e-7)
    uri = next(tiles(tileset(district, "?compress=meshopt")["root"]))["content"]["uri"]
    whole, small = (district.client.get(address) for address in (uri.replace("&compress=meshopt", ""), uri))
    assert whole.headers["etag"] != small.headers["etag"]
    assert len(small.content) < len(whole.content) / 3
    assert gltf_errors(small.content) == []
    assert district.client.get(uri.replace("=meshopt", "=draco")).status_code in (400, 422)
