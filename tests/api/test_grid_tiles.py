"""A layer on a grid as a layer with tiles."""

import mapbox_vector_tile
import pytest
from city import City

from layers.space.grids.h3 import H3

Z, X, Y = 14, 13721, 6694
TILE = f"/collections/{{}}/grid/tiles/{Z}/{X}/{Y}.mvt"


def cells(city: City, layer: str = "buildings", **given: object) -> dict[str, float]:
    answer = city.client.get(TILE.format(layer), params=given)
    assert answer.status_code in (200, 204), answer.text
    features = mapbox_vector_tile.decode(answer.content)["cells"]["features"] if answer.content else []
    return {one["properties"]["code"]: one["properties"]["value"] for one in features}


def counted(city: City, layer: str = "buildings", **given: object) -> dict[str, dict]:
    found = city.client.get(f"/collections/{layer}/grid", params=given).json()["features"]
    return {one["id"]: one["properties"] for one in found}


@pytest.mark.parametrize(
    ("grid", "level"),
    [("beidou", 4), ("beidou", 5), ("beidou", 6), ("geosot", 15), ("geosot", 18), ("h3", 7), ("h3", 9), ("h3", 11)],
)
def test_tiles_count_as_the_list_does(city: City, grid: str, level: int) -> None:
    told = {code: one["count"] for code, one in counted(city, grid=grid, level=level).items() if one["count"]}
    assert cells(city, grid=grid, level=level) == told
    assert sum(told.values()) == 3


@pytest.mark.parametrize(
    ("layer", "measure", "column"),
    [("buildings", "per_km2", None), ("buildings", "area_m2", None), ("buildings", "area_share", None),
     ("buildings", "sum", "height_m"), ("roads", "length_m", None)],
)  # fmt: skip
@pytest.mark.parametrize(("grid", "level"), [("beidou", 5), ("h3", 8), ("h3", 10)])
def test_other_measures_are_those_of_the_list(
    city: City, grid: str, level: int, layer: str, measure: str, column: str | None
) -> None:
    sums = {} if column is None else {"sum": column}
    name = measure if column is None else f"sum_{column}"
    told = {code: one[name] for code, one in counted(city, layer, grid=grid, level=level, **sums).items() if one[name]}
    found = cells(city, layer, grid=grid, level=level, measure=measure, **sums)
    inside = {code: value for code, value in told.items() if code in found}
    assert len(inside) == len(found) > 0
    assert {code: found[code] for code in inside} == pytest.approx(inside, rel=2e-3, abs=2e-5)


@pytest.mark.parametrize(("grid", "level"), [("beidou", 5), ("h3", 9)])
def test_an_edit_is_in_the_next_tile_and_the_tag_follows_it(own_city: City, grid: str, level: int) -> None:
    path = f"{TILE.format('buildings')}?grid={grid}&level={level}"
    first = own_city.client.get(path)
    tag = {"If-None-Match": first.headers["etag"]}
    assert own_city.client.get(path, headers=tag).status_code == 304
    before = sum(cells(own_city, grid=grid, level=level).values())
    own_city.sql("DELETE FROM onemap.buildings WHERE name = '金茂大厦'")
    assert own_city.client.get(path, headers=tag).status_code == 200
    assert sum(cells(own_city, grid=grid, level=level).values()) == before - 1


@pytest.mark.parametrize(("asked", "lon"), [("grid=beidou&level=4", 121.515), ("grid=h3&level=7", 121.4955)])
def test_an_edit_beyond_the_edge_in_the_same_cell_changes_the_tile(own_city: City, asked: str, lon: float) -> None:
    # At zoom 19 a cell that is about two kilometres wide covers many tiles.
    tile = f"/collections/buildings/grid/tiles/19/439094/214211.mvt?{asked}"
    first = own_city.client.get(tile)
    assert first.status_code == 200
    tag = {"If-None-Match": first.headers["etag"]}
    own_city.sql(
        "INSERT INTO onemap.buildings (name, dataset, geom) VALUES ('远楼', 'test',"
        f" ST_Multi(ST_MakeEnvelope({lon}, 31.234, {lon} + 0.0002, 31.2342, 4490)))"
    )
    assert own_city.client.get(tile, headers=tag).status_code == 200


def test_each_instant_has_its_cells(own_city: City) -> None:
    assert cells(own_city, datetime="2000-01-01T00:00:00Z") == {}
    assert cells(own_city, datetime="2000-01-01T00:00:00Z/..")


@pytest.mark.parametrize("zoom", [0, 1, 2])
@pytest.mark.parametrize("level", [0, 1])
def test_hexagons_of_half_the_globe_are_drawn(city: City, zoom: int, level: int) -> None:
    column, row = 13721 >> (Z - zoom), 6694 >> (Z - zoom)
    path = f"/collections/buildings/grid/tiles/{zoom}/{column}/{row}.mvt"
    answer = city.client.get(path, params={"grid": "h3", "level": level})
    assert answer.status_code == 200, answer.text
    (cell,) = mapbox_vector_tile.decode(answer.content)["cells"]["features"]
    assert cell["properties"] == {"code": H3.encode(121.5, 31.2, level)[0], "value": 3}


@pytest.mark.parametrize(("grid", "level"), [("beidou", 5), ("h3", 9)])
def test_graded_rows_count_for_those_alone_who_see_them(city: City, grid: str, level: int) -> None:
    given = {"grid": grid, "level": level}
    mine = city.client.get(TILE.format("buildings"), params=given, headers=city.signed_in)
    features = mapbox_vector_tile.decode(mine.content)["cells"]["features"]
    assert sum(one["properties"]["value"] for one in features) == 4
    assert mine.headers["cache-control"].startswith("private")


@pytest.mark.parametrize(
    ("given", "parameter", "said"),
    [
        ({"grid": "chess"}, "grid", "there are cells of beidou, geosot, h3"),
        ({"grid": "h3", "level": "16"}, "level", "levels 0 to 15"),
        ({"grid": "h3", "level": "14"}, "level", "zoom in, or take a coarser level"),
        ({"level": "11"}, "level", "levels 1 to 10"),
        ({"level": "10"}, "level", "zoom in, or take a coarser level"),
        ({"level": "x"}, "level", "no level"),
        ({"measure": "beauty"}, "measure", "no measure"),
        ({"measure": "sum"}, "sum", "go together"),
        ({"measure": "count", "sum": "height_m"}, "sum", "go together"),
        ({"sum": "name"}, "sum", "no numbers"),
        ({"colour": "red"}, "colour", "they take datetime, as_of, grid, level, measure, sum"),
    ],
)
def test_what_no_tile_is_made_of_is_told(city: City, given: dict, parameter: str, said: str) -> None:
    answer = city.client.get(TILE.format("buildings"), params=given)
    assert answer.status_code == 400
    assert answer.json()["parameter"] == parameter
    assert said in answer.json()["detail"]
    assert city.client.get(TILE.format("nothing")).status_code == 404
