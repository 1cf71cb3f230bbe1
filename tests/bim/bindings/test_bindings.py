"""Bindings in the database: stated, corrected, orphaned by a newer model, and hidden with their elements."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from authored_ifc import Author, guid
from box_model import PLACE, house, load_house
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api.layers import all_layers
from bim.bindings import (
    BindingQuery,
    ImportSummary,
    Span,
    bindings_page,
    candidates,
    import_bindings,
    plan_import,
    propose_bindings,
    read_bindings,
)
from bim.catalog.building_elements import LAYER
from bim.detail import element_of
from bim.georeference import LocateOptions
from bim.ingest import ModelOptions, load_model
from bim.tileset import View
from layers.access import LOCAL_OPERATOR, Area, Principal, decide
from layers.errors import Conflict, SourceError
from layers.grades import Grade
from layers.ops.jobs import Silent
from layers.store.engine import Database
from layers.temporal import When, now

SPRING, SUMMER, AUTUMN = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 6, 9))
STRANGER = Principal("stranger")
HEADER = "thing,element,from,to,note,grade\n"
THREE = (
    "T-1,room-1,2026-03-01T00:00:00Z,,温度,\nT-2,room-2,2026-03-01T00:00:00Z,,温度,\n"
    "D-1,door-1,2026-03-01T00:00:00Z,,门磁,\n"
)


def seen(at: datetime | None = None, who: Principal = LOCAL_OPERATOR, as_of: datetime | None = None) -> View:
    when = now() if at is None else When(at, at)
    return View(LAYER, decide(who, "read", LAYER), when if as_of is None else when.believed(as_of))


def state(
    db: Database, folder: Path, lines: str, who: Principal = LOCAL_OPERATOR, model: str = "house"
) -> ImportSummary:
    path = folder / "things.csv"
    path.write_text(HEADER + lines, encoding="utf-8")
    stated = read_bindings(path, model)
    with db.writer.begin() as connection:
        return import_bindings(connection, seen(who=who), model, path, stated, who.name)


def bound(db: Database, view: View, **query: Any) -> list[tuple[str, str]]:
    with db.reader.connect() as connection:
        found = bindings_page(connection, view, BindingQuery(**query), 100).bindings
    return sorted((one.thing, one.element) for one in found)


def instant(db: Database) -> datetime:
    with db.reader.connect() as connection:
        return connection.execute(text("SELECT clock_timestamp()")).scalar_one() + timedelta(microseconds=1)


@pytest.fixture
def housed(db: Database, tmp_path: Path) -> Database:
    """Return a database with the house since spring, and three things in it."""
    load_house(db, all_layers(), tmp_path, date=SPRING)
    state(db, tmp_path, THREE)
    return db


def test_things_are_bound_and_the_same_table_again_changes_nothing(housed: Database, tmp_path: Path) -> None:
    assert bound(housed, seen()) == [("D-1", "door-1"), ("T-1", "room-1"), ("T-2", "room-2")]
    again = state(housed, tmp_path, THREE)
    assert (again.unchanged, again.added, again.superseded) == (3, [], [])
    with housed.reader.connect() as connection:
        told = element_of(connection, seen(), "house", "room-1")["things"]
    assert told == [{"thing": "T-1", "from": "2026-03-01T00:00:00Z", "to": None, "note": "温度"}]
    assert bound(housed, seen(SPRING - timedelta(days=1))) == []


def test_a_thing_that_moves_is_here_until_then_and_there_from_then_on(housed: Database, tmp_path: Path) -> None:
    before = instant(housed)
    moved = state(housed, tmp_path, "T-1,room-2,2026-06-01T00:00:00Z,,,\n")
    assert [(one.element, one.span) for one in moved.superseded] == [("room-1", Span(SPRING))]
    assert bound(housed, seen(SPRING), thing="T-1") == [("T-1", "room-1")]
    assert bound(housed, seen(AUTUMN), thing="T-1") == [("T-1", "room-2")]
    assert bound(housed, seen(AUTUMN, as_of=before), thing="T-1") == [("T-1", "room-1")], "so it was believed"
    assert state(housed, tmp_path, "T-1,room-2,2026-06-01T00:00:00Z,,,\n").added == []


def test_a_wrong_binding_is_corrected_and_what_was_believed_is_kept(housed: Database, tmp_path: Path) -> None:
    before = instant(housed)
    state(housed, tmp_path, "T-1,room-2,2026-03-01T00:00:00Z,,,\nD-1,-,2026-03-01T00:00:00Z,,,\n")
    assert bound(housed, seen()) == [("T-1", "room-2"), ("T-2", "room-2")]
    assert bound(housed, seen(as_of=before)) == [("D-1", "door-1"), ("T-1", "room-1"), ("T-2", "room-2")]


def test_a_table_is_taken_whole_or_not_at_all(housed: Database, tmp_path: Path) -> None:
    lines = (
        "A,room-1,2026-03-01T00:00:00Z,,,\nB,attic,2026-03-01T00:00:00Z,,,\n"
        "C,room-2,2025-01-01T00:00:00Z,2026-01-01T00:00:00Z,,\n"
    )
    with pytest.raises(SourceError) as caught:
        state(housed, tmp_path, lines)
    assert "line 3, element: the model 'house' has no element 'attic'" in str(caught.value)
    assert "line 4, element: 'room-2' is in the model in 2026-03-01T00:00:00Z/.." in str(caught.value)
    assert bound(housed, seen(), thing="A") == []


def test_a_plan_changes_nothing(housed: Database, tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(HEADER + "T-1,room-2,2026-03-01T00:00:00Z,,,\n", encoding="utf-8")
    with housed.reader.connect() as connection:
        planned = plan_import(connection, seen(), "house", path, read_bindings(path, "house"))
    assert len(planned.added) == len(planned.superseded) == 1
    assert bound(housed, seen(), thing="T-1") == [("T-1", "room-1")]


def test_the_database_itself_refuses_a_thing_in_two_places(housed: Database) -> None:
    twice = (
        "INSERT INTO onemap.bim_binding (thing, model, element, valid, who)"
        " VALUES ('T-1', 'house', 'room-2', '[2026-05-01Z,)', 'x')"
    )
    with pytest.raises(IntegrityError, match="bim_binding_one_place"), housed.owner.begin() as connection:
        connection.execute(text(twice))


def test_a_room_that_is_gone_leaves_an_orphan_with_those_that_may_be_meant(housed: Database, tmp_path: Path) -> None:
    # A program that writes the file anew gives one room another id, and leaves the door away.
    parts = [(replace(one, id="new-2") if one.id == "room-2" else one, body) for one, body in house()]
    parts = [part for part in parts if part[0].id != "door-1"]
    summary = load_house(housed, all_layers(), tmp_path, parts, date=SUMMER)
    assert sorted(one.thing for one in summary.orphans) == ["D-1", "T-2"]
    assert bound(housed, seen(AUTUMN), orphans=True) == [("D-1", "door-1"), ("T-2", "room-2")]
    assert bound(housed, seen(SPRING), orphans=True) == [], "then they were there"
    with housed.reader.connect() as connection:
        orphans = bindings_page(connection, seen(AUTUMN), BindingQuery(thing="T-2", orphans=True), 10).bindings
        near = candidates(connection, seen(AUTUMN), orphans[0])
        (door,) = bindings_page(connection, seen(AUTUMN), BindingQuery(thing="D-1", orphans=True), 10).bindings
        other = candidates(connection, seen(AUTUMN), door)
    assert [(one.element, one.why, one.distance_m) for one in near] == [
        ("new-2", "same_name", 0.0), ("room-1", "nearest", 3.0)
    ]  # fmt: skip
    assert [(one.element, one.why) for one in other] == [("door-2", "nearest")]
    assert bound(housed, seen(AUTUMN), element="new-2") == [], "offered, and not applied"
    assert load_house(housed, all_layers(), tmp_path, parts, date=AUTUMN).orphans == (), "they are none of this load"


def test_a_binding_shows_to_whom_its_element_does_then_and_now(housed: Database, tmp_path: Path) -> None:
    before = instant(housed)
    assert bound(housed, seen(who=STRANGER), model="house") == bound(housed, seen())
    with housed.owner.begin() as connection:
        connection.execute(text("UPDATE onemap.building_elements SET grade = 2 WHERE source_key = 'room-2'"))
    left = [("D-1", "door-1"), ("T-1", "room-1")]
    assert bound(housed, seen(who=STRANGER)) == left
    assert bound(housed, seen(SPRING, STRANGER)) == left
    assert bound(housed, seen(as_of=before, who=STRANGER)) == left, "nor is its past told"
    cleared = Principal("inspector", clearance=Grade.INTERNAL)
    assert bound(housed, seen(who=cleared), thing="T-2") == [("T-2", "room-2")]
    with housed.owner.begin() as connection:
        connection.execute(text("DELETE FROM onemap.building_elements WHERE source_key = 'room-1'"))
    assert bound(housed, seen(who=cleared), thing="T-1") == [], "of what is nowhere no grade is known"
    assert bound(housed, seen(), thing="T-1", orphans=True) == [("T-1", "room-1")]


def test_a_binding_has_a_grade_of_its_own_that_a_table_without_one_does_not_lower(
    housed: Database, tmp_path: Path
) -> None:
    before = instant(housed)
    state(housed, tmp_path, "T-1,room-1,2026-03-01T00:00:00Z,,温度,内部\n")
    assert bound(housed, seen(who=STRANGER), thing="T-1") == []
    assert bound(housed, seen(who=STRANGER, as_of=before), thing="T-1") == [], "nor as it was known"
    state(housed, tmp_path, "T-1,room-2,2026-06-01T00:00:00Z,,温度,\n")
    assert bound(housed, seen(who=STRANGER), thing="T-1") == []


def test_who_may_not_see_where_a_thing_is_cannot_move_it(housed: Database, tmp_path: Path) -> None:
    with housed.owner.begin() as connection:
        connection.execute(text("UPDATE onemap.building_elements SET grade = 3 WHERE source_key = 'room-2'"))
    with pytest.raises(Conflict, match="T-2: it is bound in that time to what you may not change"):
        state(housed, tmp_path, "T-2,room-1,2026-03-01T00:00:00Z,,,\n", STRANGER)
    with pytest.raises(SourceError, match="has no element 'room-2'"):
        state(housed, tmp_path, "T-9,room-2,2026-03-01T00:00:00Z,,,\n", STRANGER)


def test_an_area_shows_graded_bindings_inside_it_alone(housed: Database, tmp_path: Path) -> None:
    state(housed, tmp_path, "T-1,room-1,2026-03-01T00:00:00Z,,,internal\n")
    with housed.reader.connect() as connection:
        boxes = [
            bytes(connection.execute(text(f"SELECT ST_AsBinary(ST_Multi(ST_MakeEnvelope({box}, 4490)))")).scalar_one())
            for box in (f"{PLACE[0] - 1}, {PLACE[1] - 1}, {PLACE[0] + 1}, {PLACE[1] + 1}", "100, 20, 101, 21")
        ]
    here, there = (Principal("x", clearance=Grade.INTERNAL, area=Area("a", box)) for box in boxes)
    assert ("T-1", "room-1") in bound(housed, seen(who=here))
    assert bound(housed, seen(who=there)) == [("D-1", "door-1"), ("T-2", "room-2")]


def test_sensors_of_a_file_are_proposed_for_the_rooms_that_it_puts_them_in(db: Database, tmp_path: Path) -> None:
    author = Author()
    for number, storey in enumerate(author.storeys):
        sensor = author.element("IfcSensor", f"sensor {number}", (0.1, 0.1, 0.1), (1, 1, 1), storey.space, Tag="S-1")
        author.contain(storey.space, [sensor])
    path = author.write(tmp_path / "house.ifc")
    options = ModelOptions(date=SPRING, place=LocateOptions(lonlat=PLACE, anchor=(0.0, 0.0, 0.0), heading_deg=0.0))
    load_model(db, all_layers(), path, options, Silent())
    with db.reader.connect() as connection:
        proposed = propose_bindings(connection, seen(), "house")
    assert [(one.thing, one.element, one.span, name) for one, name in proposed] == [
        (guid(f"sensor {number}"), guid(f"space {number}"), Span(SPRING), f"sensor {number}") for number in (0, 1)
    ], "one tag on both names neither"
    assert bound(db, seen()) == []
