"""Annotations over HTTP: who writes, who sees, what grade they have, and what becomes of them in time."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely
from box_model import PLACE, load_house
from city import City, open_city
from sqlalchemy import text

from api.layers import all_layers
from layers.access import Area, people
from layers.access.people import Rights
from layers.grades import Grade
from layers.store.engine import Database

TOWER = (121.5013, 31.2356)
ROOM = [PLACE[0] + 0.00002, PLACE[1] + 0.00002, 1.5]
WORDS = "消防通道被占用，请现场核实。\n<img src=x onerror=alert(1)>"
Headers = dict[str, str]


@pytest.fixture
def district(db: Database, tmp_path: Path) -> Iterator[City]:
    """Yield a city with towers, of which one is internal, and the house."""
    load_house(db, all_layers(), tmp_path)
    with open_city(db, tmp_path / "home") as city:
        yield city


@pytest.fixture
def member(district: City) -> Callable[..., Headers]:
    """Return the headers of a new person."""

    def add(name: str, clearance: Grade = Grade.INTERNAL, role: str = "steward", area: Area | None = None) -> Headers:
        with district.database.writer.begin() as connection:
            rights = Rights((role,) if role else (), clearance, area=area)
            return {"Authorization": f"Bearer {people.add(connection, name, rights)}"}

    return add


def annotate(city: City, headers: Headers, **given: Any) -> dict[str, Any]:
    answer = city.client.post("/bim/annotations", json={"text": WORDS, "point": ROOM} | given, headers=headers)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def listed(city: City, query: str = "", headers: Headers | None = None) -> list[int]:
    answer = city.client.get(f"/bim/annotations?{query}", headers=headers or {})
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["annotations"]]


def instant() -> str:
    """Return an instant that no edit shares, as an address has it."""
    time.sleep(0.01)
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def fid_of(city: City, name: str) -> int:
    with city.database.owner.connect() as connection:
        statement = text("SELECT fid FROM onemap.buildings WHERE name = :name")
        return int(connection.execute(statement, {"name": name}).scalar_one())


def test_an_annotation_of_a_room_is_written_answered_resolved_and_opened_again(
    district: City, member: Callable[..., Headers]
) -> None:
    planner, other = member("规划员"), member("同事")
    written = annotate(district, planner, about={"model": "house", "element": "room-1"})
    about = written["about"]
    assert (about["layer"], about["name"], about["storey"]) == ("building_elements", "房间1", "storey-1")
    assert (written["state"], written["by"], written["mine"], written["grade"]) == ("open", "规划员", True, "open")
    assert written["text"] == WORDS
    assert written["position"] == pytest.approx(ROOM)
    path = f"/bim/annotations/{written['id']}"
    answered = district.client.post(f"{path}/answers", json={"text": "已联系物业"}, headers=other)
    assert answered.status_code == 201
    assert [(one["text"], one["by"]) for one in answered.json()["answers"]] == [("已联系物业", "同事")]
    resolved = district.client.post(f"{path}/resolve", headers=other).json()
    assert (resolved["state"], resolved["resolved_by"], resolved["mine"]) == ("resolved", "同事", False)
    assert district.client.post(f"{path}/resolve", headers=other).status_code == 409
    assert listed(district, "state=open") == []
    again = district.client.post(f"{path}/reopen", headers=planner).json()
    assert (again["state"], again["resolved"], len(again["answers"])) == ("open", None, 1)


def test_an_annotation_is_a_thing_on_the_map_like_any_other(district: City, member: Callable[..., Headers]) -> None:
    number = annotate(district, member("规划员"), about={"model": "house", "element": "wall-2"})["id"]
    (item,) = district.client.get("/collections/annotations/items?f=json").json()["features"]
    assert (item["id"], item["properties"]["about"].split("/")[0]) == (number, "building_elements")
    assert "author" not in item["properties"], "who it was is internal"
    (hit,) = district.client.get("/search?q=消防通道").json()["results"]
    assert (hit["layer"], hit["fid"]) == ("annotations", number)
    tile = district.client.get("/tiles/annotations/14/13722/6694.mvt")
    assert "消防通道".encode() in tile.content
    changes = district.client.get("/collections/annotations/changes?since=2020-01-01T00:00:00Z")
    assert [(one["id"], one["properties"]["kind"]) for one in changes.json()["features"]] == [(number, "added")]


def test_a_stranger_reads_what_is_open_without_names_and_writes_nothing(
    district: City, member: Callable[..., Headers]
) -> None:
    planner, reader = member("规划员"), member("读者", role="")
    number = annotate(district, planner, about={"model": "house", "element": "room-1"})["id"]
    secret = annotate(district, planner, grade="internal")["id"]
    district.client.post(f"/bim/annotations/{number}/answers", json={"text": "好"}, headers=planner)
    assert listed(district) == [number]
    assert listed(district, headers=reader) == [secret, number]
    told = district.client.get(f"/bim/annotations/{number}").json()
    assert (told["by"], told["answers"][0]["by"], told["mine"]) == (None, None, False)
    assert "规划员" not in district.client.get(f"/collections/annotations/items/{number}?f=json").text
    assert district.client.get(f"/bim/annotations/{secret}").status_code == 404
    acts: list[tuple[str, str, Any]] = [
        ("POST", "/bim/annotations", {"text": "x", "point": ROOM}),
        ("POST", f"/bim/annotations/{number}/answers", {"text": "x"}),
        ("POST", f"/bim/annotations/{number}/resolve", None),
        ("POST", f"/bim/annotations/{number}/reopen", None),
        ("PATCH", f"/bim/annotations/{number}", {"text": "x"}),
        ("DELETE", f"/bim/annotations/{number}", None),
    ]
    for method, path, body in acts:
        assert district.client.request(method, path, json=body).status_code == 401, path
        assert district.client.request(method, path, json=body, headers=reader).status_code == 403, path
    assert listed(district, headers=planner) == [secret, number]


def test_only_its_author_or_an_administrator_changes_one_and_all_of_it_is_in_the_audit(
    district: City, member: Callable[..., Headers]
) -> None:
    planner, other = member("规划员"), member("同事")
    number = annotate(district, planner)["id"]
    path = f"/bim/annotations/{number}"
    assert district.client.patch(path, json={"text": "改"}, headers=other).status_code == 403
    assert district.client.delete(path, headers=other).status_code == 403
    before = instant()
    corrected = district.client.patch(path, json={"text": "改正"}, headers=planner).json()
    assert (corrected["text"], corrected["by"]) == ("改正", "规划员")
    assert district.client.get(f"{path}?as_of={before}").json()["text"] == WORDS
    assert district.client.patch(path, json={"text": "管理员改"}, headers=district.signed_in).status_code == 200
    assert district.client.delete(path, headers=planner).status_code == 204
    assert district.client.get(path).status_code == 404
    assert district.client.get(f"{path}?as_of={before}").json()["text"] == WORDS
    with district.database.owner.connect() as connection:
        rows = connection.execute(
            text("SELECT principal, allowed, detail FROM onemap.audit WHERE resource = 'annotations' ORDER BY id")
        ).all()
    done = [(row.principal, row.detail["act"]) for row in rows if row.allowed == "yes"]
    assert done == [("规划员", "write"), ("规划员", "correct"), ("administrator", "correct"), ("规划员", "remove")]
    assert [row.principal for row in rows if row.allowed == "no"] == ["同事", "同事"]


def test_it_has_the_highest_grade_of_what_it_is_about_and_what_its_author_gives(
    district: City, member: Callable[..., Headers]
) -> None:
    planner = member("规划员")
    inner = {"layer": "buildings", "fid": fid_of(district, "内部楼")}
    about_inner = annotate(district, planner, point=[121.4990, 31.2340], about=inner, grade="open")
    assert about_inner["grade"] == "internal"
    assert listed(district) == []
    path = f"/bim/annotations/{about_inner['id']}"
    assert district.client.patch(path, json={"grade": "open"}, headers=planner).json()["grade"] == "internal"
    room = annotate(district, planner, about={"model": "house", "element": "room-1"}, grade="conditional")
    assert room["grade"] == "on condition"
    lowered = district.client.patch(f"/bim/annotations/{room['id']}", json={"grade": "open"}, headers=planner)
    assert lowered.json()["grade"] == "open"
    above = district.client.post(
        "/bim/annotations", json={"text": "x", "point": ROOM, "grade": "restricted"}, headers=planner
    )
    assert (above.status_code, above.json()["parameter"]) == (400, "grade")


def test_a_grade_raised_later_takes_its_annotations_along_past_and_present(
    district: City, member: Callable[..., Headers]
) -> None:
    planner = member("规划员")
    number = annotate(district, planner, about={"model": "house", "element": "room-2"})["id"]
    district.client.post(f"/bim/annotations/{number}/resolve", headers=planner)
    other = annotate(district, planner, about={"model": "house", "element": "room-1"})["id"]
    before = instant()
    assert listed(district) == [other, number]
    district.sql("UPDATE onemap.building_elements SET grade = 3 WHERE source_key = 'storey-2'")
    for query in ("", f"as_of={before}", f"datetime={before}", "datetime=2020-01-01T00:00:00Z/.."):
        assert listed(district, query) == [other], query
        assert listed(district, query, planner) == [other], query
    assert listed(district, headers=district.signed_in) == [other, number]
    for act in ("resolve", "reopen"):
        assert district.client.post(f"/bim/annotations/{number}/{act}", headers=planner).status_code == 404
    tower = {"layer": "buildings", "fid": fid_of(district, "上海中心大厦")}
    high = annotate(district, planner, point=[*TOWER, 600], about=tower)["id"]
    district.sql("UPDATE onemap.buildings SET grade = 2 WHERE name = '上海中心大厦'")
    assert listed(district) == [other]
    assert listed(district, headers=planner) == [high, other]


def test_what_somebody_may_not_see_he_cannot_annotate(district: City, member: Callable[..., Headers]) -> None:
    visitor = member("外来者", Grade.OPEN)
    inner = fid_of(district, "内部楼")
    district.sql("UPDATE onemap.building_elements SET grade = 2 WHERE source_key = 'room-2'")
    hidden: list[dict[str, Any]] = [
        {"layer": "buildings", "fid": inner},
        {"model": "house", "element": "room-2"},
        {"layer": "buildings", "fid": 10**12},
        {"model": "house", "element": "attic"},
        {"model": "nowhere"},
        {"scheme": "nowhere"},
        {"code": "310115000000000000"},
    ]
    for about in hidden:
        body = {"text": "x", "point": [121.4990, 31.2340], "about": about}
        assert district.client.post("/bim/annotations", json=body, headers=visitor).status_code == 404, about
    assert annotate(district, visitor, about={"model": "house"})["about"]["name"] == "小楼"


def test_a_person_with_an_area_annotates_inside_it_alone(district: City, member: Callable[..., Headers]) -> None:
    around = shapely.to_wkb(shapely.multipolygons([shapely.box(121.5005, 31.2350, 121.5020, 31.2362)]))
    local, free = member("片区员", area=Area("drawn", around)), member("规划员")
    inside = annotate(district, local, point=list(TOWER))["id"]
    away = annotate(district, free)["id"]
    refused = district.client.post("/bim/annotations", json={"text": "x", "point": ROOM}, headers=local)
    assert (refused.status_code, "outside area drawn" in refused.json()["detail"]) == (403, True)
    assert (
        district.client.post(f"/bim/annotations/{away}/answers", json={"text": "x"}, headers=local).status_code == 403
    )
    assert district.client.post(f"/bim/annotations/{inside}/answers", json={"text": "x"}, headers=local).is_success
    annotate(district, free, grade="internal")
    assert listed(district, headers=local) == [away, inside]


def test_they_are_listed_by_place_thing_and_state_in_pages(district: City, member: Callable[..., Headers]) -> None:
    planner = member("规划员")
    rooms = [
        annotate(district, planner, about={"model": "house", "element": f"room-{number}"})["id"] for number in (1, 2, 1)
    ]
    there = annotate(district, planner, point=list(TOWER))["id"]
    district.client.post(f"/bim/annotations/{rooms[0]}/resolve", headers=planner)
    newest = [there, *reversed(rooms)]
    assert listed(district, "bbox=121.5009,31.2399,121.5111,31.2411") == newest[1:]
    assert listed(district, "model=house&element=room-1") == [rooms[2], rooms[0]]
    assert listed(district, "model=house&state=open") == [rooms[2], rooms[1]]
    path: str | None = "/bim/annotations?limit=3"
    pages = []
    while path:
        page = district.client.get(path).json()
        pages.append([one["id"] for one in page["annotations"]])
        path = next((one["href"] for one in page["links"] if one["rel"] == "next"), None)
    assert pages == [newest[:3], newest[3:]]
    for query in ("limit=0", "state=gone", "bbox=1,2,3", "before=0"):
        assert district.client.get(f"/bim/annotations?{query}").status_code == 400, query


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"text": " \n"}, "text"),
        ({"text": "长" * 2001}, "text"),
        ({"text": "a\u0007"}, "text"),
        ({"text": 7}, "text"),
        ({"point": [181, 31]}, "point"),
        ({"point": "121,31"}, "point"),
        ({"point": [True, 31.0]}, "point"),
        ({"grade": "secret"}, "grade"),
        ({"about": {"layer": "buildings", "fid": "1"}}, "fid"),
        ({"about": {"layer": "buildings"}}, "about"),
        ({"about": {"nothing": "x"}}, "nothing"),
        ({"about": {"layer": "annotations", "fid": 1}}, "about"),
        ({"about": {"model": "house", "element": "room-1"}, "point": [121.52, 31.24]}, "point"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_one_is_refused_with_the_place_of_the_fault(
    district: City, given: dict[str, Any], parameter: str
) -> None:
    body = {"text": "好", "point": ROOM} | given
    answer = district.client.post("/bim/annotations", json=body, headers=district.signed_in)
    assert (answer.status_code, answer.json()["parameter"]) == (400, parameter), answer.text


def test_answers_and_texts_have_an_end(district: City, member: Callable[..., Headers]) -> None:
    planner = member("规划员")
    path = f"/bim/annotations/{annotate(district, planner)['id']}"
    assert district.client.post(f"{path}/answers", json={"text": "长" * 1001}, headers=planner).status_code == 400
    for number in range(50):
        assert district.client.post(f"{path}/answers", json={"text": f"{number}"}, headers=planner).is_success
    assert district.client.post(f"{path}/answers", json={"text": "再"}, headers=planner).status_code == 409
    assert len(district.client.get(path).json()["answers"]) == 50
