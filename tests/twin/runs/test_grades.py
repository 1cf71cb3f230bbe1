"""What is found about a thing is graded as the thing is: when the run was made, and now."""

from collections.abc import Callable

import breeze
import pytest
from sqlalchemy import select, text

from api.layers import all_layers
from layers.grades import Grade
from layers.store.engine import Database
from layers.temporal import now
from twin.runs.record import Run
from twin.store.models import run_feature, task

Calculated = Callable[..., Run]
TOWER = f"""
INSERT INTO onemap.buildings (name, dataset, source_key, geom) VALUES ('塔', 'test', 't',
    ST_Multi(ST_MakeEnvelope({breeze.LON}, {breeze.LAT}, {breeze.LON} + 0.001, {breeze.LAT} + 0.001, 4490)))
RETURNING fid
"""


@pytest.fixture
def tower(db: Database, calculated: Calculated) -> int:
    """Return the building of the breeze's façade and keep-out zone, which is the first one of all, after a run."""
    with db.owner.begin() as connection:
        fid = int(connection.execute(text(TOWER)).scalar_one())
        assert fid == 1
    calculated(show=True)
    return fid


def sql(db: Database, statement: str) -> None:
    with db.owner.begin() as connection:
        connection.execute(text(statement))


def grades(db: Database) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    with db.reader.connect() as connection:
        for kind, grade in connection.execute(select(run_feature.c.kind, run_feature.c.grade)):
            found.setdefault(kind, set()).add(grade)
    return found


def version(db: Database, layer: str) -> int:
    with db.reader.connect() as connection:
        asked = text("SELECT onemap.tile_version(:layer, 0, 0, 0, now())")
        return int(connection.execute(asked, {"layer": layer}).scalar_one())


def test_a_grade_raised_after_the_run_is_that_of_what_was_found(db: Database, tower: int) -> None:
    assert grades(db)["facades"] == {0}
    before = version(db, "wind_facades")
    sql(db, f"UPDATE onemap.buildings SET grade = 2 WHERE fid = {tower}")
    assert (grades(db)["facades"], grades(db)["keepout"], grades(db)["streets"]) == ({2}, {2}, {0})
    assert version(db, "wind_facades") > before, "a tile that was kept would show the façade on"
    layer = all_layers().get("wind_facades")
    with db.reader.connect() as connection:
        assert [row["grade"] for row in connection.execute(layer.select(now())).mappings()] == [2]


def test_a_grade_taken_back_is_taken_back_for_what_was_found(db: Database, tower: int) -> None:
    sql(db, f"UPDATE onemap.buildings SET grade = 2 WHERE fid = {tower}")
    sql(db, f"UPDATE onemap.buildings SET grade = 1 WHERE fid = {tower}")
    assert grades(db)["facades"] == {1}
    sql(db, f"UPDATE onemap.buildings SET grade = 0 WHERE fid = {tower}")
    assert grades(db)["facades"] == {0}


def test_what_was_graded_when_the_run_was_made_stays_so(db: Database, tower: int) -> None:
    assert grades(db)["objects"] == {int(Grade.OPEN), int(Grade.INTERNAL)}
    sql(db, f"UPDATE onemap.buildings SET grade = 2 WHERE fid = {tower}")
    sql(db, f"DELETE FROM onemap.buildings WHERE fid = {tower}")
    assert grades(db)["objects"] == {int(Grade.OPEN), int(Grade.INTERNAL)}


def test_what_was_found_about_a_thing_stays_graded_when_the_thing_is_deleted(db: Database, tower: int) -> None:
    sql(db, f"UPDATE onemap.buildings SET grade = 2 WHERE fid = {tower}")
    sql(db, f"DELETE FROM onemap.buildings WHERE fid = {tower}")
    assert (grades(db)["facades"], grades(db)["keepout"]) == ({2}, {2})


def test_a_task_has_the_highest_grade_of_the_things_that_it_is_about(db: Database, tower: int) -> None:
    sql(
        db,
        "INSERT INTO onemap.risk_sources (name, kind, dataset, source_key, geom) VALUES "
        "('塔吊1', 'tower_crane', 'test', 'c', 'SRID=4490;POINT(121.5 31.2)')",
    )
    sql(db, "UPDATE onemap.risk_sources SET grade = 2")
    with db.reader.connect() as connection:
        rows = connection.execute(select(task.c.measure, task.c.grade).order_by(task.c.id)).all()
    assert [tuple(row) for row in rows] == [("secure_crane", 2), ("stand_by", 0)]
