"""Building models over HTTP: lists, elements, tilesets and their contents, lines of sight; grades and times."""

import json
import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from box_model import PLACE, load_house
from city import City, open_city
from pyproj import Transformer

from api.layers import all_layers
from layers.access import people
from layers.access.people import Rights
from layers.grades import Grade
from layers.store.engine import Database

METRES = (1 / 95_210.0, 1 / 110_880.0)  # degrees of a metre to the east and to the north at the house
SECRET = "秘密"


@pytest.fixture(scope="module")
def housed(server: Any, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Yield a city with the house of boxes."""
    folder = tmp_path_factory.mktemp("housed")
    with server.copy_of(template) as database:
        load_house(database, all_layers(), folder)
        with open_city(database, folder / "home") as city:
            yield city


@pytest.fixture
def own(db: Database, tmp_path: Path) -> Iterator[City]:
    """Yield such a city to edit."""
    load_house(db, all_layers(), tmp_path)
    with open_city(db, tmp_path / "home") as city:
        yield city


def beside(east: float, north: float, height: float) -> str:
    """Return a place so many metres from the origin of the house, as requests state it."""
    return f"{PLACE[0] + east * METRES[0]},{PLACE[1] + north * METRES[1]},{height}"


def sight(city: City, start: tuple[float, float, float], end: tuple[float, float, float], **more: Any) -> Any:
    given = {"start": beside(*start), "end": beside(*end), **more}
    answer = city.client.get("/bim/models/house/pick", params=given)
    assert answer.status_code == 200, answer.text
    return answer.json()


def metadata(raw: bytes) -> tuple[dict[str, Any], list[str]]:
    """Return the document of a GLB, and the ids of its elements."""
    size = struct.unpack_from("<I", raw, 12)[0]
    document = json.loads(raw[20 : 20 + size])
    table = document["extensions"]["EXT_structural_metadata"]["propertyTables"][0]
    views, binary = document["bufferViews"], raw[28 + size :]
    content, offsets = (views[table["properties"]["id"][name]] for name in ("values", "stringOffsets"))
    ends = np.frombuffer(binary, "<u4", table["count"] + 1, offsets["byteOffset"])
    text = binary[content["byteOffset"] :]
    return document, [text[a:b].decode() for a, b in pairwise(ends)]


def contents(city: City, tileset: dict[str, Any], **headers: str) -> dict[tuple[str, str], httpx.Response]:
    """Return the contents of a tileset by storey and part."""
    return {
        (child["extras"]["storey"], child["extras"]["part"]): city.client.get(child["content"]["uri"], headers=headers)
        for child in tileset["root"]["children"]
    }


def test_the_model_is_listed_with_its_storeys_and_classes(housed: City) -> None:
    (listed,) = housed.client.get("/bim/models").json()["models"]
    assert (listed["id"], listed["title"]) == ("house", "小楼")
    assert listed["position"] == pytest.approx(PLACE, abs=1e-9)
    model = housed.client.get("/bim/models/house").json()
    assert [(one["name"], one["spaces"], one["elements"]) for one in model["storeys"]] == [("1层", 1, 2), ("2层", 1, 2)]
    assert model["counts"]["space"] == {"IfcSpace": 2}
    assert model["georeference"]["source"] == "by_hand"


def test_models_come_page_by_page_and_by_the_ground_they_are_on(own: City, tmp_path: Path) -> None:
    for number in range(3):
        load_house(own.database, all_layers(), tmp_path, model=f"far-{number}", lonlat=(121.6 + number / 100, 31.3))
    ids: list[str] = []
    path: str | None = "/bim/models?limit=2"
    while path:
        page = own.client.get(path).json()
        assert len(page["models"]) <= 2
        ids += [one["id"] for one in page["models"]]
        path = next((one["href"] for one in page["links"] if one["rel"] == "next"), None)
    assert ids == ["far-0", "far-1", "far-2", "house"]
    near = own.client.get("/bim/models?bbox=121.605,31.29,121.615,31.31").json()["models"]
    assert [one["id"] for one in near] == ["far-1"]
    assert own.client.get("/bim/models?bbox=1,2").status_code == 400
    assert own.client.get("/bim/models?limit=0").status_code == 400


def test_an_element_is_told_with_its_properties(housed: City) -> None:
    wall = housed.client.get("/bim/models/house/elements/wall-1").json()
    assert wall["properties"]["Pset_WallCommon"]["FireRating"] == "1h"
    assert [one["name"] for one in wall["within"]] == ["地块", "小楼", "1层"]
    assert wall["volume_m3"] == pytest.approx(2.4)


@pytest.mark.parametrize(
    ("start", "end", "met"),
    [
        ((1.0, -20.0, 1.0), (1.0, 20.0, 1.0), "wall-1"),
        ((2.0, -20.0, 1.0), (2.0, 20.0, 1.0), "door-1"),
        ((2.0, -20.0, 4.0), (2.0, 20.0, 4.0), "door-2"),
        ((1.0, 20.0, 5.9), (1.0, -20.0, 5.9), "wall-2"),
        ((1.0, 0.1, 40.0), (1.0, 0.1, -10.0), "wall-2"),
    ],
)
def test_five_lines_of_sight_meet_five_elements(housed: City, start: Any, end: Any, met: str) -> None:
    answer = sight(housed, start, end)
    assert answer["hit"]["id"] == answer["element"]["id"] == met


def test_a_line_of_sight_goes_through_rooms_unless_they_are_shown_and_through_storeys_that_are_not(
    housed: City,
) -> None:
    down = ((2.0, 3.0, 40.0), (2.0, 3.0, -10.0))
    assert sight(housed, *down) == {"hit": None}
    met = sight(housed, *down, spaces="true")["hit"]
    assert met["id"] == "room-2"
    assert met["position"][2] == pytest.approx(5.8, abs=1e-3)
    assert sight(housed, *down, spaces="true", storey="storey-1")["hit"]["id"] == "room-1"


def test_the_tileset_stands_where_the_house_does(housed: City) -> None:
    tileset = housed.client.get("/3dtiles/house/tileset.json").json()
    assert tileset["asset"]["version"] == "1.1"
    assert set(contents(housed, tileset)) == {
        ("storey-1", "elements"), ("storey-1", "spaces"), ("storey-2", "elements"), ("storey-2", "spaces"),
    }  # fmt: skip
    matrix = np.array(tileset["root"]["transform"]).reshape(4, 4).T
    to_map = Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True)
    lon, lat, height = to_map.transform(*(matrix @ [4.0, 5.2, 0.0, 1.0])[:3])
    assert (lon, lat) == pytest.approx((PLACE[0] + 4 * METRES[0], PLACE[1] + 5.2 * METRES[1]), abs=1e-7)
    assert height == pytest.approx(0.0, abs=1e-3)
    box = tileset["root"]["boundingVolume"]["box"]
    assert box[:3] == pytest.approx([2.0, 2.55, 3.0])
    assert (box[3], box[7], box[11]) == pytest.approx((2.0, 2.65, 3.0))


def test_contents_have_the_elements_of_their_storey(housed: City) -> None:
    tileset = housed.client.get("/3dtiles/house/tileset.json?ground=true").json()
    found = {group: metadata(answer.content)[1] for group, answer in contents(housed, tileset).items()}
    assert sorted(found["storey-1", "elements"]) == ["door-1", "wall-1"]
    assert found["storey-2", "spaces"] == ["room-2"]
    alone = housed.client.get("/3dtiles/house/tileset.json?storey=storey-2&part=elements").json()
    assert set(contents(housed, alone)) == {("storey-2", "elements")}


def test_storeys_are_lifted_apart_and_met_where_they_are_drawn(housed: City) -> None:
    apart = housed.client.get("/3dtiles/house/tileset.json?apart=10").json()["root"]
    lifts = {child["extras"]["storey"]: child.get("transform", [0] * 16)[14] for child in apart["children"]}
    assert lifts == {"storey-1": 0, "storey-2": 10}
    box = apart["boundingVolume"]["box"]
    assert box[2] + box[11] == pytest.approx(16.0)
    straight = ((1.0, -20.0, 14.0), (1.0, 20.0, 14.0))
    assert sight(housed, *straight) == {"hit": None}
    assert sight(housed, *straight, apart="10")["hit"]["id"] == "wall-2"
    assert sight(housed, (1.0, -20.0, 4.0), (1.0, 20.0, 4.0), apart="10") == {"hit": None}


def test_a_cut_takes_away_what_lies_over_it(housed: City) -> None:
    cut = housed.client.get("/3dtiles/house/tileset.json?cut=2.5&part=elements").json()
    assert set(contents(housed, cut)) == {("storey-1", "elements")}
    ((group, answer),) = contents(housed, cut).items()
    document, ids = metadata(answer.content)
    assert sorted(ids) == ["door-1", "wall-1"], group
    highest = max(
        document["accessors"][one["attributes"]["POSITION"]]["max"][1] for one in document["meshes"][0]["primitives"]
    )
    assert highest == pytest.approx(2.5)
    assert sight(housed, (1.0, -20.0, 2.7), (1.0, 20.0, 2.7))["hit"]["id"] == "wall-1"
    assert sight(housed, (1.0, -20.0, 2.7), (1.0, 20.0, 2.7), cut="2.5") == {"hit": None}
    assert housed.client.get("/3dtiles/house/tileset.json?cut=-5").status_code == 404
    for wrong in ("apart=1e9", "apart=nan", "cut=inf", "cut=x"):
        assert housed.client.get(f"/3dtiles/house/tileset.json?{wrong}").status_code == 400, wrong


def test_a_content_is_answered_304_until_it_changes(own: City) -> None:
    path = "/3dtiles/house/content.glb?storey=storey-1"
    first = own.client.get(path)
    assert first.headers["content-type"] == "model/gltf-binary"
    asked = {"If-None-Match": first.headers["etag"]}
    assert own.client.get(path, headers=asked).status_code == 304
    own.sql("UPDATE onemap.building_elements SET name = '新门' WHERE source_key = 'door-1'")
    changed = own.client.get(path, headers=asked)
    assert changed.status_code == 200
    assert "新门".encode() in changed.content


def test_what_is_graded_is_in_nothing_that_a_stranger_gets(own: City) -> None:
    path = "/3dtiles/house/content.glb?storey=storey-2&part=spaces"
    elements = "/3dtiles/house/content.glb?storey=storey-2"
    tags = own.client.get(elements).headers["etag"]
    own.sql(f"UPDATE onemap.building_elements SET grade = 2, name = '{SECRET}' WHERE source_key = 'room-2'")
    assert own.client.get(path).status_code == 404
    assert own.client.get("/bim/models/house/elements/room-2").status_code == 404
    assert own.client.get(elements).headers["etag"] == tags, "what is hidden changes no tag"
    assert own.client.get("/bim/models/house").json()["counts"]["space"] == {"IfcSpace": 1}
    assert sight(own, (2.0, 3.0, 40.0), (2.0, 3.0, -10.0), spaces="true")["hit"]["id"] == "room-1"
    with own.database.writer.begin() as connection:
        token = people.add(connection, "inspector", Rights(clearance=Grade.INTERNAL))
    signed = {"Authorization": f"Bearer {token}"}
    assert own.client.get("/bim/models/house/elements/room-2", headers=signed).json()["name"] == SECRET
    assert metadata(own.client.get(path, headers=signed).content)[1] == ["room-2"]


def test_a_model_that_is_wholly_graded_is_reported_like_one_that_does_not_exist(own: City) -> None:
    own.sql("UPDATE onemap.building_elements SET grade = 3")
    assert own.client.get("/bim/models").json()["models"] == []
    for path in ("/bim/models/house", "/3dtiles/house/tileset.json", "/bim/models/house/pick?start=1,1,1&end=1,1,0"):
        answer = own.client.get(path)
        other = own.client.get(path.replace("house", "nowhere"))
        assert (answer.status_code, answer.json()["detail"].replace("house", "nowhere")) == (
            other.status_code, other.json()["detail"],
        )  # fmt: skip


def test_a_model_takes_the_place_of_the_building_that_it_is_a_model_of(own: City) -> None:
    west, south, east, north = (*PLACE, PLACE[0] + 4 * METRES[0], PLACE[1] + 5 * METRES[1])
    own.sql(
        "INSERT INTO onemap.buildings (name, height_m, geom) VALUES"
        f" ('旧', 6, ST_Multi(ST_MakeEnvelope({west}, {south}, {east}, {north}, 4490))),"
        f" ('邻', 6, ST_Multi(ST_MakeEnvelope({east}, {south}, {east + 0.001}, {north}, 4490)))"
    )
    (listed,) = own.client.get("/bim/models").json()["models"]
    (fid,) = listed["stands_for"]["buildings"]
    assert own.client.get(f"/collections/buildings/items/{fid}").json()["properties"]["name"] == "旧"
    own.sql("UPDATE onemap.buildings SET grade = 2 WHERE name = '旧'")
    assert own.client.get("/bim/models").json()["models"][0]["stands_for"]["buildings"] == []


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("start=1,2&end=1,2,3", "start"),
        ("start=1,2,3&end=x,2,3", "end"),
        ("start=1,2,3&end=1,200,3", "end"),
        ("start=1,2,nan&end=1,2,3", "start"),
    ],
)
def test_a_line_that_is_none_is_refused_by_name(housed: City, query: str, parameter: str) -> None:
    answer = housed.client.get(f"/bim/models/house/pick?{query}")
    assert answer.status_code == 400
    assert answer.json()["parameter"] == parameter


def test_the_elements_are_a_layer_like_any_other(housed: City) -> None:
    found = housed.client.get("/collections/building_elements/items?kind=element&class=IfcDoor&limit=10").json()
    assert sorted(item["properties"]["name"] for item in found["features"]) == ["门1", "门2"]
    answers = housed.client.get("/search", params={"q": "南墙2"}).json()
    assert "南墙2" in json.dumps(answers, ensure_ascii=False)


def test_the_house_is_the_same_for_whoever_asks_for_the_time_of_its_load(own: City) -> None:
    with own.database.owner.connect() as connection:
        made = connection.exec_driver_sql(
            "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        ).scalar_one()
    own.sql("DELETE FROM onemap.building_elements WHERE source_key = 'wall-1'")
    assert own.client.get("/bim/models/house/elements/wall-1").status_code == 404
    then = own.client.get("/bim/models/house/elements/wall-1", params={"as_of": made})
    assert then.json()["name"] == "南墙1"


def colors(raw: bytes) -> set[tuple[float, ...]]:
    document, _ = metadata(raw)
    materials = (one["pbrMetallicRoughness"]["baseColorFactor"] for one in document["materials"])
    return {tuple(round(part, 2) for part in color[:3]) for color in materials}


def test_a_model_is_coloured_by_a_property_as_its_legend_says(housed: City) -> None:
    by = "property:Pset_WallCommon.FireRating"
    told = housed.client.get("/bim/models/house/legend", params={"by": by}).json()
    assert [entry["value"] for entry in told["entries"]] == ["1h", "2h", None]
    tileset = housed.client.get("/3dtiles/house/tileset.json", params={"by": by, "part": "elements"}).json()
    address = tileset["root"]["children"][0]["content"]["uri"]
    assert "by=property" in address
    plain = housed.client.get("/3dtiles/house/content.glb?storey=storey-1")
    painted = housed.client.get("/3dtiles/house/content.glb", params={"storey": "storey-1", "by": by})
    assert painted.headers["etag"] != plain.headers["etag"]
    assert len(colors(painted.content)) == 2, "the wall of its rating, and the door of the rest"
    assert colors(painted.content) != colors(plain.content)


@pytest.mark.parametrize(
    "path", ["/bim/models/house/legend", "/3dtiles/house/tileset.json", "/3dtiles/house/content.glb"]
)
def test_what_is_nothing_to_colour_by_is_refused(housed: City, path: str) -> None:
    answer = housed.client.get(path, params={"by": "grade", "storey": "storey-1"})
    assert answer.status_code == 400
    assert "'grade' is not one of class" in answer.json()["detail"]


def test_what_an_upright_cut_takes_away_is_neither_drawn_nor_met(housed: City) -> None:
    line = (2.0, 10.0, 1.0), (2.0, -10.0, 1.0)
    assert sight(housed, *line)["element"]["id"] == "wall-1"
    cut = sight(housed, *line, section="0,-0.05")
    assert cut["element"]["id"] == "door-1", "the wall lies farther north than the cut"
    assert cut["hit"]["share"] == pytest.approx(10.1 / 20, abs=1e-4), "its far side, through the cut"
    assert sight(housed, *line, section="0,-1")["hit"] is None
    tileset = housed.client.get("/3dtiles/house/tileset.json", params={"section": "0,-0.05", "part": "elements"}).json()
    address = tileset["root"]["children"][0]["content"]["uri"]
    assert "section=0%2C-0.05" in address
    assert metadata(housed.client.get(address).content)[1] == ["door-1"]
    assert housed.client.get("/3dtiles/house/tileset.json?section=north").status_code == 400
