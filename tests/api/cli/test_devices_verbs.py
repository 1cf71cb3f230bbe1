"""``twin devices``: the register of devices at the command line."""

import json
import re
from collections.abc import Callable

import pytest
from sensing import add_stream, add_thing
from sqlalchemy import text

from layers.store.engine import Database

Twin = Callable[..., tuple[int, str, str]]


@pytest.fixture
def twin(db: Database, at_database: Callable[[Database], Twin]) -> Twin:
    return at_database(db)


@pytest.fixture
def thing(db: Database) -> int:
    with db.owner.begin() as connection:
        number = add_thing(connection)
        add_stream(connection, number)
        return number


def listed(twin: Twin) -> dict[str, dict]:
    return {one["name"]: one for one in json.loads(twin("devices", "list", "--json")[1])}


def test_a_device_is_added_rotated_blocked_released_and_removed(twin: Twin, thing: int, db: Database) -> None:
    words = ("--thing", str(thing), "--per-minute", "60", "--oldest", "3600")
    status, secret, said = twin("devices", "add", "mast-7", *words)
    assert (status, re.fullmatch(r"[\w-]{43}\n", secret) is not None, "shown only once" in said) == (0, True, True)
    kept = listed(twin)["mast-7"]
    assert (kept["things"], kept["datastreams"], kept["state"]) == ([thing], [], "active")
    assert (kept["per_minute"], kept["oldest_s"]) == (60, 3600)
    assert twin("devices", "rotate", "mast-7")[1] != secret
    assert twin("devices", "block", "mast-7", "--reason", "stolen")[0] == 0
    assert listed(twin)["mast-7"]["reason"] == "stolen"
    assert twin("devices", "unblock", "mast-7")[0] == 0
    assert (listed(twin)["mast-7"]["state"], listed(twin)["mast-7"]["reason"]) == ("active", "")
    assert twin("devices", "remove", "mast-7")[0] == 0
    assert listed(twin) == {}
    with db.owner.begin() as connection:
        acts = connection.execute(text("SELECT detail FROM onemap.audit WHERE resource = 'devices' ORDER BY id"))
        assert [next(iter(detail)) for (detail,) in acts] == ["add", "rotate", "block", "release", "remove"]
        left = "SELECT count(*) FROM onemap.principal WHERE 'device' = ANY (roles)"
        assert connection.execute(text(left)).scalar_one() == 0


def test_what_no_device_can_be_is_refused_with_the_reason(twin: Twin, thing: int) -> None:
    refused = {
        ("add", "mast 7", "--thing", str(thing)): "is not a name",
        ("add", "gateway", "--thing", str(thing)): "is reserved for the program itself",
        ("add", "mast-7"): "name the things, or the datastreams",
        ("add", "mast-7", "--thing", "999"): "there is no thing 999",
        ("block", "nobody", "--reason", "x"): "there is no device called 'nobody'",
    }
    for words, said in refused.items():
        status, _, complaint = twin("devices", *words)
        assert (status != 0, said in " ".join(complaint.split())) == (True, True), (words, complaint)
