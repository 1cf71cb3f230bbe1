"""Design schemes made, amended and removed over HTTP, by who may; the base is as it was."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from city import City, open_city
from designs import SITE, box, design_file
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import mapping
from sqlalchemy import text

from api.client import Client
from api.scheme_bodies import scheme_from
from api.work import job_kinds
from bim.schemes import Scheme
from layers.access import people
from layers.access.people import Rights
from layers.errors import Conflict, Forbidden, InputError, NotFound
from layers.grades import Grade
from layers.ops.jobs import run_worker
from layers.settings import Settings
from layers.store.engine import Database

PLOT = """
INSERT INTO onemap.planning_plots (plot_code, source_key, max_height_m, geom)
VALUES (:code, :key, 20, ST_Multi(ST_GeomFromText(:wkt, 4490)))
"""
OLD = """
INSERT INTO onemap.{} (name, height_m, geom) VALUES ('旧楼', 12, ST_Multi(ST_GeomFromText(:wkt, 4490))) RETURNING fid
"""
AUDIT = """
SELECT principal, allowed, detail FROM onemap.audit WHERE resource = 'schemes' AND principal <> 'anonymous' ORDER BY id
"""
SITE_JSON = mapping(box(*SITE))


def put(connection: Any, layer: str, *sides: float) -> int:
    return int(connection.execute(text(OLD.format(layer)), {"wkt": box(*sides).wkt}).scalar())


@pytest.fixture
def ground(db: Database, tmp_path: Path) -> Iterator[City]:
    """Yield a city with a plot, two houses on it, one of them with a part, and a house beside it."""
    with db.owner.begin() as connection:
        connection.execute(text(PLOT), {"code": "A-01", "key": "a", "wkt": box(*SITE).wkt})
        for key in "bc":
            connection.execute(text(PLOT), {"code": "B", "key": key, "wkt": box(200, 0, 220, 20).wkt})
        put(connection, "buildings", 20, 20, 40, 40)
        put(connection, "buildings", 60, 20, 80, 40)
        put(connection, "buildings", 120, 20, 140, 40)
        put(connection, "building_parts", 122, 22, 130, 30)
    with open_city(db, tmp_path / "home") as city:
        yield city


def houses(city: City) -> list[int]:
    with city.database.owner.connect() as connection:
        return list(
            connection.execute(text("SELECT fid FROM onemap.buildings WHERE name = '旧楼' ORDER BY fid")).scalars()
        )


def steward(
    city: City, name: str = "steward", clearance: Grade = Grade.OPEN, roles: tuple[str, ...] = ("steward",)
) -> Any:
    with city.database.writer.begin() as connection:
        token = people.add(connection, name, Rights(roles, clearance))
    return {"Authorization": f"Bearer {token}"}


def send(city: City, method: str, path: str, body: Any = None, signed: Any = None) -> Any:
    return city.client.request(method, path, json=body, headers=city.signed_in if signed is None else signed)


def work(city: City, home: Path) -> None:
    asyncio.run(run_worker(city.database, job_kinds(Settings(_env_file=None, home=home)), until_empty=True))


def hand_in(city: City, path: Path, options: str) -> None:
    with path.open("rb") as file:
        told = {"files": {"file": file}, "data": {"options": options}, "headers": city.signed_in}
        assert city.client.post("/jobs/models", **told).status_code == 202


def replaced(city: City, scheme: str = "a") -> dict[str, list[int]]:
    found: dict[str, list[int]] = city.client.get(f"/bim/schemes/{scheme}").json()["replaces"]
    return found


def test_a_scheme_is_made_on_a_plot_amended_and_removed(ground: City) -> None:
    before = ground.client.get("/collections/buildings/items?limit=100").json()["features"]
    signed = steward(ground)
    made = send(ground, "POST", "/bim/schemes", {"id": "a", "title": {"zh": "方案甲"}, "plot": "A-01"}, signed)
    assert made.status_code == 201, made.text
    assert made.headers["location"].endswith("/bim/schemes/a")
    assert made.json()["title"] == {"zh": "方案甲", "en": "方案甲"}
    assert ground.client.get("/bim/schemes/a").json()["limits"]["values"] == {"max_height_m": 20.0}
    assert replaced(ground)["buildings"] == houses(ground)[:2]
    wanted = {"title": {"en": "Plan A"}, "limits": {"max_far": 2, "source": "设计条件"}}
    assert send(ground, "PATCH", "/bim/schemes/a", wanted, signed).status_code == 200
    now = ground.client.get("/bim/schemes/a").json()
    assert (now["title"], now["limits"]["values"]) == ({"zh": "方案甲", "en": "Plan A"}, {"max_far": 2.0})
    assert now["made_by"] is None, "who made it is graded internal"
    assert ground.client.get("/bim/schemes/a", headers=ground.signed_in).json()["made_by"] == "steward"
    send(ground, "PATCH", "/bim/schemes/a", {"limits": None}, signed)
    assert ground.client.get("/bim/schemes/a").json()["limits"]["values"] == {"max_height_m": 20.0}
    assert send(ground, "DELETE", "/bim/schemes/a", signed=signed).json() == {"id": "a", "elements": 0}
    assert ground.client.get("/bim/schemes/a").status_code == 404
    assert ground.client.get("/collections/buildings/items?limit=100").json()["features"] == before


def test_a_building_is_taken_with_its_parts_and_left_again(ground: City) -> None:
    first, second, beside = houses(ground)
    send(ground, "POST", "/bim/schemes", {"id": "a", "site": {"type": "Feature", "geometry": SITE_JSON}})
    send(ground, "PATCH", "/bim/schemes/a", {"take": [f"buildings/{beside}"]})
    taken = replaced(ground)
    assert taken["buildings"] == [first, second, beside]
    assert len(taken["building_parts"]) == 1
    send(ground, "PATCH", "/bim/schemes/a", {"leave": [f"buildings/{beside}", f"buildings/{first}"]})
    assert replaced(ground) == {"buildings": [second], "building_parts": []}
    send(ground, "PATCH", "/bim/schemes/a", {"replaces": None})
    assert replaced(ground)["buildings"] == [first, second]
    answer = send(ground, "PATCH", "/bim/schemes/a", {"take": ["buildings/999999"]})
    assert (answer.status_code, answer.json()["parameter"]) == (400, "take")


CROSSED = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"id": "a"}, "site"), ({"id": "Ä", "site": SITE_JSON}, "scheme"), ({"id": 7, "site": SITE_JSON}, "id"),
        ({"id": "base", "site": SITE_JSON}, "scheme"), ({"id": "a", "site": SITE_JSON, "plot": "A-01"}, "plot"),
        ({"id": "a", "plot": "none"}, "plot"), ({"id": "a", "plot": "B"}, "2 plots"),
        ({"id": "a", "site": {"type": "Point", "coordinates": [1, 2]}}, "site"),
        ({"id": "a", "site": CROSSED}, "not valid"),
        ({"id": "a", "site": SITE_JSON, "limits": {"max_size": 3}}, "max_size"),
        ({"id": "a", "site": SITE_JSON, "replaces": ["roads/1"]}, "replaces"),
        ({"id": "a", "site": SITE_JSON, "replaces": [1]}, "replaces"),
        ({"id": "a", "site": SITE_JSON, "title": ""}, "title"), ({"id": "a", "site": SITE_JSON, "size": 3}, "size"),
        ({"id": "a", "site": SITE_JSON, "grade": "secret"}, "grade"),
        ({"id": "a", "site": SITE_JSON, "date": "soon"}, "date"), ([], "JSON object"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_scheme_is_refused_with_its_member(ground: City, body: Any, says: str) -> None:
    answer = send(ground, "POST", "/bim/schemes", body)
    assert answer.status_code == 400, answer.text
    assert says in answer.json()["detail"]
    assert ground.client.get("/bim/schemes").json()["schemes"] == []


def test_an_id_is_given_once_and_what_was_believed_is_not_changed(ground: City) -> None:
    body = {"id": "a", "site": SITE_JSON, "title": "甲"}
    assert send(ground, "POST", "/bim/schemes", body).status_code == 201
    assert send(ground, "POST", "/bim/schemes", {**body, "title": "乙"}).status_code == 409
    assert ground.client.get("/bim/schemes/a").json()["title"]["zh"] == "甲"
    assert send(ground, "PATCH", "/bim/schemes/a", {}).status_code == 400
    answer = send(ground, "PATCH", "/bim/schemes/a?as_of=2026-01-01T00:00:00Z", {"title": "丙"})
    assert answer.json()["parameter"] == "as_of"


def test_only_who_may_writes_and_all_of_it_is_in_the_audit(ground: City) -> None:
    body = {"id": "a", "site": SITE_JSON}
    reader = steward(ground, "reader", Grade.RESTRICTED, ())
    assert send(ground, "POST", "/bim/schemes", body, {}).status_code == 401
    assert send(ground, "POST", "/bim/schemes", body, reader).status_code == 403
    send(ground, "POST", "/bim/schemes", body)
    for method in ("PATCH", "DELETE"):
        assert send(ground, method, "/bim/schemes/a", {"title": "x"}, reader).status_code == 403
    send(ground, "PATCH", "/bim/schemes/a", {"title": "乙"})
    with ground.database.owner.connect() as connection:
        rows = connection.execute(text(AUDIT)).all()
    assert [(row[0], row[1]) for row in rows] == [
        ("reader", "no"), ("administrator", "yes"), ("reader", "no"), ("reader", "no"), ("administrator", "yes"),
    ]  # fmt: skip
    assert rows[-1][2] == {"amend": "a", "stated": ["title"]}


def test_a_scheme_above_ones_clearance_is_none_and_its_parts_are_not_removed(ground: City, tmp_path: Path) -> None:
    signed = steward(ground)
    send(ground, "POST", "/bim/schemes", {"id": "s", "site": SITE_JSON, "grade": "internal"})
    hidden = send(ground, "PATCH", "/bim/schemes/s", {"title": "x"}, signed)
    absent = send(ground, "PATCH", "/bim/schemes/n", {"title": "x"}, signed)
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["detail"].replace("'s'", "'n'") == absent.json()["detail"]
    assert send(ground, "DELETE", "/bim/schemes/s", signed=signed).status_code == 404
    answer = send(ground, "POST", "/bim/schemes", {"id": "t", "site": SITE_JSON, "grade": "internal"}, signed)
    assert answer.json()["parameter"] == "grade", "nobody hides a thing from themselves"
    send(ground, "POST", "/bim/schemes", {"id": "o", "site": SITE_JSON}, signed)
    hand_in(ground, design_file(tmp_path), "model=o&scheme=o&grade=internal")
    work(ground, tmp_path / "home")
    assert send(ground, "DELETE", "/bim/schemes/o", signed=signed).status_code == 403
    assert send(ground, "DELETE", "/bim/schemes/o").json()["elements"] == 3


def test_the_client_makes_amends_and_removes_a_scheme(ground: City, tmp_path: Path) -> None:
    with Client(str(ground.client.base_url), ground.token) as client:
        client.review.make("a", plot="A-01", title={"zh": "甲", "en": "A"})
        with pytest.raises(Conflict):
            client.review.make("a", plot="A-01")
        hand_in(ground, design_file(tmp_path), "model=a&scheme=a")
        work(ground, tmp_path / "home")
        assert [one["id"] for one in client.review.scheme("a")["models"]] == ["a"]
        assert client.review.amend("a", replaces=[])["names"] == []
        assert client.review.remove("a") == 3
        with pytest.raises(NotFound):
            client.review.scheme("a")
    token = steward(ground, "reader", roles=())["Authorization"].split()[1]
    with Client(str(ground.client.base_url), token) as client, pytest.raises(Forbidden):
        client.review.make("b", plot="A-01")


NAMES = st.sampled_from(["type", "coordinates", "features", "geometry", "zh", "en", "x"])
JSONS = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
MEMBERS = st.sampled_from(["id", "title", "site", "plot", "replaces", "limits", "grade", "date", "odd"])


@given(st.dictionaries(MEMBERS, JSONS))
def test_any_document_is_a_scheme_or_an_error_for_a_person(document: dict[str, Any]) -> None:
    try:
        made = scheme_from(document, lambda code: box(*SITE), "somebody")
    except InputError:
        return
    assert isinstance(made, Scheme)
