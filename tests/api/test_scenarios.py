import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import breeze
import mapbox_vector_tile
import pytest
from city import City, open_server
from sqlalchemy import text

from layers.access.principals import token_hash
from layers.ops.jobs import run_worker
from layers.store.engine import Database
from twin.runs.calculate import run_kind
from twin.warnings import read_record, write_cap

RUNS = "/scenarios/wind/runs"
TILE = "14/13721/6694"
CLOSE = "16/54886/26777"
DUTY = {"Authorization": "Bearer duty-token"}


@pytest.fixture
def town(db: Database, tmp_path: Path) -> Iterator[City]:
    """Yield a server whose only scenario is a breeze, with an officer on duty who may see what is internal."""
    officer = (
        "INSERT INTO onemap.principal (name, token_sha256, roles, clearance) VALUES ('值班员', :hash, '{duty}', 2)"
    )
    with db.owner.begin() as connection:
        connection.execute(text(officer), {"hash": token_hash("duty-token")})
    with open_server(db, tmp_path, breeze.scenarios) as city:
        yield city


@pytest.fixture
def work(town: City, tmp_path: Path) -> Callable[[], None]:
    kind = run_kind(breeze.scenarios, tmp_path / "scenarios")
    return lambda: asyncio.run(run_worker(town.database, [kind], until_empty=True))


@pytest.fixture
def start(town: City, work: Callable[[], None]) -> Callable[..., dict]:
    """Return what asks for a run and returns it when it is over."""

    def start(query: str = "", **request: object) -> dict:
        answer = town.client.post(f"{RUNS}{query}", json=request, headers=DUTY)
        assert answer.status_code == 202, answer.text
        work()
        return town.client.get(answer.headers["location"]).json()

    return start


def drawn(town: City, layer: str, query: str = "", headers: dict | None = None) -> list[dict]:
    answer = town.client.get(f"/tiles/{layer}/{TILE}.mvt{query}", headers=headers or {})
    assert answer.status_code in (200, 204), answer.text
    if answer.status_code == 204:
        return []
    (layer_in_tile,) = mapbox_vector_tile.decode(answer.content).values()
    return [feature["properties"] for feature in layer_in_tile["features"]]


def audited(town: City) -> list[tuple]:
    with town.database.owner.connect() as connection:
        rows = connection.execute(
            text("SELECT principal, action, resource, allowed, detail FROM onemap.audit ORDER BY id")
        )
        return [tuple(row) for row in rows]


def test_scenarios_say_what_they_take_and_how_they_stand(town) -> None:
    (listed,) = town.client.get("/scenarios").json()["scenarios"]
    assert (listed["id"], listed["title"]["zh"]) == ("wind", "微风")
    one = town.client.get("/scenarios/wind").json()
    assert one["parameters"]["properties"]["speed_ms"]["maximum"] == 60
    assert one["status"] == {"ready": True}
    missing = town.client.get("/scenarios/flood")
    assert (missing.status_code, missing.json()["detail"]) == (
        404,
        "there is no scenario 'flood'; GET /scenarios lists them",
    )


def test_a_run_is_asked_for_followed_and_done(town, work) -> None:
    answer = town.client.post(f"{RUNS}?title=试算", json={"speed_ms": 12}, headers=DUTY)
    assert answer.status_code == 202
    asked = answer.json()
    assert (asked["state"], asked["layers"], asked["title"]) == ("queued", [], "试算")
    assert answer.headers["location"].endswith(f"{RUNS}/{asked['id']}")
    assert asked["job"] is not None
    work()
    done = town.client.get(answer.headers["location"]).json()
    assert (done["state"], done["summary"]["worst"], done["steps"], done["step_s"]) == ("done", 14, 3, 3600)
    assert done["times"] == ["2026-09-15T22:00:00Z", "2026-09-15T23:00:00Z", "2026-09-16T00:00:00Z"]
    assert [layer["id"] for layer in done["layers"]] == [
        f"wind_{kind}-{done['id']}" for kind in ("facades", "keepout", "objects", "streets")
    ]
    assert done["progress"] == {"done": 6, "total": 6, "message": ""}
    assert [each["id"] for each in town.client.get(RUNS).json()["runs"]] == [done["id"]]


