"""Models moved by hand over HTTP, from Python and on the command line: everything that lies there moves, or nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from box_model import PLACE, load_house
from city import City, open_city
from sqlalchemy import text

from api.client import Client
from api.layers import all_layers
from bim.georeference import LocateOptions, Placement
from layers.access import people
from layers.access.people import Rights
from layers.errors import Conflict, Forbidden
from layers.space import to_geocentric
from layers.store.engine import Database

THERE = {"lon": PLACE[0] + 0.0004, "lat": PLACE[1] - 0.0003, "height_m": 6.5, "heading_deg": 327.0}
WHY = {"why": "照测量成果修正"}
PATH = "/bim/models/house/placement"


@pytest.fixture
def own(db: Database, tmp_path: Path) -> Iterator[City]:
    """Yield a city with the house of boxes, to edit."""
    load_house(db, all_layers(), tmp_path)
    with open_city(db, tmp_path / "home") as city:
        yield city


def person(city: City, *roles: str, **rights: Any) -> dict[str, str]:
    name = "-".join(roles) or "reader"
    with city.database.writer.begin() as connection:
        token = people.add(connection, name, Rights(roles=roles, **rights))
    return {"Authorization": f"Bearer {token}"}


def moved(city: City, **words: Any) -> httpx.Response:
    return city.client.patch(PATH, json=WHY | words, headers=city.signed_in)


def apart_m(one: list[float], other: list[float]) -> float:
    ends = to_geocentric(np.array([one, other], dtype=float))
    return float(np.linalg.norm(ends[0] - ends[1]))


def sights(city: City, model: str, placement: Placement) -> list[Any]:
    """Return what is met by lines of sight through the wall, the door and the roof of a model, where it stands."""
    lines = [((1, -20, 1), (1, 20, 1)), ((2, -20, 4), (2, 20, 4)), ((1, 0.1, 40), (1, 0.1, -10))]
    found = []
    for line in lines:
        ends = placement.geodetic(np.array(line, dtype=float))
        # On the flat map the model's zero is at height 0.
        ends[:, 2] -= placement.height_m - placement.anchor[2]
        words = {name: ",".join(map(repr, end.tolist())) for name, end in zip(("start", "end"), ends, strict=True)}
        answer = city.client.get(f"/bim/models/{model}/pick", params=words)
        found.append(answer.json()["hit"])
    return found


def test_all_that_is_asked_of_a_moved_model_agrees_with_a_fresh_load_there(own: City, tmp_path: Path) -> None:
    answer = moved(own, **THERE)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["moved"]["rows"] == 10
    assert told["placement"]["heading_deg"] == pytest.approx(327.0)
    placement = Placement.from_json(told["placement"])
    there = LocateOptions(lonlat=(THERE["lon"], THERE["lat"]), anchor=placement.anchor, height_m=6.5, heading_deg=327.0)
    load_house(own.database, all_layers(), tmp_path, model="fresh", place=there)
    mine, fresh = (
        [own.client.get(f"/3dtiles/{name}/tileset.json{way}").json()["root"] for way in ("", "?ground=true")]
        for name in ("house", "fresh")
    )
    for one, other in zip(mine, fresh, strict=True):
        assert np.allclose(one["transform"], other["transform"], rtol=0, atol=0.001)
        assert one["boundingVolume"] == other["boundingVolume"]
    hits, others = sights(own, "house", placement), sights(own, "fresh", placement)
    assert [hit["id"] for hit in hits] == ["wall-1", "door-2", "wall-2"]
    for hit, other in zip(hits, others, strict=True):
        assert hit["id"] == other["id"]
        assert apart_m(hit["position"], other["position"]) < 0.01
    features = own.client.get("/collections/building_elements/items?limit=100").json()["features"]
    places: dict[str, dict[str, Any]] = {"house": {}, "fresh": {}}
    for one in features:
        places[one["properties"]["dataset"]][one["properties"]["source_key"]] = one["geometry"]["coordinates"]
    assert len(places["house"]) == 10
    for key, rings in places["fresh"].items():
        assert np.allclose(np.ravel(places["house"][key]), np.ravel(rings), rtol=0, atol=1e-7), key


def test_the_map_below_tiles_and_lists_follow_and_as_of_before_they_do_not(own: City) -> None:
    own.sql(
        "INSERT INTO onemap.buildings (name, source_key, dataset, geom) SELECT '旧址', 'old', 'test', ST_Multi(geom) "
        "FROM onemap.building_elements WHERE source_key = 'house'"
    )
    x, y = _tile_of(*PLACE, 17)
    tile = f"/tiles/building_elements/17/{x}/{y}.mvt"
    before, listed = own.client.get(tile), own.client.get("/bim/models").json()["models"][0]
    assert before.status_code == 200
    assert before.content
    assert len(listed["stands_for"]["buildings"]) == 1
    then = _instant(own)
    assert moved(own, east_m=900.0).status_code == 200
    after = own.client.get(tile, headers={"if-none-match": before.headers["etag"]})
    assert after.status_code in (200, 204)
    assert after.content != before.content
    (now,) = own.client.get("/bim/models").json()["models"]
    assert now["stands_for"]["buildings"] == []
    assert now["position"] != listed["position"]
    (former,) = own.client.get("/bim/models", params={"as_of": then}).json()["models"]
    assert (former["position"], former["stands_for"]) == (listed["position"], listed["stands_for"])
    assert own.client.get(f"{tile}?as_of={then}").content == before.content
    told = own.client.get(PATH, params={"as_of": then}).json()
    assert (told["by_hand"], told["version"], told["history"]) == (False, 0, [])
    box = f"{PLACE[0] - 0.001},{PLACE[1] - 0.001},{PLACE[0] + 0.001},{PLACE[1] + 0.001}"
    assert own.client.get("/bim/models", params={"bbox": box}).json()["models"] == []


def _tile_of(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    size = 2**zoom
    y = np.arcsinh(np.tan(np.radians(lat))) / np.pi
    return int((lon + 180) / 360 * size), int((1 - y) / 2 * size)


def _instant(city: City) -> str:
    with city.database.reader.connect() as connection:
        stamp = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return str(stamp.isoformat().replace("+00:00", "Z"))


def test_who_moved_it_and_why_is_told_to_those_who_may_know(own: City) -> None:
    moved(own, up_m=1.25)
    told = own.client.get(PATH, headers=own.signed_in).json()
    (said,) = told["history"]
    assert (said["why"], bool(said["who"]), said["until"]) == (WHY["why"], True, None)
    assert told["shift"] == {"east_m": 0.0, "north_m": 0.0, "up_m": 1.25, "turn_deg": 0.0}
    assert told["stated"]["placement"]["height_m"] == 0.0
    stranger = own.client.get(PATH).json()
    assert (stranger["history"][0]["who"], stranger["history"][0]["why"], stranger["may_move"]) == (None, None, False)
    assert WHY["why"] not in own.client.get("/bim/models/house").text


def test_stewards_and_administrators_move_models_and_nobody_else(own: City) -> None:
    for headers, status in (({}, 401), (person(own), 403), (person(own, "duty"), 403), (person(own, "steward"), 200)):
        asked = own.client.patch(PATH, json=WHY | {"up_m": 1}, headers=headers)
        assert asked.status_code == status, asked.text
        back = own.client.delete(PATH, headers=headers)
        assert back.status_code == status, back.text
    with own.database.owner.connect() as connection:
        acts = connection.execute(
            text("SELECT allowed, detail FROM onemap.audit WHERE resource = 'placements' ORDER BY id")
        ).all()
    assert {row.allowed for row in acts} == {"yes", "no"}
    assert next(row.detail for row in acts if row.allowed == "yes") == {"model": "house", **WHY}


def test_a_model_of_which_nothing_may_be_seen_is_not_there_to_be_moved(own: City) -> None:
    own.sql("UPDATE onemap.building_elements SET grade = 3")
    steward = person(own, "steward")
    assert own.client.patch(PATH, json=WHY | {"up_m": 1}, headers=steward).status_code == 404
    assert own.client.delete(PATH, headers=steward).status_code == 404
    assert own.client.get(PATH).status_code == 404
    assert moved(own, up_m=1).status_code == 200
    with own.database.owner.connect() as connection:
        assert connection.execute(text("SELECT min(grade) FROM onemap.building_elements")).scalar_one() == 3


@pytest.mark.parametrize(
    ("words", "status", "parameter"),
    [
        ({"heading_deg": 400}, 400, "heading_deg"), ({"lon": 121}, 400, "lat"), ({"colour": 1}, 400, "colour"),
        ({"up_m": 1, "why": ""}, 400, "why"), ({}, 400, None), ({"lon": 10, "lat": 10}, 400, None),
        ({"up_m": 1, "version": 77}, 409, None),
    ],
)  # fmt: skip
def test_a_refused_move_says_why_and_moves_nothing(
    own: City, words: dict[str, Any], status: int, parameter: str | None
) -> None:
    before = own.client.get(PATH).json()
    refused = moved(own, **words)
    assert (refused.status_code, refused.json().get("parameter")) == (status, parameter), refused.text
    assert own.client.get(PATH).json() == before


def test_a_notebook_moves_a_model_and_takes_it_back(own: City) -> None:
    with Client(str(own.client.base_url), own.token) as client:
        there = client.buildings.move("house", "fits", east_m=3.0, heading_deg=10.0)
        assert there["shift"]["turn_deg"] == pytest.approx(10.0)
        with pytest.raises(Conflict):
            client.buildings.move("house", "again", east_m=1.0, version=0)
        assert client.buildings.take_back("house", "no")["by_hand"] is False
        assert len(client.buildings.placement("house")["history"]) == 2
    with Client(str(own.client.base_url)) as client, pytest.raises(Exception, match="steward") as refused:
        client.buildings.move("house", "mine", east_m=1.0)
    assert not isinstance(refused.value, Forbidden), "a stranger is asked who he is"


def test_a_way_between_rooms_is_as_long_and_lies_where_the_model_is(own: City) -> None:
    path = "/bim/models/house/path?start=room-1&end=outside"
    before = own.client.get(path).json()
    moved(own, north_m=100.0)
    after = own.client.get(path).json()
    lines = [np.array(one["geometry"]["coordinates"]) for one in (before, after)]
    assert np.allclose((lines[1] - lines[0])[:, 1] * 110_880, 100.0, atol=0.1)
    assert np.allclose((lines[1] - lines[0])[:, 0], 0.0, atol=1e-7)
