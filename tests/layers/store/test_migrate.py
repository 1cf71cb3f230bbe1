from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from alembic import command
from models import differences
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError
from two_surveys import NEW, OLD, house, load_survey

from api.schemas import all_schemas
from layers.access.principals import LOCAL_OPERATOR
from layers.base import Column
from layers.catalog import built_in
from layers.entities.matching.decisions import Decider, accept, undo
from layers.errors import Conflict
from layers.intake.ingest import LoadOptions, Silent, load_path
from layers.registry import Registry
from layers.store.dataset_layer import DatasetLayer
from layers.store.engine import Database
from layers.store.migration import alembic_config, migrate
from layers.store.package_schema import PackageSchema, newest_revisions
from layers.store.revision import current_revisions
from layers.temporal import When
from layers.title import Title


@pytest.mark.parametrize("schema", all_schemas(), ids=lambda schema: schema.name)
def test_a_migrated_database_is_what_the_models_say(db: Database, schema: PackageSchema) -> None:
    with db.owner.connect() as connection:
        assert differences(connection, schema) == []
        assert current_revisions(connection) == newest_revisions(all_schemas())


def test_identifiers_of_an_older_table_are_given_their_order(db: Database) -> None:
    order = text(
        "SELECT collname FROM pg_attribute AS a JOIN pg_collation AS c ON c.oid = attcollation"
        " WHERE attrelid = 'onemap.stations'::regclass AND attname = 'source_key'"
    )
    with db.owner.begin() as connection:
        connection.execute(
            text("INSERT INTO onemap.stations (source_key, geom) VALUES ('甲', 'SRID=4490;POINT(121 31)')")
        )
        connection.execute(text('ALTER TABLE onemap.stations ALTER source_key TYPE text COLLATE "default"'))
        assert connection.execute(order).scalar_one() == "default"
    migrate(db, built_in(), all_schemas())
    with db.owner.begin() as connection:
        assert connection.execute(order).scalar_one() == "C"
        assert connection.execute(text("SELECT source_key FROM onemap.stations")).scalar_one() == "甲"


def test_migrating_again_changes_nothing(db: Database) -> None:
    before = _catalogue(db)
    migrate(db, built_in(), all_schemas())
    assert _catalogue(db) == before


def test_a_new_column_is_added_to_both_tables_and_nothing_is_lost(db: Database) -> None:
    with db.owner.begin() as connection:
        connection.execute(
            text("INSERT INTO onemap.stations (name, geom) VALUES ('陆家嘴', 'SRID=4490;POINT(121.5 31.24)')")
        )
        connection.execute(text("UPDATE onemap.stations SET class = 'subway'"))
    layer = _extended("stations", Column("exits", "integer", Title("出口数", "exits")))
    migrate(db, Registry([layer]), all_schemas())
    with db.owner.begin() as connection:
        connection.execute(text("UPDATE onemap.stations SET exits = 6"))
        rows = connection.execute(text("SELECT name, exits FROM onemap.stations_history ORDER BY recorded")).all()
        assert [tuple(row) for row in rows] == [("陆家嘴", None), ("陆家嘴", None)]


def test_a_column_of_another_type_is_a_conflict_that_names_it(db: Database) -> None:
    columns = tuple(c if c.name != "lines" else Column("lines", "integer", c.title) for c in _layer("stations").columns)
    with pytest.raises(Conflict, match=r"column lines of onemap.stations is TEXT, but the layer declares INTEGER"):
        migrate(db, Registry([_with_columns("stations", columns)]), all_schemas())


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO onemap.roads (geom) VALUES ('SRID=4490;MULTILINESTRING((0 0,1 1))')",
        "DELETE FROM onemap.roads",
        "SELECT * FROM onemap.principal",
        "SELECT * FROM onemap.audit",
        "CREATE TABLE onemap.mine (i int)",
    ],
)
def test_the_reader_only_reads_and_not_everything(db: Database, statement: str) -> None:
    _refused(db.reader.connect, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM onemap.roads_history",
        "INSERT INTO onemap.tile_edit VALUES ('roads', 1, 1, 1)",
        "DELETE FROM onemap.audit",
        "DROP TABLE onemap.roads",
        "ALTER TABLE onemap.roads DISABLE TRIGGER ALL",
    ],
)
def test_the_writer_cannot_forge_history_versions_or_audit(db: Database, statement: str) -> None:
    _refused(db.writer.connect, statement)


