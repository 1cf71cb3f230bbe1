"""Layers of footprints as 3-D Tiles: for whom, of when, whole, and as others read them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from math import degrees
from typing import Any

import httpx
import pytest
from city import City
from gltf import Glb, gltf_errors, loaded
from shapely.geometry import box, mapping
from subtrees import walk

from layers.access import area_of_geojson, people
from layers.access.people import Rights
from layers.grades import Grade

# More than a thousand kiosks on less than a square kilometre.
CROWD = """
INSERT INTO onemap.buildings (name, height_m, dataset, geom)
SELECT 'kiosk', 3, 'test', ST_Multi(ST_MakeEnvelope(x, y, x + 0.00003, y + 0.00003, 4490))
FROM generate_series(0, 29) AS i, generate_series(0, 39) AS j,
     LATERAL (SELECT 121.5005 + i * 0.00006 AS x, 31.2382 + j * 0.00006 AS y) AS place
"""
TILESET = "/3dtiles/layers/{}/tileset.json"


def tileset(city: City, layer: str = "buildings", signed: bool = False, **asked: str) -> dict[str, Any]:
    answer = ask(city, TILESET.format(layer), signed, **asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ask(city: City, path: str, signed: bool = False, **asked: str) -> httpx.Response:
    return city.client.get(path, params=asked or None, headers=city.signed_in if signed else {})


def url(city: City, layer: str = "buildings") -> str:
    return str(city.client.base_url.join(TILESET.format(layer)))


def address(city: City, layer: str, template: str, at: tuple[int, int, int]) -> str:
    level, x, y = map(str, at)
    relative = template.replace("{level}", level).replace("{x}", x).replace("{y}", y)
    return str(httpx.URL(url(city, layer)).join(relative))


def contents(city: City, layer: str = "buildings", signed: bool = False, **asked: str) -> Iterator[Glb]:
    """Yield all contents of a tileset, as a client finds them: tileset, subtrees, contents."""
    root = tileset(city, layer, signed, **asked)["root"]
    implicit = root["implicitTiling"]
    assert implicit["subdivisionScheme"] == "QUADTREE"

    def get(template: str, at: tuple[int, int, int]) -> bytes:
        answer = ask(city, address(city, layer, template, at), signed)
        assert answer.status_code == 200, answer.text
        return answer.content

    named = walk(implicit["subtreeLevels"], lambda *place: get(implicit["subtrees"]["uri"], place))
    for at in sorted(named):
        assert at[0] < implicit["availableLevels"]
        yield Glb(get(root["content"]["uri"], at))


def names(city: City, **asked: Any) -> list[str]:
    return sorted(name for glb in contents(city, **asked) for name in glb.texts("name"))


def test_every_building_that_has_no_parts_is_in_exactly_one_content(sample_city: City) -> None:
    with sample_city.database.owner.connect() as connection:
        sql = "SELECT fid FROM onemap.buildings WHERE has_parts IS NOT TRUE AND hidden_by IS NULL"
        rows = connection.exec_driver_sql(sql + " AND valid @> now()").scalars().all()
    found = [int(fid) for glb in contents(sample_city) for fid in glb.texts("fid")]
    assert len(found) == len(set(found))
    assert set(found) == set(rows)
    assert tileset(sample_city)["root"]["extras"]["features"] == len(found) > 100


@pytest.mark.parametrize("layer", ["buildings", "building_parts"])
def test_the_reader_of_deck_loads_all_contents_and_has_them_where_the_map_has_them(
    sample_city: City, layer: str
) -> None:
    read = loaded(url(sample_city, layer))
    assert read.failed == []
    own = list(contents(sample_city, layer))
    assert len(read.contents) == len(own)
    told = [fid for content in read.contents for fid in content["features"]["fid"]]
    assert sorted(map(str, told)) == sorted(fid for glb in own for fid in glb.texts("fid"))
    west, south, east, north, low, high = tileset(sample_city, layer)["root"]["boundingVolume"]["region"]
    for content in read.contents:
        assert degrees(west) <= content["least"][0] < content["greatest"][0] <= degrees(east)
        assert degrees(south) <= content["least"][1] < content["greatest"][1] <= degrees(north)
        assert low - 0.02 <= content["least"][2] < content["greatest"][2] <= high + 0.02


def test_the_reader_of_deck_follows_subtrees_down_to_a_crowd(own_city: City) -> None:
    own_city.sql(CROWD)
    own_city.sql("UPDATE onemap.buildings SET geom = ST_Translate(geom, 2.5, 1) WHERE name = '金茂大厦'")
    own = [glb.texts("fid") for glb in contents(own_city)]
    read = loaded(url(own_city))
    assert read.failed == []
    told = [content["features"]["fid"] for content in read.contents]
    assert sorted(map(sorted, told)) == sorted(map(sorted, own))
    assert sum(map(len, told)) == 1203
    assert max(map(len, told)) <= 1000
    levels = [int(content["url"].split("/content/")[1].split("/")[0]) for content in read.contents]
    assert min(levels) < 8 <= max(levels), "there are subtrees below the first one"
    assert tileset(own_city)["root"]["implicitTiling"]["availableLevels"] == max(levels) + 1


def test_khronos_validator_finds_no_fault_in_what_the_server_sends(sample_city: City) -> None:
    root = tileset(sample_city)["root"]
    answer = ask(sample_city, address(sample_city, "buildings", root["content"]["uri"], (0, 0, 0)))
    bodies = [answer.content] if answer.status_code == 200 else []
    for at in [(1, x, y) for x in (0, 1) for y in (0, 1)]:
        found = ask(sample_city, address(sample_city, "buildings", root["content"]["uri"], at))
        bodies += [found.content] if found.status_code == 200 else []
    assert bodies
    assert [fault for body in bodies for fault in gltf_errors(body)] == []


def test_a_tower_stands_where_it_is_as_high_as_it_is(city: City) -> None:
    (content,) = loaded(url(city)).contents
    assert content["least"][:2] == pytest.approx([121.5008, 31.2352], abs=1e-7)
    assert content["greatest"][:2] == pytest.approx([121.5034, 31.2376], abs=1e-7)
    assert [content["least"][2], content["greatest"][2]] == pytest.approx([0, 632], abs=0.01)
    heights = dict(zip(content["features"]["name"], content["features"]["height_m"], strict=True))
    assert heights == {"上海中心大厦": "632", "上海环球金融中心": "492", "金茂大厦": "420.5"}


def test_what_is_graded_higher_is_in_nothing_that_a_stranger_gets(own_city: City) -> None:
    def told() -> list[Any]:
        answers = [ask(own_city, TILESET.format("buildings"))]
        root = answers[0].json()["root"]
        for template in (root["content"]["uri"], root["implicitTiling"]["subtrees"]["uri"]):
            answers.append(ask(own_city, address(own_city, "buildings", template, (0, 0, 0))))
        assert {answer.status_code for answer in answers} == {200}
        return [(answer.headers["etag"], answer.content) for answer in answers]

    before = told()
    assert "内部楼" in names(own_city, signed=True)
    assert "内部楼" not in names(own_city)
    # Higher, farther away and more of them: none of it moves heights, region, availability or a tag.
    own_city.sql("UPDATE onemap.buildings SET height_m = 900, geom = ST_Translate(geom, 0.3, 0.3) WHERE grade = 2")
    assert told() == before
    assert own_city.client.get(TILESET.format("buildings"), headers={"If-None-Match": before[0][0]}).status_code == 304
    assert tileset(own_city, signed=True)["root"]["boundingVolume"]["region"][5] == 900
    # Whoever asks for the ground on which it stands finds nothing.
    elsewhere = "/3dtiles/layers/buildings/{}?root=121.78125,31.515625,0.03125"
    assert own_city.client.get(elsewhere.format("content/0/0/0.glb"), headers=own_city.signed_in).status_code == 200
    for path in ("content/0/0/0.glb", "subtrees/0/0/0.subtree"):
        assert ask(own_city, elsewhere.format(path)).status_code == 404


def test_whoever_is_bound_to_an_area_sees_graded_things_in_it_alone(own_city: City) -> None:
    def seen(west: float) -> list[str]:
        area = area_of_geojson("here", mapping(box(west, 31.23, west + 0.002, 31.236)))
        with own_city.database.writer.begin() as connection:
            token = people.add(connection, f"bound-{west}", Rights(clearance=Grade.INTERNAL, area=area))
        bound = replace(own_city, token=token)
        return [name for glb in contents(bound, signed=True) for name in glb.texts("name")]

    assert "内部楼" in seen(121.498)
    assert "内部楼" not in seen(121.51)
    assert len(seen(121.52)) == 3


def test_an_edit_in_sql_is_in_the_next_answer_and_what_is_unchanged_is_a_304(own_city: City) -> None:
    root = tileset(own_city)["root"]
    content = address(own_city, "buildings", root["content"]["uri"], (0, 0, 0))
    tags = {path: ask(own_city, path).headers["etag"] for path in (content, TILESET.format("buildings"))}
    for path, tag in tags.items():
        assert own_city.client.get(path, headers={"If-None-Match": tag}).status_code == 304
    own_city.sql("UPDATE onemap.buildings SET height_m = 700 WHERE name = '金茂大厦'")
    for path, tag in tags.items():
        answer = own_city.client.get(path, headers={"If-None-Match": tag})
        assert answer.status_code == 200
        assert answer.headers["etag"] != tag
    assert "700" in Glb(ask(own_city, content).content).texts("height_m")
    own_city.sql("DELETE FROM onemap.buildings WHERE name = '金茂大厦'")
    assert names(own_city) == ["上海中心大厦", "上海环球金融中心"]


def test_packed_by_meshopt_the_same_things_come_with_tags_of_their_own(sample_city: City) -> None:
    assert names(sample_city, compress="meshopt") == names(sample_city)
    root = tileset(sample_city, compress="meshopt")["root"]
    assert "compress=meshopt" in root["content"]["uri"]
    packed, plain = (loaded(url(sample_city) + query) for query in ("?compress=meshopt", ""))
    assert packed.failed == []
    told, kept = ({tuple(one["features"]["fid"]): one for one in read.contents} for read in (packed, plain))
    assert set(told) == set(kept)
    for key, one in told.items():
        assert one["least"] == pytest.approx(kept[key]["least"], abs=0.007)
        assert one["greatest"][2] == pytest.approx(kept[key]["greatest"][2], abs=0.007)


def test_times_are_asked_for_as_of_tiles_on_the_map(own_city: City) -> None:
    own_city.sql("UPDATE onemap.buildings SET valid = tstzrange('2020-01-01Z', '2024-01-01Z') WHERE name = '金茂大厦'")
    assert "金茂大厦" not in names(own_city)
    assert names(own_city, datetime="2022-01-01T00:00:00Z") == ["金茂大厦"]
    assert len(names(own_city, datetime="2019-06-01T00:00:00Z/..")) == 3
    with own_city.database.owner.connect() as connection:
        before = connection.exec_driver_sql("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', "
                                            "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')").scalar_one()  # fmt: skip
    own_city.sql("UPDATE onemap.buildings SET name = '别名' WHERE name = '上海中心大厦'")
    assert "别名" in names(own_city)
    assert "上海中心大厦" in names(own_city, as_of=before)
    assert ask(own_city, TILESET.format("buildings"), as_of="2001-01-01T00:00:00Z").status_code == 404


def test_a_thing_without_a_height_is_drawn_three_metres_high_and_counted(own_city: City) -> None:
    own_city.sql("UPDATE onemap.buildings SET height_m = NULL WHERE name = '金茂大厦'")
    own_city.sql("UPDATE onemap.buildings SET height_m = 'NaN' WHERE name = '上海环球金融中心'")
    own_city.sql("UPDATE onemap.buildings SET height_m = 5, min_height_m = 8 WHERE name = '上海中心大厦'")
    root = tileset(own_city)["root"]
    assert root["extras"] | {"root": ""} == {"root": "", "features": 3, "without_height": 3}
    assert root["boundingVolume"]["region"][4:] == [0, 11]
    (glb,) = contents(own_city)
    assert glb.texts("height_m") == ["", "", ""]
    # The ground falls away from the tangent plane in the middle of a tile: by 8 cm at a kilometre.
    assert glb.points[:, 2].max() == pytest.approx(11, abs=0.1)


def test_colours_are_those_of_the_first_variant_or_of_the_one_that_is_asked_for(city: City) -> None:
    def colors(**asked: str) -> set[tuple[float, ...]]:
        (glb,) = contents(city, **asked)
        return {tuple(each["pbrMetallicRoughness"]["baseColorFactor"]) for each in glb.document["materials"]}

    assert len(colors()) == 1, "all three towers are over 400 m"
    assert len(colors(variant="use")) == 2, "an office and a hotel"
    assert colors(color="#ff0000") == {(1, 0, 0, 1)}


@pytest.mark.parametrize(("path", "status", "word"), [
    ("roads/tileset.json", 404, "height_m"),
    ("none/tileset.json", 404, "layer"),
    ("buildings/tileset.json?variant=x", 400, "height"),
    ("buildings/tileset.json?color=red", 400, "color"),
    ("buildings/tileset.json?datetime=x", 400, "datetime"),
    ("buildings/content/0/0/0.glb?root=x", 400, "root"),
    ("buildings/content/3/8/0.glb", 404, "tile"),
    ("buildings/content/-1/0/0.glb", 404, "tile"),
    ("buildings/content/99/0/0.glb", 404, "tile"),
    ("buildings/content/0/0/0.glb?root=10,10,1", 404, "nothing"),
    ("buildings/subtrees/1/0/0.subtree", 404, "subtree"),
])  # fmt: skip
def test_what_cannot_be_answered_is_a_sentence(city: City, path: str, status: int, word: str) -> None:
    answer = city.client.get(f"/3dtiles/layers/{path}")
    assert answer.status_code == status
    assert word in json.dumps(answer.json(), ensure_ascii=False)


def test_a_tile_of_too_much_is_refused_and_not_cut(city_with: Any) -> None:
    with city_with(tile_features=2) as city:
        path = "/3dtiles/layers/buildings/content/0/0/0.glb"
        assert "more than 2" in ask(city, path).json()["detail"]