def test_runs_are_paged(town, start) -> None:
    numbers = [start()["id"] for _ in range(3)]
    page = town.client.get(f"{RUNS}?limit=2").json()
    assert [run["id"] for run in page["runs"]] == numbers[:0:-1]
    (following,) = [link["href"] for link in page["links"] if link["rel"] == "next"]
    assert [run["id"] for run in town.client.get(following).json()["runs"]] == [numbers[0]]


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"speed_ms": 300}, "speed_ms"),
        ({"speed": 3}, "speed"),
        ({"end": "soon"}, "end"),
        ({"begins": "2026-09-15T22:00:00\0"}, "begins"),
    ],
)
def test_a_request_that_cannot_be_calculated_names_the_parameter(town, body: dict, parameter: str) -> None:
    answer = town.client.post(RUNS, json=body, headers=DUTY)
    assert answer.status_code == 400
    assert answer.json().get("parameter", "begins") == parameter
    assert town.client.get(RUNS).json()["runs"] == []


@pytest.mark.parametrize(
    ("query", "parameter"),
    [("?parent=77", "parent"), ("?parent=0", "parent"), ("?show=maybe", "show"), (f"?title={'长' * 201}", "title")],
)
def test_a_wish_that_cannot_be_met_is_named(town, query: str, parameter: str) -> None:
    answer = town.client.post(f"{RUNS}{query}", json={}, headers=DUTY)
    assert (answer.status_code, answer.json()["parameter"]) == (400, parameter)


@pytest.mark.parametrize("body", [b"[1]", b"{", b"\xff", b'"x"', b"[" * 5000, b"x" * (4 * 1024 * 1024 + 1)])
def test_a_body_that_is_no_request_is_refused(town, body: bytes) -> None:
    answer = town.client.post(RUNS, content=body, headers=DUTY)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_two_runs_have_layers_apart_and_the_shown_one_is_on_the_map(town, start) -> None:
    calm, storm = start(speed_ms=5), start("?show=true", speed_ms=40)
    assert [street["value"] for street in drawn(town, f"wind_streets-{calm['id']}")] == [7]
    assert [street["value"] for street in drawn(town, f"wind_streets-{storm['id']}")] == [42]
    assert [street["value"] for street in drawn(town, "wind_streets")] == [42]
    shown = town.client.post(f"{RUNS}/{calm['id']}/show", headers=DUTY).json()
    assert shown["shown"]
    assert [street["value"] for street in drawn(town, "wind_streets")] == [7]
    assert not town.client.delete(f"{RUNS}/{calm['id']}/show", headers=DUTY).json()["shown"]
    assert drawn(town, "wind_streets") == []


@pytest.mark.parametrize(
    ("stated", "value", "level"),
    [("2026-09-15T22:30:00Z", 10, 1), ("2026-09-16T07:10:00%2B08:00", 11, 2), ("2027-01-01T00:00:00Z", 12, 3)],
)
def test_a_tile_shows_the_step_that_is_asked_for(town, start, stated: str, value: float, level: int) -> None:
    run = start(speed_ms=10)
    (street,) = drawn(town, f"wind_streets-{run['id']}", f"?datetime={stated}")
    assert (street["value"], street["level"], street["name"]) == (value, level, "世纪大道")


def test_an_edit_by_sql_is_in_the_next_tile_and_an_unchanged_one_is_not_sent_again(town, start) -> None:
    run = start("?show=true", speed_ms=10)
    paths = [f"/tiles/{layer}/{TILE}.mvt" for layer in ("wind_streets", f"wind_streets-{run['id']}")]
    tags = [town.client.get(path).headers["etag"] for path in paths]
    for path, tag in zip(paths, tags, strict=True):
        assert town.client.get(path, headers={"If-None-Match": tag}).status_code == 304
    town.sql("UPDATE onemap.run_feature SET value = 33 WHERE kind = 'streets'")
    for path, tag in zip(paths, tags, strict=True):
        assert town.client.get(path, headers={"If-None-Match": tag}).status_code == 200
    assert drawn(town, "wind_streets")[0]["value"] == 33


