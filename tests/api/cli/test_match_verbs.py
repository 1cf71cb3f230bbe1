"""Matches and codes on the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from city import City
from two_surveys import NEW, OLD, load_survey

from layers.store.engine import Database


def test_the_verbs_give_codes_and_show_an_object(own_city: City, at_database: Callable[..., Any]) -> None:
    twin = at_database(own_city.database)
    status, printed, _ = twin("codes", "assign", "buildings", "--division", "310115", "--json")
    assert (status, json.loads(printed)[0]["given"]) == (0, 4)
    with own_city.database.owner.connect() as connection:
        code = connection.exec_driver_sql("SELECT code FROM onemap.buildings WHERE name = '金茂大厦'").scalar()
    status, printed, _ = twin("object", str(code))
    assert (status, json.loads(printed)["code"]) == (0, code)
    status, _, complaint = twin("object", "31011500")
    assert (status, "has 8 digits" in complaint) == (2, True)


def test_a_match_is_proposed_accepted_and_undone(db: Database, at_database: Callable[..., Any], tmp_path: Path) -> None:
    load_survey(db, tmp_path, "old", OLD, 10, "2026-01-01")
    load_survey(db, tmp_path, "new", NEW, 50, "2026-02-01")
    twin = at_database(db)
    status, printed, _ = twin("match", "propose", "buildings", "--between", "old,new")
    assert status == 0
    assert "new – old" in printed or "old – new: 4 objects" in printed
    status, printed, _ = twin("match", "list", "buildings", "--json")
    number = str(json.loads(printed)[0]["id"])
    assert twin("match", "accept", number, "--reason", "the same tower")[0] == 0
    status, _, complaint = twin("match", "refuse", number, "--reason", "no")
    assert (status, "is accepted" in complaint) == (1, True)
    assert twin("match", "undo", number, "--reason", "a mistake")[0] == 0
    status, printed, _ = twin("match", "accept", "--layer", "buildings", "--above", "0.9", "--reason", "sure")
    assert "0 matches are accepted" in printed
    assert "same: 1 proposed, 1 undone" in twin("match", "report", "buildings")[1]
    assert twin("match", "undo", "999", "--reason", "x")[0] == 1


def test_a_match_is_refused_and_accepted_after_all(
    db: Database, at_database: Callable[..., Any], tmp_path: Path
) -> None:
    load_survey(db, tmp_path, "old", OLD, 10, "2026-01-01")
    load_survey(db, tmp_path, "new", NEW, 50, "2026-02-01")
    twin = at_database(db)

    def states() -> dict[str, str]:
        listed = json.loads(twin("match", "list", "buildings", "--state", "all", "--relation", "all", "--json")[1])
        return {str(each["id"]): each["state"] for each in listed}

    assert twin("match", "propose", "buildings", "--between", "old,new")[0] == 0
    number = next(iter(states()))
    # A decision wants a reason, and says which objects it is about.
    status, _, complaint = twin("match", "refuse", number)
    assert (status, "--reason" in complaint) == (2, True)
    status, _, complaint = twin("match", "refuse", number, "--reason", " ")
    assert (status, "give a reason" in complaint) == (2, True)
    status, printed, _ = twin("match", "refuse", number, "--reason", "邻楼")
    assert status == 0
    assert f"match {number} is refused: old old/jin 金茂大厦" in printed.replace("\n", " ")
    assert "邻楼" in twin("match", "list", "buildings", "--state", "refused")[1]

    # What was refused was never merged; it can be accepted after all, and then taken back.
    status, _, complaint = twin("match", "undo", number, "--reason", "弄错了")
    assert (status, "is refused; to undo it, it has to be accepted" in complaint) == (1, True)
    assert "stays" in twin("match", "accept", number, "--reason", "同一座楼")[1]
    status, printed, _ = twin("match", "undo", number, "--reason", "误判")
    assert (status, f"match {number} is undone" in printed) == (0, True)
    assert states() == dict.fromkeys(states(), "proposed") | {number: "undone"}
    assert "no such matches" in twin("match", "list", "buildings", "--state", "accepted")[1]

    for words in (("--state", "maybe"), ("--relation", "cousin")):
        status, _, complaint = twin("match", "list", "buildings", *words)
        assert (status, words[1] in complaint) == (2, True)
    for verb in ("refuse", "undo"):
        status, _, complaint = twin("match", verb, "999", "--reason", "x")
        assert (status, "no match 999" in complaint) == (1, True)
    with db.owner.connect() as connection:
        acts = connection.exec_driver_sql("SELECT action, detail ->> 'reason' FROM onemap.audit ORDER BY id").all()
    assert [tuple(act) for act in acts] == [("refuse", "邻楼"), ("accept", "同一座楼"), ("undo", "误判")]
