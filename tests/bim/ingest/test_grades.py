"""Grades of parts: their own, and those of what contains them, whoever edits and with whatever tool."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from box_model import house, load_house, storey
from sqlalchemy import text

from api.layers import all_layers
from layers.grades import Grade
from layers.store.engine import Database

SPRING, SUMMER, AUTUMN = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 6, 9))
UPSTAIRS = ("storey-2", "room-2", "wall-2", "door-2")


@pytest.fixture
def housed(db: Database, tmp_path: Path) -> Database:
    """Return a database with the house, open."""
    load_house(db, all_layers(), tmp_path, date=SPRING)
    return db


def sql(db: Database, statement: str) -> None:
    with db.owner.begin() as connection:
        connection.execute(text(statement))


def grade(db: Database, element: str, to: int) -> None:
    sql(db, f"UPDATE onemap.building_elements SET grade = {to} WHERE source_key = '{element}'")


def grades(db: Database, *elements: str) -> dict[str, int]:
    """Return the grades of the newest slices, of some elements, or of all that are not open."""
    newest = (
        "SELECT DISTINCT ON (source_key) source_key, grade FROM onemap.building_elements"
        " WHERE dataset = 'house' ORDER BY source_key, lower(valid) DESC"
    )
    with db.owner.connect() as connection:
        found = {row.source_key: row.grade for row in connection.execute(text(newest))}
    return {key: found[key] for key in elements} if elements else {key: at for key, at in found.items() if at}


def test_a_grade_of_a_storey_is_that_of_all_its_parts(housed: Database) -> None:
    grade(housed, "storey-2", 2)
    assert grades(housed) == dict.fromkeys(UPSTAIRS, 2)
    grade(housed, "house", 1)
    assert grades(housed, "storey-1", "room-1", "site", "door-2") == {
        "storey-1": 1, "room-1": 1, "site": 0, "door-2": 2,
    }  # fmt: skip
    grade(housed, "house", 0)
    assert grades(housed) == dict.fromkeys(UPSTAIRS, 2)


def test_lowering_a_storey_leaves_parts_at_their_own_grade(housed: Database) -> None:
    grade(housed, "wall-2", 1)
    grade(housed, "storey-2", 2)
    # It is at 2 already, by the storey; from now on by itself as well.
    grade(housed, "door-2", 2)
    grade(housed, "storey-2", 0)
    assert grades(housed) == {"wall-2": 1, "door-2": 2}


def test_a_part_cannot_be_below_what_contains_it(housed: Database) -> None:
    grade(housed, "storey-2", 2)
    grade(housed, "room-2", 0)
    assert grades(housed, "room-2") == {"room-2": 2}
    grade(housed, "storey-2", 1)
    assert grades(housed) == dict.fromkeys(UPSTAIRS, 1)


def test_all_of_a_model_may_be_graded_and_opened_in_one_statement(housed: Database) -> None:
    sql(housed, "UPDATE onemap.building_elements SET grade = 3")
    assert set(grades(housed).values()) == {3}
    sql(housed, "UPDATE onemap.building_elements SET grade = 0")
    assert grades(housed) == {}


def test_a_grade_by_hand_outlives_loads_which_change_nothing(housed: Database, tmp_path: Path) -> None:
    grade(housed, "storey-2", 2)
    (again,) = load_house(housed, all_layers(), tmp_path, date=SUMMER).load.layers
    assert (again.new, again.changed, again.unchanged) == (0, 0, 10)
    assert grades(housed) == dict.fromkeys(UPSTAIRS, 2)


def test_a_new_part_of_a_graded_storey_is_graded(housed: Database, tmp_path: Path) -> None:
    grade(housed, "storey-2", 2)
    new = [(replace(one, id="lamp", parent="room-2", storey="storey-2"), body) for one, body in storey(2)[3:]]
    renamed = [(replace(one, name="新") if one.id == "wall-2" else one, body) for one, body in house()]
    load_house(housed, all_layers(), tmp_path, renamed + new, date=SUMMER)
    assert grades(housed) == dict.fromkeys((*UPSTAIRS, "lamp"), 2)
    sql(
        housed,
        "INSERT INTO onemap.building_elements (dataset, source_key, parent, geom)"
        " SELECT 'house', 'by hand', 'room-2', geom FROM onemap.building_elements WHERE source_key = 'lamp'",
    )
    assert grades(housed, "by hand") == {"by hand": 2}
    grade(housed, "storey-2", 0)
    assert grades(housed) == {}


def test_a_part_that_is_moved_into_a_graded_storey_is_graded(housed: Database, tmp_path: Path) -> None:
    grade(housed, "storey-2", 2)
    sql(housed, "UPDATE onemap.building_elements SET parent = 'storey-2' WHERE source_key = 'door-1'")
    assert grades(housed, "door-1", "wall-1") == {"door-1": 2, "wall-1": 0}


def test_a_storey_that_is_gone_or_deleted_still_hides_its_parts(housed: Database, tmp_path: Path) -> None:
    grade(housed, "storey-2", 2)
    load_house(housed, all_layers(), tmp_path, house()[:6], date=SUMMER)
    assert grades(housed, "door-2") == {"door-2": 2}, "its last slice"
    sql(housed, "DELETE FROM onemap.building_elements WHERE source_key = 'storey-2'")
    grade(housed, "wall-2", 0)
    assert grades(housed, "door-2", "wall-2") == {"door-2": 2, "wall-2": 2}


def test_what_was_lowered_by_hand_stays_and_is_said(db: Database, tmp_path: Path) -> None:
    load_house(db, all_layers(), tmp_path, date=SPRING, grade=Grade.INTERNAL)
    for element in ("site", "house", "storey-1", "room-1"):
        grade(db, element, 0)
    assert grades(db, "room-1", "wall-1") == {"room-1": 0, "wall-1": 2}
    summary: Any = load_house(db, all_layers(), tmp_path, date=SUMMER, grade=Grade.RESTRICTED)
    assert grades(db, "room-1", "wall-1") == {"room-1": 0, "wall-1": 3}
    assert any(note.startswith("4 elements keep a grade below") for note in summary.load.notes)


def test_a_circle_of_parents_ends(housed: Database) -> None:
    sql(housed, "UPDATE onemap.building_elements SET parent = 'door-2' WHERE source_key = 'storey-2'")
    grade(housed, "storey-2", 2)
    assert grades(housed) == dict.fromkeys(UPSTAIRS, 2)


def test_other_models_keep_their_grades(housed: Database, tmp_path: Path) -> None:
    load_house(housed, all_layers(), tmp_path, model="other", lonlat=(121.6, 31.3))
    grade(housed, "storey-2", 2)
    sql(housed, "UPDATE onemap.building_elements SET grade = 0 WHERE dataset = 'other'")
    with housed.owner.connect() as connection:
        found = connection.execute(text("SELECT DISTINCT grade FROM onemap.building_elements WHERE dataset = 'other'"))
        assert list(found.scalars()) == [0]


def test_belief_of_the_grade_before_is_kept_without_what_nobody_ever_saw(housed: Database) -> None:
    grade(housed, "storey-2", 2)
    grade(housed, "room-2", 0)
    with housed.owner.connect() as connection:
        found = connection.execute(
            text(
                "SELECT grade FROM onemap.building_elements_history WHERE source_key = 'room-2'"
                " AND recorded_tx IS DISTINCT FROM superseded_tx ORDER BY lower(recorded)"
            )
        )
        assert list(found.scalars()) == [0, 2]