def test_what_was_hidden_at_all_times_is_hidden_from_where_the_better_dataset_begins(
    db: Database, tmp_path: Path
) -> None:
    load_survey(db, tmp_path, "old", OLD, 10, "2026-01-01")
    load_survey(db, tmp_path, "new", NEW, 50, "2026-02-01")
    with db.owner.begin() as connection:
        _downgrade(connection, "0006")
        for table in ("buildings", "buildings_history"):
            connection.execute(text(f"ALTER TABLE onemap.{table} DROP COLUMN hidden_from"))
    migrate(db, built_in(), all_schemas())
    hidden = "SELECT DISTINCT hidden_by, hidden_from FROM onemap.buildings WHERE dataset = 'old'"
    with db.owner.connect() as connection:
        began = connection.execute(text("SELECT since FROM onemap.coverage WHERE dataset = 'new'")).scalar_one()
        assert began.astimezone(UTC).isoformat() == "2026-01-31T16:00:00+00:00"
        assert [tuple(row) for row in connection.execute(text(hidden))] == [("new", began)]
        assert connection.execute(text("SELECT count(*) FROM onemap.buildings_history")).scalar_one() == 2 * len(OLD)
    before = _catalogue(db)
    migrate(db, built_in(), all_schemas())
    assert _catalogue(db) == before


def test_what_was_believed_before_there_were_numbers_of_transactions_is_still_told(db: Database) -> None:
    stations = _layer("stations")

    def told(instant: datetime | None) -> list[tuple[str, str | None]]:
        when = When(None, None, instant)
        with db.reader.connect() as connection:
            return sorted((row.name, row.lines) for row in connection.execute(stations.select(when), when.parameters()))

    edits = (
        "INSERT INTO onemap.stations (name, geom) SELECT n, 'SRID=4490;POINT(1 3)' FROM unnest('{甲,乙}'::text[]) AS n",
        "UPDATE onemap.stations SET lines = '2' WHERE name = '甲'",
        "DELETE FROM onemap.stations WHERE name = '乙'",
    )
    instants = [_edited(db, edit) for edit in edits]
    before = [told(instant) for instant in (*instants, None)]
    with db.owner.begin() as connection:
        for table in ("stations", "stations_history"):
            connection.execute(text(f"ALTER TABLE onemap.{table} DROP COLUMN recorded_tx, DROP COLUMN superseded_tx"))
        _downgrade(connection, "0007")
    migrate(db, built_in(), all_schemas())
    assert [told(instant) for instant in (*instants, None)] == before
    instant = _edited(db, "UPDATE onemap.stations SET lines = '14' WHERE name = '甲'")
    assert [told(earlier) for earlier in instants] == before[:3]
    assert told(instant) == [("甲", "14")]
    numbers = (
        "SELECT recorded_tx, superseded_tx = (SELECT max(id) FROM onemap.transaction_log) FROM onemap.stations_history"
    )
    with db.reader.connect() as connection:
        assert (None, True) in [tuple(row) for row in connection.execute(text(numbers))]


def test_what_merges_of_the_release_before_filled_is_taken_back_by_computing(db: Database, tmp_path: Path) -> None:
    buildings, decider = _layer("buildings"), Decider(LOCAL_OPERATOR, "the same tower")
    load_survey(db, tmp_path, "old", OLD, 10, "2026-01-01")
    load_survey(db, tmp_path, "new", NEW, 50, "2026-02-01")
    best = house("best/jin", (3, 2), height_m=9.5, height_source="estimated", floors=87)
    load_survey(db, tmp_path, "best", [best], 90, "2026-03-01")
    tower = (
        "SELECT height_m, height_source, floors, address, name_en FROM onemap.buildings WHERE source_key = 'best/jin'"
    )

    def seen() -> tuple[object, ...]:
        with db.reader.connect() as connection:
            return tuple(connection.execute(text(tower)).one())

    with db.owner.begin() as connection:
        fids = dict(map(tuple, connection.execute(text("SELECT source_key, fid FROM onemap.buildings"))))
        numbers = [
            connection.execute(
                text(
                    "INSERT INTO onemap.match (layer, a, b, relation, score, parts, marks)"
                    " VALUES ('buildings', :a, :b, 'same', 0.9, '{}', '{}') RETURNING id"
                ),
                {"a": fids[key], "b": fids["best/jin"]},
            ).scalar_one()
            for key in ("new/jin", "old/jin")
        ]
    for number in reversed(numbers):
        accept(db, buildings, number, decider)
    merged = (420.5, "tagged", 87, "世纪大道88号", "Jin Mao Tower")
    assert seen() == merged
    with db.owner.begin() as connection:
        _downgrade(connection, "0027")
    migrate(db, built_in(), all_schemas())
    assert seen() == merged
    again = load_survey(db, tmp_path, "best", [best], 90, "2026-03-02")
    assert [layer.unchanged for layer in again.layers] == [1]
    # In another order than that of their acceptance, which is not that of their numbers either.
    undo(db, buildings, numbers[1], decider)
    assert seen() == (9.5, "estimated", 87, None, "Jin Mao Tower")
    undo(db, buildings, numbers[0], decider)
    assert seen() == (9.5, "estimated", 87, None, None)