def test_every_route_of_layers_knows_the_layers_of_runs(town, start) -> None:
    layer = f"wind_facades-{start()['id']}"
    items = town.client.get(f"/collections/{layer}/items?datetime=2026-09-15T22:30:00Z").json()["features"]
    assert items[0]["properties"]["value"] == 0.75
    assert items[0]["properties"]["valid_from"] == "2026-09-15T22:00:00Z"
    assert items[0]["geometry"]["type"] == "MultiPolygon"
    one = town.client.get(f"/collections/{layer}/items/{items[0]['id']}").json()
    assert one["properties"]["height_m"] == 100
    tilejson = town.client.get(f"/tiles/{layer}.json").json()
    assert tilejson["bounds"][0] == pytest.approx(breeze.LON)
    assert town.client.get(f"/collections/{layer}").json()["id"] == layer
    assert town.client.get(f"/collections/{layer}/queryables").status_code == 200
    assert town.client.get(f"/collections/{layer}?f=html").status_code == 200
    assert town.client.get(f"/collections/{layer}/items?level=2&f=html").status_code == 200
    listed = {each["id"] for each in town.client.get("/collections").json()["collections"]}
    assert "wind_facades" in listed
    assert layer not in listed
    assert town.client.get("/collections/wind_facades-0").status_code == 404


def test_the_catalogue_has_the_layers_with_legends_of_the_four_colours(town, start) -> None:
    start("?show=true")
    themes = {theme["id"]: theme["layers"] for theme in town.client.get("/catalog").json()["themes"]}
    found = {layer["id"]: layer for layer in themes["hazards"]}
    assert found["wind_objects"]["count"] == 2, "the third is about something that is not open"
    colours = [entry["color"] for entry in found["wind_objects"]["legends"][0]["entries"]]
    assert colours[:4] == ["#e02020", "#ff7a00", "#f2c300", "#1e6fff"]
    raised = [part for part in found["wind_facades"]["maplibre"]["eta"] if part["type"] == "fill-extrusion"]
    assert raised[0]["paint"]["fill-extrusion-base"] == ["coalesce", ["get", "base_m"], 0]


def test_search_does_not_find_results_of_runs(town, start) -> None:
    start("?show=true")
    assert town.client.get("/search?q=塔吊").json()["results"] == []


def test_objects_are_ranked_filtered_and_paged(town, start) -> None:
    run = start(speed_ms=25)
    url = f"{RUNS}/{run['id']}/objects"
    found = town.client.get(url, headers=DUTY).json()["objects"]
    assert [each["key"] for each in found] == ["risk_sources/1", "risk_sources/2", "risk_sources/3"]
    worst = found[0]
    assert (worst["level"], worst["color"], worst["kind"]) == (4, "#e02020", "tower_crane")
    assert worst["reason"] == {"zh": "阵风 25 m/s", "en": "gust of 25 m/s"}
    assert (worst["owner"], worst["screening"], worst["detail"]) == ("上海某建筑公司", True, {"gust_ms": 25})
    assert (worst["lon"], worst["lat"]) == (pytest.approx(breeze.LON + 0.0001), breeze.LAT)
    page = town.client.get(f"{url}?limit=1", headers=DUTY).json()
    (following,) = [link["href"] for link in page["links"] if link["rel"] == "next"]
    assert [each["rank"] for each in town.client.get(following, headers=DUTY).json()["objects"]] == [2]
    assert [each["rank"] for each in town.client.get(f"{url}?level=red").json()["objects"]] == [1]
    assert [each["rank"] for each in town.client.get(f"{url}?kind=sign", headers=DUTY).json()["objects"]] == [3]


@pytest.mark.parametrize(
    ("query", "parameter"), [("level=purple", "level"), ("after=x", "after"), ("limit=0", "limit")]
)
def test_a_question_for_objects_that_is_none_is_named(town, start, query: str, parameter: str) -> None:
    answer = town.client.get(f"{RUNS}/{start()['id']}/objects?{query}")
    assert (answer.status_code, answer.json()["parameter"]) == (400, parameter)


