"""``twin alarms``: rules from a file, what they raise, and who knows of it."""

import json
from collections.abc import Callable
from pathlib import Path

from sensing import add_stream, add_thing, at
from sqlalchemy import text

from layers.store import Database
from twin.sensing.alarms import SAMPLE_RULES, judge
from twin.sensing.ingest import ingest
from twin.sensing.reading import Reading

Twin = Callable[..., tuple[int, str, str]]
RULE = """
[[rules]]
kind = "threshold"
title = { zh = "高温", en = "heat" }
level = 3
datastreams = [1]
unit = "°C"
limit = 35.0
"""


def test_rules_of_a_file_raise_alarms_that_are_listed_and_acknowledged(
    db: Database, at_database: Callable[[Database], Twin], tmp_path: Path
) -> None:
    twin = at_database(db)
    with db.owner.begin() as connection:
        stream = add_stream(connection, add_thing(connection, "气象杆"))
    (tmp_path / "heat.toml").write_text(RULE)
    assert twin("alarms", "make", "heat.toml")[:2] == (0, "rule 1: 高温\n")
    assert twin("alarms", "make", str(SAMPLE_RULES))[0] == 0
    with db.writer.begin() as connection:
        ingest(connection, [Reading(stream, at(0), 38.5)])
        judge(connection)
    (alarm,) = json.loads(twin("alarms", "list", "--json")[1])
    assert (alarm["state"], alarm["message_zh"]) == ("raised", "高温：气象杆 air，38.5 °C（限值 ≥ 35 °C）")
    assert "橙色" in twin("alarms", "list")[1]
    status, _, told = twin("alarms", "acknowledge", "99")
    assert (status, "no alarm 99" in told) == (1, True)
    assert twin("alarms", "acknowledge", str(alarm["fid"]))[0] == 0
    assert json.loads(twin("alarms", "list", "--json")[1])[0]["state"] == "acknowledged"
    rules = json.loads(twin("alarms", "rules", "--json")[1])
    assert (rules[0]["judges"], len(rules)) == (1, 8)
    assert "八级阵风" in twin("alarms", "rules")[1]
    assert twin("alarms", "remove", "1")[0] == 0
    with db.writer.begin() as connection:
        judge(connection)
        who = connection.execute(text("SELECT DISTINCT principal FROM onemap.audit WHERE resource = 'sensing'"))
        assert len(who.all()) == 1
    assert json.loads(twin("alarms", "list", "--json")[1]) == []
    assert json.loads(twin("alarms", "list", "--all", "--json")[1])[0]["state"] in ("raised", "cleared")