def _edited(db: Database, edit: str) -> datetime:
    """Edit, and return an instant after it."""
    with db.writer.begin() as connection:
        connection.execute(text(edit))
    with db.reader.connect() as connection:
        found: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return found


def _downgrade(connection: Connection, revision: str) -> None:
    command.downgrade(alembic_config(connection, all_schemas()), f"layers@{revision}")


def _refused(connect: Callable[..., object], statement: str) -> None:
    with connect() as connection, pytest.raises(DBAPIError) as refused:  # type: ignore[attr-defined]
        connection.execute(text(statement))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


def _layer(layer_id: str) -> DatasetLayer:
    layer = built_in().get(layer_id)
    assert isinstance(layer, DatasetLayer)
    return layer


def _with_columns(layer_id: str, columns: tuple[Column, ...]) -> DatasetLayer:
    return replace(_layer(layer_id), columns=columns)


def _extended(layer_id: str, column: Column) -> DatasetLayer:
    return _with_columns(layer_id, (*_layer(layer_id).columns, column))


def _catalogue(db: Database) -> dict[str, list[str]]:
    with db.owner.connect() as connection:
        inspector = inspect(connection)
        tables = inspector.get_table_names(schema="onemap")
        indexes = {
            table: sorted(str(i["name"]) for i in inspector.get_indexes(table, schema="onemap")) for table in tables
        }
        indexes["triggers"] = list(
            connection.execute(text("SELECT tgname FROM pg_trigger ORDER BY tgrelid, tgname")).scalars()
        )
        return indexes


def test_functions_tables_and_states_of_the_release_before_take_their_new_names(db: Database) -> None:
    dirty = Path(__file__).parents[2] / "support" / "dirty_buildings.geojson"
    held = load_path(db, built_in(), dirty, LoadOptions(layer="buildings", most_quarantined=1.0), Silent()).quarantined
    former = (
        "CREATE FUNCTION onemap.bump_inserted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO onemap.bump (layer, x, y, n) VALUES (TG_TABLE_NAME, -1, -1, 1); RETURN NULL; END $$",
        "CREATE FUNCTION onemap.cover(text, geometry) RETURNS void LANGUAGE sql RETURN NULL",
        # Goes with what it calls.
        "CREATE FUNCTION onemap.put_filled() RETURNS void LANGUAGE sql BEGIN ATOMIC SELECT onemap.cover('', NULL); END",
        "CREATE TRIGGER bump_inserted AFTER INSERT ON onemap.stations FOR EACH STATEMENT"
        " EXECUTE FUNCTION onemap.bump_inserted()",
    )
    with db.owner.begin() as connection:
        _downgrade(connection, "0013")
        for statement in former:
            connection.exec_driver_sql(statement)
        assert _states(connection) == {"held": held}
    migrate(db, built_in(), all_schemas())
    _edited(db, "INSERT INTO onemap.stations (name, geom) VALUES ('甲', 'SRID=4490;POINT(121.5 31.2)')")
    with db.owner.connect() as connection:
        names = set(
            connection.execute(text("SELECT proname FROM pg_proc WHERE proname ~ '^(bump|cover|put)'")).scalars()
        )
        assert not names & {"bump_inserted", "cover", "put_filled"}
        edits = connection.execute(text("SELECT x >= 0, n FROM onemap.tile_edit WHERE layer = 'stations'"))
        assert set(map(tuple, edits)) == {(True, 1)}
        assert _states(connection) == {"pending": held}


def _states(connection: Connection) -> dict[str, int]:
    rows = connection.execute(text("SELECT state, count(*) FROM onemap.quarantine GROUP BY state"))
    return dict(map(tuple, rows))