def test_owner_phone_and_internal_rows_are_for_those_who_may_see_them(town, start) -> None:
    run = start("?show=true")
    url = f"{RUNS}/{run['id']}/objects"
    for answer in (town.client.get(url), town.client.get("/collections/wind_objects/items")):
        assert answer.status_code == 200
        assert "建筑公司" not in answer.text
        assert "5555" not in answer.text
        assert "risk_sources/3" not in answer.text
    assert "5555" in town.client.get(url, headers=DUTY).text
    anonymous, seen = (
        town.client.get(f"/tiles/wind_objects/{CLOSE}.mvt", headers=headers).content for headers in ({}, DUTY)
    )
    assert b"5555" not in anonymous
    assert b"5555" in seen
    layers = [layer for theme in town.client.get("/catalog").json()["themes"] for layer in theme["layers"]]
    masked = {layer["id"]: layer["masked"] for layer in layers}
    assert masked["wind_objects"] == ["owner", "phone"]
    assert town.client.get("/collections/wind_objects/items?phone=x").status_code == 400


def test_a_run_that_fails_says_why(town, start) -> None:
    failed = start(end="refused")
    assert (failed["state"], failed["layers"]) == ("failed", [])
    assert failed["progress"]["message"] == "speed_ms: this wind is too much for a test"
    assert town.client.post(f"{RUNS}/{failed['id']}/show", headers=DUTY).status_code == 409


def test_delete_cancels_what_waits_and_deletes_what_is_over(town, start, tmp_path: Path) -> None:
    waiting = town.client.post(RUNS, json={}, headers=DUTY).json()
    url = f"{RUNS}/{waiting['id']}"
    assert town.client.delete(url, headers=DUTY).status_code == 202
    assert town.client.get(url).json()["state"] == "cancelled"
    assert town.client.delete(url, headers=DUTY).status_code == 204
    assert town.client.get(url).status_code == 404
    done = start("?show=true")
    assert drawn(town, "wind_streets") != []
    assert town.client.delete(f"{RUNS}/{done['id']}", headers=DUTY).status_code == 204
    assert drawn(town, "wind_streets") == []
    assert drawn(town, f"wind_streets-{done['id']}") == []
    assert list((tmp_path / "scenarios" / "runs").iterdir()) == []


def test_tasks_are_listed_decided_and_remembered(town, start) -> None:
    run = start()
    url = f"{RUNS}/{run['id']}/tasks"
    listed = town.client.get(url, headers=DUTY).json()["tasks"]
    assert [task["measure"] for task in listed] == ["secure_crane", "stand_by"]
    page = town.client.get(f"{url}?limit=1").json()
    (following,) = [link["href"] for link in page["links"] if link["rel"] == "next"]
    assert [task["measure"] for task in town.client.get(following).json()["tasks"]] == ["stand_by"]
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    wanted = {"action": "reassign", "owner": "抢险队", "note": "已通知", "deadline": until}
    decided = town.client.post(f"/tasks/{listed[0]['id']}", json=wanted, headers=DUTY).json()
    assert (decided["state"], decided["owner"], decided["actions"]) == (
        "reassigned",
        "抢险队",
        ["reassign", "start", "drop"],
    )
    assert [(event["what"], event["who"]) for event in decided["events"]] == [("drafted", ""), ("reassign", "值班员")]
    shown = town.client.get(f"/tasks/{listed[0]['id']}")
    assert "抢险队" not in shown.text
    assert shown.json()["state"] == "reassigned"


@pytest.mark.parametrize(
    ("body", "status", "parameter"),
    [
        ({"action": "explode"}, 400, "action"),
        ({}, 400, "action"),
        ({"action": "confirm", "colour": "red"}, 400, "colour"),
        ({"action": "confirm", "deadline": "2030-01-01T00:00:00"}, 400, "deadline"),
        ({"action": "reassign"}, 400, "owner"),
        ({"action": "done"}, 409, None),
    ],
)
def test_what_cannot_be_done_to_a_task_is_refused(town, start, body: dict, status: int, parameter: str | None) -> None:
    (first, _) = town.client.get(f"{RUNS}/{start()['id']}/tasks").json()["tasks"]
    answer = town.client.post(f"/tasks/{first['id']}", json=body, headers=DUTY)
    assert (answer.status_code, answer.json().get("parameter")) == (status, parameter)
    assert town.client.get(f"/tasks/{first['id']}").json()["state"] == "draft"


