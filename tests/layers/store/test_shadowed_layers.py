"""A layer that a file made meets a built-in one of its name when the program is upgraded."""

from typing import Any

import pytest
from bundled import SAMPLE
from sqlalchemy import Connection, text

from api.schemas import all_schemas
from layers.catalog import built_in
from layers.intake.ingest import LoadOptions, Silent, load_path
from layers.intake.quality.rules import rule_book, set_rule
from layers.intake.vector.infer_schema import infer_layer
from layers.registry import Registry
from layers.rule import Rule
from layers.store.engine import Database
from layers.store.migration import migrate
from layers.store.runtime import add_runtime_layers, define
from layers.store.shadowed_layers import rename_shadowed_layers
from layers.title import Title

CAMPUS = infer_layer("schools", "我校", "MultiPolygon", {"students": ("学生", "text"), "note": ("备注", "text")}, 1)
ROWS = """
INSERT INTO onemap.schools (source_key, dataset, students, note, geom) VALUES
('a', 'mine', '约八百', '旧', ST_Multi(ST_MakeEnvelope(121.5, 31.2, 121.501, 31.201, 4490)));
UPDATE onemap.schools SET note = '新';
INSERT INTO onemap.dataset (id, title_zh, title_en, precedence) VALUES ('mine', '我的', 'mine', 100);
INSERT INTO onemap.coverage (dataset, layer, since, extent)
VALUES ('mine', 'schools', '2026-01-01', ST_MakeEnvelope(121.5, 31.2, 121.51, 31.21, 4490))
"""


def make_older(connection: Connection) -> None:
    """Put a layer of campuses where an older version, which knew no schools, had put it."""
    connection.execute(text("DROP TABLE onemap.schools, onemap.schools_history"))
    define(connection, CAMPUS)
    for statement in ROWS.split(";"):
        connection.execute(text(statement))
    set_rule(connection, Registry([CAMPUS]), Rule("own", "schools", "required", Title("有", "has"), "note"), "test")


@pytest.fixture
def older(db: Database) -> Database:
    with db.owner.begin() as connection:
        make_older(connection)
    return db


def ask(db: Database, statement: str) -> list[tuple[Any, ...]]:
    with db.owner.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_it_gets_another_name_and_keeps_its_rows_history_and_rules(older: Database) -> None:
    assert migrate(older, built_in(), all_schemas()) == {"schools": "schools_loaded"}
    assert ask(older, "SELECT students, note FROM onemap.schools_loaded") == [("约八百", "新")]
    assert ask(older, "SELECT note FROM onemap.schools_loaded_history") == [("旧",)]
    assert ask(older, "SELECT layer FROM onemap.coverage") == [("schools_loaded",)]
    registry = built_in()
    with older.owner.begin() as connection:
        add_runtime_layers(connection, registry)
        layer = registry.get("schools_loaded")
        assert (layer.title.zh, registry.get("schools")) == ("我校", built_in().get("schools"))
        assert "schools_loaded.own" in {rule.id for rule in rule_book(connection, [layer]).rules}
        connection.execute(text("UPDATE onemap.schools_loaded SET note = '更新'"))
    assert len(ask(older, "SELECT note FROM onemap.schools_loaded_history")) == 2
    told = "SELECT detail FROM onemap.audit WHERE resource = 'database'"
    assert ask(older, told) == [({"layer": "schools", "renamed": "schools_loaded"},)]


def test_the_built_in_layer_takes_its_place_whole_and_loads_go_into_it(older: Database) -> None:
    def indexes() -> set[str]:
        return {name for (name,) in ask(older, "SELECT indexname FROM pg_indexes WHERE tablename = 'schools'")}

    migrate(older, built_in(), all_schemas())
    assert {"schools_slices", "schools_key", "schools_source", "schools_geom", "schools_geom_3857"} <= indexes()
    load_path(older, built_in(), SAMPLE, LoadOptions(), Silent())
    assert ask(older, "SELECT count(*) > 0, bool_and(students IS NULL OR students > 0) FROM onemap.schools") == [
        (True, True)
    ]
    assert ask(older, "SELECT count(*) FROM onemap.schools_loaded") == [(1,)]


def test_a_second_upgrade_renames_nothing_and_other_layers_stay(older: Database) -> None:
    clinics = infer_layer("clinics", "诊所", "Point", {"beds": ("床位", "integer")}, 1)
    with older.owner.begin() as connection:
        define(connection, clinics)
    migrate(older, built_in(), all_schemas())
    assert migrate(older, built_in(), all_schemas()) == {}
    assert sorted(ask(older, "SELECT id FROM onemap.layer")) == [("clinics",), ("schools_loaded",)]


def test_a_name_that_is_taken_is_passed_over(tx: Connection) -> None:
    make_older(tx)
    taken = infer_layer("schools_loaded", "另一", "Point", {"beds": ("床位", "integer")}, 1)
    define(tx, taken)
    assert rename_shadowed_layers(tx, built_in()) == {"schools": "schools_loaded2"}


def test_a_registry_that_knows_the_layer_from_the_database_renames_nothing(tx: Connection) -> None:
    make_older(tx)
    assert rename_shadowed_layers(tx, Registry([CAMPUS])) == {}
