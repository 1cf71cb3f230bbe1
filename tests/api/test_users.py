"""People bound to a street: made at the command line and over HTTP, and what they see and touch."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import breeze
import pytest
from city import City, open_server
from streets import NORTH, SOUTH, add_streets
from two_surveys import NEW, OLD, load_survey

from api.layers import all_layers
from layers.catalog import built_in
from layers.entities.matching.jobs import match_kind
from layers.intake.ingest import LoadOptions, Silent, load_path
from layers.ops.jobs import run_worker
from twin.runs.calculate import run_kind
from twin.warnings import read_record, write_cap
from twin.warnings.warning import Circle

DIRTY = Path(__file__).parents[1] / "support" / "dirty_buildings.geojson"
GALE = {
    "headline": "浦东新区发布大风黄色预警",
    "warning_type": "大风",
    "level": "黄色",
    "area": "浦东新区",
    "published_at": "2026-09-15T16:00",
    "description": "浦东新区气象台2026年09月15日16时00分发布大风黄色预警[Ⅲ级/较重]:预计未来12小时本区将出现9级阵风。",
}
SHELTERS = """
INSERT INTO onemap.poi (name, source_key, dataset, grade, geom) VALUES
('北街物资库', 'n', 'test', 2, 'SRID=4490;POINT(121.505 31.24)'),
('南街物资库', 's', 'test', 2, 'SRID=4490;POINT(121.505 31.20)'),
('南街公园', 'p', 'test', 0, 'SRID=4490;POINT(121.506 31.20)')
"""
Asked = dict[str, Any]


@pytest.fixture(scope="module")
def district(server: Any, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Yield a city of two streets with two surveys and a run in the northern one, and bad rows in both."""
    folder = tmp_path_factory.mktemp("district")
    with server.copy_of(template) as database:
        add_streets(database)
        load_survey(database, folder, "old", OLD, 10, "2026-01-01")
        load_survey(database, folder, "new", NEW, 50, "2026-02-01")
        load_path(database, built_in(), DIRTY, LoadOptions(layer="buildings", dataset="d", key="id"), Silent())
        with open_server(database, folder, breeze.scenarios) as city:
            city.sql(SHELTERS)
            for path in ("/matches/buildings?between=old,new", "/scenarios/wind/runs"):
                assert city.client.post(path, headers=city.signed_in).status_code == 202
            kinds = [match_kind(all_layers), run_kind(breeze.scenarios, folder / "scenarios")]
            asyncio.run(run_worker(database, kinds, until_empty=True))
            yield city


@pytest.fixture(scope="module")
def member(district: City) -> Callable[..., Asked]:
    """Return what adds a person over HTTP, and gives the headers that they send."""
    made: dict[str, Asked] = {}

    def member(name: str, **rights: Any) -> Asked:
        if name not in made:
            wanted = {"name": name, "clearance": "internal", **rights}
            answer = district.client.post("/users", json=wanted, headers=district.signed_in)
            assert answer.status_code == 201, answer.text
            made[name] = {"Authorization": f"Bearer {answer.json()['token']}"}
        return made[name]

    return member


