"""From proposals to decisions, and back again, on a real database."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from two_surveys import NEW, OLD, house

from layers import catalog
from layers.access.decision import decide
from layers.access.principals import LOCAL_OPERATOR
from layers.entities.matching.decisions import Decider, accept, accept_above, refuse, undo
from layers.entities.matching.matches import MatchQuery, Sight, page_of_matches
from layers.entities.matching.propose import MatchOptions, Proposals, dataset_layer, propose
from layers.errors import Conflict, NotFound, ParameterError
from layers.intake.ingest import LoadSummary, Silent
from layers.query.items import ItemsQuery, items_statement
from layers.store.engine import Database
from layers.temporal import parse_when

Load = Callable[..., LoadSummary]
LAYER = dataset_layer(catalog.built_in().get("buildings"))
WHY = Decider(LOCAL_OPERATOR, "the same tower")
STATE = """
SELECT fid, code, dataset, source_key, hidden_by, hidden_from, valid,
       to_jsonb(t) - ARRAY['recorded', 'recorded_tx', 'superseded_tx', 'geom', 'geom_3857'] AS row
FROM onemap.buildings AS t ORDER BY fid, valid
"""


def proposed(db: Database, **options: Any) -> Proposals:
    return propose(db, LAYER, MatchOptions(**options), Silent())


def listed(db: Database, **query: Any) -> dict[frozenset[str], dict[str, Any]]:
    """Return matches by the keys of both objects."""
    sight = Sight(decide(LOCAL_OPERATOR, "read", LAYER), decide(LOCAL_OPERATOR, "read", "matches"))
    with db.reader.connect() as connection:
        found, _ = page_of_matches(connection, LAYER, sight, MatchQuery(100, **query))
    return {frozenset(keys(match)): match for match in found}


def keys(match: dict[str, Any]) -> list[str]:
    return [side["properties"]["source_key"] for side in match["objects"].values()]


def of(db: Database, *names: str) -> dict[str, Any]:
    return listed(db)[frozenset(names)]


def rows(db: Database, statement: str = STATE) -> list[Any]:
    with db.owner.connect() as connection:
        return list(connection.execute(text(statement)).mappings())


def shown(db: Database, as_of: str | None = None, at: str | None = None) -> dict[str, dict[str, Any]]:
    """Return the items of the map by their keys."""
    when = parse_when(at, as_of)
    statement = items_statement(LAYER, decide(LOCAL_OPERATOR, "read", LAYER), ItemsQuery(when, 100))
    with db.reader.connect() as connection:
        found = connection.execute(statement).mappings()
        return {row["source_key"]: dict(row) for row in found}


@pytest.mark.usefixtures("surveys")
def test_one_object_in_two_sources_is_proposed_with_what_speaks_for_it(db: Database) -> None:
    made = proposed(db)
    jin = of(db, "old/jin", "new/jin")
    assert (jin["relation"], jin["state"]) == ("same", "proposed")
    assert jin["score"] > 0.95
    assert jin["parts"]["name"]["value"] == 1
    # An estimated height speaks neither for it nor against it.
    assert "height" not in jin["parts"]
    assert jin["objects"]["a"]["geometry"]
    assert made.fresh == len(listed(db))
    assert not any("old/alone" in pair for pair in listed(db))


@pytest.mark.usefixtures("surveys")
def test_three_houses_on_one_block_are_parts_and_not_partners(db: Database) -> None:
    proposed(db)
    parts = [match for pair, match in listed(db).items() if "old/block" in pair]
    assert [match["relation"] for match in parts] == ["contains"] * 3
    block = next(row["fid"] for row in rows(db) if row["source_key"] == "old/block")
    assert {match["whole"] for match in parts} == {block}
    accept(db, LAYER, parts[0]["id"], WHY)
    assert all(f"new/block{n}" in shown(db) for n in range(3))


@pytest.mark.usefixtures("surveys")
def test_comparing_again_changes_nothing_and_decisions_stay(db: Database) -> None:
    first = proposed(db)
    refuse(db, LAYER, of(db, "old/sen", "new/sen")["id"], Decider(LOCAL_OPERATOR, "another bank"))
    again = proposed(db)
    assert (again.fresh, again.again, again.decided, again.withdrawn) == (0, first.fresh - 1, 1, 0)
    refused = of(db, "old/sen", "new/sen")
    assert (refused["state"], refused["reason"]) == ("refused", "another bank")


def test_what_was_refused_is_proposed_again_when_an_object_changed(db: Database, surveys: None, load: Load) -> None:
    proposed(db)
    number = of(db, "old/sen", "new/sen")["id"]
    refuse(db, LAYER, number, Decider(LOCAL_OPERATOR, "another bank"))
    renamed = house("new/sen", (62, 1), (31, 20), name="森茂大厦", height_m=203.0, height_source="tagged")
    load("new", [renamed if each["properties"]["source_key"] == "new/sen" else each for each in NEW], 50, "2026-03-01")
    assert proposed(db).fresh == 0
    again = of(db, "old/sen", "new/sen")
    assert (again["id"], again["state"], again["reason"]) == (number, "proposed", None)


@pytest.mark.usefixtures("surveys")
def test_a_merge_fills_what_was_missing_hides_the_lesser_and_is_undone_wholly(db: Database) -> None:
    proposed(db)
    before, items = rows(db), shown(db)
    number = of(db, "old/jin", "new/jin")["id"]
    accept(db, LAYER, number, WHY)
    merged = shown(db)["new/jin"]
    assert (merged["height_m"], merged["floors"], merged["address"]) == (420.5, 88, "世纪大道88号")
    assert merged["name_en"] == "Jin Mao Tower"
    match = of(db, "old/jin", "new/jin")
    assert match["filled"]["height_m"] == {"from": "old", "value": 420.5, "was": 10.5}
    lesser = next(row for row in rows(db) if row["source_key"] == "old/jin")
    assert lesser["hidden_by"] == f"match/{number}"
    instant = rows(db, "SELECT clock_timestamp() AS now")[0]["now"].isoformat()

    undo(db, LAYER, number, Decider(LOCAL_OPERATOR, "a mistake"))
    assert rows(db) == before
    drop = {"recorded_from"}
    assert [{k: v for k, v in row.items() if k not in drop} for row in shown(db).values()] == [
        {k: v for k, v in row.items() if k not in drop} for row in items.values()
    ]
    # As it was known in between, it is still one tower of 420.5 m.
    assert shown(db, as_of=instant)["new/jin"]["height_m"] == 420.5
    assert proposed(db).decided == 1


@pytest.mark.usefixtures("surveys")
def test_the_one_that_stays_may_be_chosen_against_precedence(db: Database) -> None:
    proposed(db)
    match = of(db, "old/jin", "new/jin")
    old = next(row["fid"] for row in rows(db) if row["source_key"] == "old/jin")
    assert "old/jin" not in shown(db)
    accept(db, LAYER, match["id"], WHY, survivor=old)
    assert "new/jin" not in shown(db)
    assert shown(db)["old/jin"]["name_en"] == "Jin Mao Tower"
    undo(db, LAYER, match["id"], WHY)
    assert "new/jin" in shown(db)
    assert "old/jin" not in shown(db)


def test_later_loads_keep_a_merge(db: Database, surveys: None, load: Load) -> None:
    proposed(db)
    number = of(db, "old/jin", "new/jin")["id"]
    accept(db, LAYER, number, WHY)
    # The same again: nothing has changed, though the map knows more than the file.
    again = load("new", NEW, 50, "2026-02-02")
    assert [(layer.changed, layer.unchanged) for layer in again.layers] == [(0, len(NEW))]
    # A new height in the file counts more than one that was taken over; the address is kept.
    higher = house("new/jin", (3, 2), name="金茂大厦", name_en="Jin Mao Tower", height_m=421.0, height_source="tagged")
    load("new", [higher, *NEW[1:]], 50, "2026-03-01")
    merged = shown(db)["new/jin"]
    assert (merged["height_m"], merged["address"]) == (421.0, "世纪大道88号")
    assert set(of(db, "old/jin", "new/jin")["filled"]) == {"floors", "address"}
    # The lesser changes: its new slice is hidden as well.
    load("old", [house("old/jin", (1, 1), name="金茂"), *OLD[1:]], 10, "2026-04-01")
    assert "old/jin" not in shown(db)
    # After all that it is taken back, and what the source has said since stays.
    undo(db, LAYER, number, WHY)
    merged = shown(db)["new/jin"]
    assert (merged["height_m"], merged["address"], merged["floors"]) == (421.0, None, None)


def test_where_the_one_that_stayed_is_gone_the_other_is_back(db: Database, surveys: None, load: Load) -> None:
    proposed(db)
    old = next(row["fid"] for row in rows(db) if row["source_key"] == "old/jin")
    accept(db, LAYER, of(db, "old/jin", "new/jin")["id"], WHY, survivor=old)
    load("old", OLD[1:], 10, "2026-04-01")
    assert "new/jin" in shown(db)


def test_before_the_one_that_stays_began_the_lesser_is_shown(db: Database, load: Load) -> None:
    load("old", OLD, 10, "2026-01-01")
    load("new", NEW[:1], 10, "2026-03-01")
    proposed(db)
    number, before = of(db, "old/jin", "new/jin")["id"], rows(db)
    new = next(row["fid"] for row in before if row["source_key"] == "new/jin")
    accept(db, LAYER, number, WHY, survivor=new)
    merged = {row["source_key"]: row for row in rows(db)}
    assert merged["old/jin"]["hidden_from"] == merged["new/jin"]["valid"].lower
    towers = {"old/jin", "new/jin"}
    assert shown(db, at="2026-02-01T00:00:00Z").keys() & towers == {"old/jin"}
    assert shown(db, at="2026-03-02T00:00:00Z").keys() & towers == {"new/jin"}
    # A younger state of the one that stays does not move its beginning.
    load("new", [house("new/jin", (3, 2), name="金茂大厦", height_m=421.0)], 10, "2026-05-01")
    assert shown(db, at="2026-04-01T00:00:00Z").keys() & towers == {"new/jin"}
    assert proposed(db).fresh == 0, "it is merged at all times"
    undo(db, LAYER, number, WHY)
    assert shown(db, at="2026-04-01T00:00:00Z").keys() & towers == towers
    assert all(row["hidden_from"] is None for row in rows(db))


def test_a_merge_is_named_although_a_dataset_hides_earlier(db: Database, load: Load) -> None:
    load("old", OLD, 10, "2026-01-01")
    load("new", NEW[1:], 50, "2026-02-01")
    load("new", NEW, 50, "2026-03-01")
    proposed(db)
    number = of(db, "old/jin", "new/jin")["id"]
    accept(db, LAYER, number, WHY)
    lesser = next(row for row in rows(db) if row["source_key"] == "old/jin")
    assert (lesser["hidden_by"], lesser["hidden_from"].isoformat()) == (f"match/{number}", "2026-01-31T16:00:00+00:00")
    assert "old/jin" not in shown(db, at="2026-02-02T00:00:00Z")
    undo(db, LAYER, number, WHY)
    lesser = next(row for row in rows(db) if row["source_key"] == "old/jin")
    assert (lesser["hidden_by"], lesser["hidden_from"].isoformat()) == ("new", "2026-01-31T16:00:00+00:00")


@pytest.mark.usefixtures("surveys")
def test_all_likely_ones_are_accepted_at_once(db: Database) -> None:
    proposed(db)
    accepted, left = accept_above(db, LAYER, 0.9, WHY)
    states = {each["state"] for each in listed(db).values() if each["relation"] == "same" and each["score"] >= 0.9}
    assert (accepted, left, states) == (1, 0, {"accepted"})


@pytest.mark.usefixtures("surveys")
def test_all_at_once_is_the_same_as_one_after_the_other(db: Database, load: Load) -> None:
    load("best", [house("best/jin", (3, 2), name="金茂大厦", height_m=421.0, height_source="tagged")], 90, "2026-03-01")
    proposed(db)
    # Three surveys of one tower: what was merged into another is merged no more, and what stayed may give way later.
    ranked = sorted(listed(db, relation="same").values(), key=lambda each: (-each["score"], each["id"]))
    likely = [each["id"] for each in ranked if each["score"] >= 0.9]
    done = []
    for number in likely:
        try:
            accept(db, LAYER, number, WHY)
            done.append(number)
        except Conflict:
            continue
    one_by_one, filled = rows(db), {each["id"]: each["filled"] for each in listed(db).values()}
    for number in reversed(done):
        undo(db, LAYER, number, WHY)
    with db.owner.begin() as connection:
        connection.execute(text("UPDATE onemap.match SET state = 'proposed'"))
    assert accept_above(db, LAYER, 0.9, WHY) == (len(done), len(likely) - len(done)) == (2, 1)
    assert rows(db) == one_by_one
    assert {each["id"]: each["filled"] for each in listed(db).values()} == filled
    assert shown(db)["best/jin"]["address"] == "世纪大道88号"
    acts = rows(db, "SELECT resource FROM onemap.audit WHERE action = 'accept' ORDER BY id DESC LIMIT 2")
    assert {act["resource"] for act in acts} == {f"matches/{number}" for number in done}


def test_duplicates_inside_one_dataset_are_found_and_merged(db: Database, load: Load) -> None:
    load(
        "own", [*OLD, house("old/twice", (1, 0), name="金茂", height_m=420.5, height_source="tagged")], 10, "2026-01-01"
    )
    made = proposed(db, datasets=("own", "own"))
    assert made.fresh == 1
    accept_above(db, LAYER, 0.9, WHY)
    assert "old/twice" not in shown(db)
    # What gave way is no candidate any more.
    assert proposed(db).comparisons[0].count("same") == 0


@pytest.mark.usefixtures("surveys")
def test_acts_out_of_turn_are_refused_in_words(db: Database) -> None:
    proposed(db)
    number = of(db, "old/jin", "new/jin")["id"]
    with pytest.raises(ParameterError, match="give a reason"):
        Decider(LOCAL_OPERATOR, " ")
    with pytest.raises(Conflict, match="is proposed; to undo it, it has to be accepted"):
        undo(db, LAYER, number, WHY)
    with pytest.raises(ParameterError, match="neither"):
        accept(db, LAYER, number, WHY, survivor=999)
    with pytest.raises(NotFound, match="no match 999"):
        accept(db, LAYER, 999, WHY)
    with pytest.raises(ParameterError, match="no objects of dataset 'osm'; it has those of: new, old"):
        proposed(db, datasets=("osm", "new"))


@pytest.mark.usefixtures("surveys")
def test_each_act_is_recorded_with_who_and_why(db: Database) -> None:
    proposed(db)
    number = of(db, "old/jin", "new/jin")["id"]
    accept(db, LAYER, number, WHY)
    undo(db, LAYER, number, Decider(LOCAL_OPERATOR, "a mistake"))
    acts = rows(db, "SELECT principal, action, resource, detail ->> 'reason' AS why FROM onemap.audit ORDER BY id")
    assert [tuple(act.values()) for act in acts] == [
        ("operator", "accept", f"matches/{number}", "the same tower"),
        ("operator", "undo", f"matches/{number}", "a mistake"),
    ]


@pytest.mark.usefixtures("surveys")
def test_merges_that_rest_on_each_other_are_undone_in_any_order(db: Database, load: Load) -> None:
    load("best", [house("best/jin", (3, 2), name="金茂大厦", height_m=421.0, height_source="tagged")], 90, "2026-03-01")
    proposed(db)
    first, second = of(db, "old/jin", "new/jin")["id"], of(db, "new/jin", "best/jin")["id"]
    accept(db, LAYER, first, WHY)
    accept(db, LAYER, second, WHY)
    assert shown(db)["best/jin"]["address"] == "世纪大道88号"
    with pytest.raises(Conflict, match="merged into another one"):
        accept(db, LAYER, of(db, "old/jin", "best/jin")["id"], WHY)
    undo(db, LAYER, first, WHY)
    merged = shown(db)["best/jin"]
    assert (merged["address"], merged["name_en"]) == (None, "Jin Mao Tower"), (
        "what came by way of the middle one is gone"
    )
    undo(db, LAYER, second, WHY)
    assert shown(db)["best/jin"]["name_en"] is None