GALE = {
    "headline": "浦东新区发布大风黄色预警",
    "warning_type": "大风",
    "level": "黄色",
    "area": "浦东新区",
    "published_at": "2026-09-15T16:00",
    "description": "浦东新区气象台2026年09月15日16时00分发布大风黄色预警[Ⅲ级/较重]:预计未来12小时本区将出现9级阵风。",
}
FOG = {
    "headline": "浦东新区发布大雾黄色预警",
    "warning_type": "大雾",
    "level": "黄色",
    "area": "浦东新区",
    "published_at": "2026-09-15T16:00",
    "description": "浦东新区气象台2026年09月15日16时00分发布大雾黄色预警[Ⅲ级/较重]:预计未来12小时本区有浓雾。",
}


def test_a_warning_of_wind_starts_a_run_in_the_same_request_and_once(town, work) -> None:
    answer = town.client.post("/warnings", json=[GALE, FOG], headers=DUTY)
    assert answer.status_code == 202, answer.text
    gale, fog = answer.json()["warnings"]
    assert (gale["new"], fog["new"], fog["run"]) == (True, True, None)
    assert town.client.get(answer.headers["location"]).json()["state"] == "queued"
    work()
    assert [street["value"] for street in drawn(town, "wind_streets")] == [22]
    again = town.client.post("/warnings", json=GALE, headers=DUTY)
    assert (again.json()["warnings"][0]["new"], again.json()["warnings"][0]["run"]) == (False, gale["run"])
    assert "location" not in again.headers
    assert len(town.client.get(RUNS).json()["runs"]) == 1
    listed = town.client.get("/warnings").json()["warnings"]
    assert {each["kind"] for each in listed} == {"gale", "fog"}
    assert "值班员" not in str(listed)


def test_a_warning_may_come_as_cap_or_as_bare_text(town) -> None:
    cap = write_cap(replace(read_record(GALE), id="cap-1"))
    for body in (cap, b"\xef\xbb\xbf" + cap, GALE["description"].encode()):
        assert town.client.post("/warnings", content=body, headers=DUTY).status_code == 202
    assert {each["kind"] for each in town.client.get("/warnings").json()["warnings"]} == {"gale"}
    assert len(town.client.get(RUNS).json()["runs"]) == 2


@pytest.mark.parametrize("body", [b"", b"<alert/>", b"\xff\xfe", b"[1]", '{"level": "紫色"}'.encode()])
def test_what_is_no_warning_is_refused_and_nothing_is_kept(town, body: bytes) -> None:
    answer = town.client.post("/warnings", content=body, headers=DUTY)
    assert answer.status_code == 400, answer.text
    assert town.client.get("/warnings").json()["warnings"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", RUNS),
        ("DELETE", f"{RUNS}/1"),
        ("POST", f"{RUNS}/1/show"),
        ("DELETE", f"{RUNS}/1/show"),
        ("POST", "/tasks/1"),
        ("POST", "/warnings"),
    ],
)
def test_acts_are_for_those_on_duty_and_a_refusal_is_recorded(town, method: str, path: str) -> None:
    assert town.client.request(method, path, content=b"{}").status_code == 401
    ((principal, action, resource, allowed, _),) = audited(town)
    assert (principal, action, allowed) == ("anonymous", "write", "no")
    assert resource in ("scenarios", "tasks", "warnings")


def test_every_act_is_in_the_audit_trail(town, start) -> None:
    run = start()
    task = town.client.get(f"{RUNS}/{run['id']}/tasks").json()["tasks"][0]["id"]
    town.client.post(f"{RUNS}/{run['id']}/show", headers=DUTY)
    town.client.post(f"/tasks/{task}", json={"action": "drop"}, headers=DUTY)
    town.client.post("/warnings", json=FOG, headers=DUTY)
    town.client.delete(f"{RUNS}/{run['id']}", headers=town.signed_in)
    found = audited(town)
    assert [row[:4] for row in found] == [
        ("值班员", "write", "scenarios", "yes"),
        ("值班员", "write", "scenarios", "yes"),
        ("值班员", "write", "tasks", "yes"),
        ("值班员", "write", "warnings", "yes"),
        ("administrator", "write", "scenarios", "yes"),
    ]
    assert found[0][4]["start"] == "wind"
    assert found[2][4] == {"task": task, "action": "drop"}


@pytest.mark.parametrize("number", ["0", "-1", "x", str(2**63)])
def test_a_number_that_is_none_is_a_mistake_and_no_accident(town, number: str) -> None:
    assert town.client.get(f"{RUNS}/{number}").status_code == 400
    assert town.client.get(f"/tasks/{number}").status_code == 400
