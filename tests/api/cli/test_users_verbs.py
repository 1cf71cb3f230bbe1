"""``twin users``: people made at the command line, who they are over HTTP, and how their tokens end."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from city import City, open_server
from sqlalchemy import text
from streets import NORTH, SOUTH, add_streets

from layers.ops.process import wait_until
from layers.store.engine import Database

Twin = Callable[..., tuple[int, str, str]]


@pytest.fixture
def town(db: Database, tmp_path: Path) -> Iterator[City]:
    """Yield a server with two streets."""
    add_streets(db)
    with open_server(db, tmp_path) as city:
        yield city


@pytest.fixture
def twin(db: Database, at_database: Callable[[Database], Twin], town: City) -> Twin:
    """Return the command line at the server's database."""
    return at_database(db)


def asks(token: str) -> dict[str, dict[str, str]]:
    return {"headers": {"Authorization": f"Bearer {token.strip()}"}}


def listed(twin: Twin) -> dict[str, Any]:
    return {one["name"]: one for one in json.loads(twin("users", "list", "--json")[1])}


def test_an_officer_of_a_street_is_made_and_is_who_was_meant(twin: Twin, town: City) -> None:
    words = ("--role", "duty", "--clearance", "internal", "--department", "应急局", "--area", NORTH, "--days", "30")
    status, token, said = twin("users", "add", "王警官", *words)
    assert (status, re.fullmatch(r"[\w-]{43}\n", token) is not None) == (0, True), said
    assert "shown only once" in said
    told = town.client.get("/session", **asks(token)).json()
    assert (told["name"], told["roles"], told["clearance"]) == ("王警官", ["duty"], 2)
    assert (told["departments"], told["area"]) == (["应急局"], NORTH)
    kept = listed(twin)["王警官"]
    assert (kept["area"], kept["active"], kept["expires"][:4] > "2000") == (NORTH, True, True)
    shown = twin("users", "list")[1]
    assert "王警官" in shown
    assert token.strip() not in shown


def test_rights_are_changed_one_by_one_and_the_others_stay(twin: Twin) -> None:
    twin("users", "add", "李工", "--role", "duty", "--department", "城运", "--area", NORTH)
    assert twin("users", "role", "李工", "--role", "steward", "--clearance", "conditional")[0] == 0
    assert twin("users", "area", "李工", SOUTH)[0] == 0
    kept = listed(twin)["李工"]
    assert (kept["roles"], kept["clearance"]) == (["steward"], 1)
    assert (kept["departments"], kept["area"]) == (["城运"], SOUTH)
    assert twin("users", "area", "李工", "none")[0] == 0
    assert twin("users", "role", "李工", "--department", "none")[0] == 0
    assert (listed(twin)["李工"]["area"], listed(twin)["李工"]["departments"]) == (None, [])


def test_an_area_may_be_drawn_in_a_file(twin: Twin, tmp_path: Path) -> None:
    ring = [[121.5, 31.23], [121.51, 31.23], [121.51, 31.24], [121.5, 31.23]]
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    (tmp_path / "滨江.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert twin("users", "add", "陈工", "--area", str(tmp_path / "滨江.geojson"))[0] == 0
    assert listed(twin)["陈工"]["area"] == "滨江"


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (("add", "甲", "--role", "king"), 2, "role: 'king' is none of duty, steward, administrator"),
        (("add", "甲", "--clearance", "secret"), 2, "'secret' is none of open, conditional, internal, restricted"),
        (("add", "甲", "--area", "999999999"), 2, "the layer boundaries has no division with the code '999999999'"),
        (("add", "甲", "--area", "nowhere.geojson"), 2, "neither the code of a division nor an existing file"),
        (("add", "甲", "--role", "administrator", "--area", NORTH), 2, "an administrator is bound to no area"),
        (("add", "administrator"), 2, "'administrator' is reserved for the program itself"),
        (("revoke", "nobody"), 1, "there is no person called 'nobody'"),
        (("revoke", "administrator"), 1, "the local administrator's token is the file admin.token"),
        (("role", "甲"), 2, "name what to change: --role, --clearance or --department"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(twin: Twin, words: tuple[str, ...], status: int, sentence: str) -> None:
    ended, _, said = twin("users", *words)
    assert (ended, sentence in " ".join(said.split())) == (status, True), said


def test_a_name_is_given_once(twin: Twin) -> None:
    assert twin("users", "add", "王警官")[0] == 0
    status, printed, said = twin("users", "add", "王警官")
    assert (status, printed) == (1, "")
    assert "there is a person called '王警官' already" in said


def test_a_revoked_token_is_refused_once_the_memory_of_it_is_over(twin: Twin, town: City) -> None:
    token = twin("users", "add", "王警官", "--role", "duty")[1]
    assert town.client.get("/session", **asks(token)).status_code == 200
    assert twin("users", "revoke", "王警官")[0] == 0
    assert wait_until(lambda: town.client.get("/session", **asks(token)).status_code == 401, 60)
    assert listed(twin)["王警官"]["active"] is False
    renewed = twin("users", "renew", "王警官", "--days", "1")[1]
    assert town.client.get("/session", **asks(renewed)).json()["name"] == "王警官"
    assert town.client.get("/session", **asks(token)).status_code == 401


def test_a_token_that_ends_is_not_remembered_beyond_its_end(twin: Twin, town: City) -> None:
    token = twin("users", "add", "王警官")[1]
    town.sql("UPDATE onemap.principal SET expires = clock_timestamp() + interval '4 seconds' WHERE name = '王警官'")
    assert town.client.get("/session", **asks(token)).status_code == 200
    with town.database.owner.connect() as connection:
        wait = text(
            "SELECT pg_sleep(greatest(0, extract(epoch FROM max(expires) - clock_timestamp()))) FROM onemap.principal"
        )
        connection.execute(wait)
    assert town.client.get("/session", **asks(token)).status_code == 401


def test_every_act_is_in_the_audit_and_no_token_is(twin: Twin, town: City) -> None:
    tokens = [twin("users", "add", "王警官", "--role", "duty")[1], twin("users", "renew", "王警官")[1]]
    twin("users", "role", "王警官", "--role", "steward")
    twin("users", "area", "王警官", NORTH)
    twin("users", "revoke", "王警官")
    with town.database.owner.connect() as connection:
        rows = connection.execute(text("SELECT principal, resource, detail FROM onemap.audit ORDER BY id")).all()
    assert [next(iter(row.detail.keys() & {"add", "renew", "change", "revoke"})) for row in rows] == [
        "add", "renew", "change", "change", "revoke"
    ]  # fmt: skip
    assert {(row.principal, row.resource) for row in rows} == {("operator", "users")}
    assert not any(token.strip() in str(rows) for token in tokens)