@pytest.fixture(scope="module")
def northern(district: City, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """Return the headers of somebody on duty, and steward, in the northern street, made at the command line."""
    own = {"TWIN_DATABASE_URL": district.database.urls.owner, "TWIN_HOME": str(tmp_path_factory.mktemp("home"))}
    words = ("--role", "duty", "--role", "steward", "--clearance", "internal", "--area", NORTH)
    command = [sys.executable, "-m", "api.cli", "users", "add", "北街", *words]
    done = subprocess.run(command, env=os.environ | own, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return {"Authorization": f"Bearer {done.stdout.strip()}"}


@pytest.fixture
def southern(member: Callable[..., Asked]) -> Asked:
    """Return the headers of somebody on duty, and steward, in the southern street."""
    return member("南街", roles=["duty", "steward"], area=SOUTH)


def tasks(district: City, headers: Asked) -> list[Asked]:
    found: list[Asked] = district.client.get("/scenarios/wind/runs/1/tasks", headers=headers).json()["tasks"]
    return found


def rows(district: City, headers: Asked) -> dict[str, int]:
    found = district.client.get("/quarantine", headers=headers).json()["features"]
    return {row["properties"]["source_key"]: row["id"] for row in found}


def refusal(district: City, path: str, body: Asked | bytes, headers: Asked) -> str:
    stated = {"content": body} if isinstance(body, bytes) else {"json": body}
    answer = district.client.post(path, headers=headers, **stated)
    assert answer.status_code == 403, answer.text
    return str(answer.json()["detail"])


def test_only_administrators_see_and_make_people(district: City, northern: Asked) -> None:
    for headers, status in (({}, 401), (northern, 403)):
        assert district.client.get("/users", headers=headers).status_code == status
        assert district.client.post("/users", json={"name": "x"}, headers=headers).status_code == status
        assert district.client.patch("/users/x", json={}, headers=headers).status_code == status
        assert district.client.delete("/users/x/token", headers=headers).status_code == status


def test_a_token_is_told_once_and_never_again(district: City, northern: Asked) -> None:
    answer = district.client.post("/users", json={"name": "新人", "days": 3}, headers=district.signed_in)
    assert answer.headers["cache-control"] == "no-store"
    token = answer.json()["token"]
    listed = district.client.get("/users", headers=district.signed_in)
    assert token not in listed.text
    assert {"新人", "administrator"} <= {one["name"] for one in listed.json()["users"]}
    areas = district.client.get("/users/areas", headers=district.signed_in).json()["areas"]
    assert [(one["code"], one["name"]) for one in areas] == [(SOUTH, "南街道"), (NORTH, "北街道")]


def test_rights_are_changed_and_a_token_is_renewed_and_ended(district: City, member: Callable[..., Asked]) -> None:
    member("换岗", roles=["duty"], area=NORTH)
    wanted = {"roles": ["administrator"], "area": None, "departments": ["大数据中心"]}
    told = district.client.patch("/users/换岗", json=wanted, headers=district.signed_in).json()
    assert (told["roles"], told["area"], told["departments"]) == (["administrator"], None, ["大数据中心"])
    again = district.client.patch("/users/换岗", json={"area": NORTH}, headers=district.signed_in)
    assert (again.status_code, again.json()["parameter"]) == (400, "area")
    renewed = district.client.post("/users/换岗/token", json={"days": 1}, headers=district.signed_in).json()["token"]
    headers = {"Authorization": f"Bearer {renewed}"}
    assert district.client.get("/users", headers=headers).status_code == 200
    assert not district.client.delete("/users/换岗/token", headers=headers).json()["active"]


def test_an_area_of_a_drawn_shape_is_taken(district: City, member: Callable[..., Asked]) -> None:
    shape = {"type": "Polygon", "coordinates": [[[121.5, 31.2], [121.6, 31.2], [121.6, 31.3], [121.5, 31.2]]]}
    headers = member("画区", area=shape)
    assert district.client.get("/session", headers=headers).json()["area"] == "drawn"
    for wrong in (
        {"type": "Point", "coordinates": [121.5, 31.2]},
        [1],
        {"type": "Polygon", "coordinates": [[[9e6, 1]]]},
    ):
        answer = district.client.post("/users", json={"name": "错", "area": wrong}, headers=district.signed_in)
        assert (answer.status_code, answer.json()["parameter"]) == (400, "area"), answer.text


def test_what_is_graded_is_seen_in_the_own_street_alone_and_what_is_open_everywhere(
    district: City, northern: Asked, southern: Asked
) -> None:
    def names(headers: Asked) -> set[str]:
        found = district.client.get("/collections/poi/items?f=json", headers=headers).json()["features"]
        return {feature["properties"]["name"] for feature in found}

    assert names({}) == {"南街公园"}
    assert names(northern) == {"南街公园", "北街物资库"}
    assert names(southern) == {"南街公园", "南街物资库"}
    assert names(district.signed_in) == {"南街公园", "南街物资库", "北街物资库"}


def test_an_officer_sees_and_confirms_tasks_of_the_own_street_alone(
    district: City, northern: Asked, southern: Asked
) -> None:
    (crane,) = tasks(district, northern)
    assert crane["objects"] == ["risk_sources/1"]
    assert tasks(district, southern) == []
    everything = tasks(district, district.signed_in)
    assert len(everything) == 2
    path = f"/tasks/{crane['id']}"
    told = refusal(district, path, {"action": "confirm"}, southern)
    assert told == f"task {crane['id']} lies outside area {SOUTH}, to which you are bound"
    assert district.client.post(path, json={"action": "confirm"}, headers=northern).json()["state"] == "confirmed"
    assert district.client.get(path, headers=northern).json()["phone"] == crane["phone"] != ""
    seen = district.client.get(path, headers=southern).json()
    assert (seen["id"], "phone" in seen, "owner" in seen) == (crane["id"], False, False)
    whole = next(task for task in everything if not task["objects"])
    assert "has no place on the map" in refusal(district, f"/tasks/{whole['id']}", {"action": "confirm"}, northern)


def test_a_steward_sees_and_decides_on_quarantined_rows_of_the_own_street_alone(
    district: City, northern: Asked, southern: Asked
) -> None:
    north, south, everything = (rows(district, who) for who in (northern, southern, district.signed_in))
    assert {"many"} <= north.keys()
    assert {"bow", "open"} <= south.keys()
    assert north.keys().isdisjoint(south)
    assert "bare" in everything.keys() - north.keys() - south.keys()
    counted = district.client.get("/quarantine", headers=northern).json()["counts"]
    assert sum(sum(by.values()) for by in counted.values()) == len(north)
    foreign = district.client.post(f"/quarantine/{south['bow']}/discard", json={"reason": "x"}, headers=northern)
    assert foreign.status_code == 404
    done = district.client.post(f"/quarantine/{south['open']}/discard", json={"reason": "残缺"}, headers=southern)
    assert done.json()["properties"]["decided_by"] == "南街"


def test_a_mended_row_may_not_leave_the_street(district: City, northern: Asked) -> None:
    number = rows(district, northern)["many"]
    ring = [[121.52, 31.2], [121.521, 31.2], [121.521, 31.201], [121.52, 31.201], [121.52, 31.2]]
    moved = {"reason": "搬走", "properties": {"floors": 6}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    told = refusal(district, f"/quarantine/{number}/release", moved, northern)
    assert f"row {number}, as repaired, lies outside area {NORTH}" in told
    assert "many" in rows(district, northern)


def test_a_steward_decides_on_matches_of_the_own_street_alone(district: City, northern: Asked, southern: Asked) -> None:
    def listed(headers: Asked) -> list[Asked]:
        found: list[Asked] = district.client.get("/matches?layer=buildings", headers=headers).json()["matches"]
        return found

    assert len(listed(northern)) == 5
    assert listed(southern) == []
    number = next(one["id"] for one in listed(northern) if one["relation"] == "same")
    for act in ("accept", "refuse", "undo"):
        if act == "undo":
            accepted = district.client.post(f"/matches/{number}/accept", json={"reason": "同一"}, headers=northern)
            assert accepted.json()["state"] == "accepted"
        told = refusal(district, f"/matches/{number}/{act}", {"reason": "x"}, southern)
        assert told == f"match {number} lies outside area {SOUTH}, to which you are bound"
    undone = district.client.post(f"/matches/{number}/undo", json={"reason": "误判"}, headers=northern)
    assert undone.json()["state"] == "undone"
    told = refusal(district, "/matches/buildings", {}, northern)
    assert told.startswith(
        "the comparison is of all of layer buildings, so this takes a person who is bound to no area"
    )
    many = district.client.post(
        "/matches/accept?layer=buildings&above=0.01", json={"reason": "批量"}, headers=southern
    ).json()
    assert (many["accepted"], many["left"]) == (0, 0)


def test_a_warning_is_taken_in_where_it_holds(district: City, northern: Asked, southern: Asked) -> None:
    assert district.client.post("/warnings", json=GALE, headers=northern).status_code == 202
    far = replace(read_record(GALE), id="far", divisions=("310104",))
    told = refusal(district, "/warnings", write_cap(far), northern)
    assert told.startswith("warning far has no place on the map")
    drawn = replace(read_record(GALE), id="drawn", divisions=(), circles=(Circle(121.52, 31.2, 0.5),))
    assert "lies outside" in refusal(district, "/warnings", write_cap(drawn), northern)
    assert district.client.post("/warnings", content=write_cap(drawn), headers=southern).status_code == 202


@pytest.mark.parametrize(
    "path",
    ["/scenarios/wind/runs", "/codes/buildings", "/scenarios/wind/runs/1/show"],
)
def test_what_concerns_the_whole_map_takes_somebody_bound_to_no_area(
    district: City, northern: Asked, path: str
) -> None:
    told = refusal(district, path, {}, northern)
    assert f"this concerns the whole map, so it needs a right beyond area {NORTH}" in told
