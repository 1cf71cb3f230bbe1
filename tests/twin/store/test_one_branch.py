"""A database of before each package had a branch of its own migrates with everything that it has."""

from alembic import command
from models import differences
from sqlalchemy import text

from api.layers import all_layers
from api.schemas import all_schemas
from layers.store.engine import Database
from layers.store.migration import alembic_config, migrate
from layers.store.package_schema import newest_revisions
from layers.store.revision import current_revisions

ROWS = (
    "INSERT INTO onemap.buildings (name, grade, dataset, source_key, geom) VALUES ('密楼', 2, 'test', 'a',"
    " 'SRID=4490;MULTIPOLYGON(((121.5 31.2, 121.501 31.2, 121.501 31.201, 121.5 31.2)))')",
    "UPDATE onemap.buildings SET height_m = 12",
    "INSERT INTO onemap.code (code, layer, fid) SELECT '310115001001Z0001', 'buildings', fid FROM onemap.buildings",
    "INSERT INTO onemap.match (layer, a, b, relation, score, parts, marks) VALUES"
    " ('buildings', 1, 2, 'same', 0.9, '{}', '{}')",
    "INSERT INTO onemap.run (scenario, title, principal, state, shown, begins, step_s, steps, finished)"
    " VALUES ('wind', '旧推演', 'x', 'done', true, now(), 3600, 1, now())",
    "INSERT INTO onemap.run_feature (run, kind, key, level, value, rank, geom) SELECT r.id, k, key, 2, 1, 1,"
    " 'SRID=4490;POINT(121.5 31.2)' FROM onemap.run AS r, onemap.buildings AS b, LATERAL (VALUES"
    " ('objects', 'buildings/' || b.fid), ('facades', 'buildings/' || b.fid || '/7'), ('streets', 'roads/5/3'))"
    " AS f(k, key)",
    "INSERT INTO onemap.task (run, measure, title_zh, objects, level, response, ordinal, deadline)"
    " SELECT r.id, 'm', '任务', ARRAY['buildings/' || b.fid], 2, 2, 1, now()"
    " FROM onemap.run AS r, onemap.buildings AS b",
)
_OF_LAYERS = 4
KEPT = ("buildings", "buildings_history", "code", "match", "run", "run_feature", "task")


def as_before(db: Database) -> None:
    """Make a database what the release before had: one branch, at 0007, with rows."""
    with db.owner.begin() as connection:
        config = alembic_config(connection, all_schemas())
        # Edits of layers need the triggers of today, which need its tables.
        for statement in ROWS[:_OF_LAYERS]:
            connection.execute(text(statement))
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        connection.execute(text("DROP TRIGGER things_edited ON onemap.tile_edit"))
        command.downgrade(config, "bim@base")
        connection.execute(text("DROP TABLE onemap.building_elements, onemap.building_elements_history"))
        command.downgrade(config, "twin@0003")
        command.downgrade(config, "layers@0007")
        connection.execute(text("DELETE FROM onemap.alembic_version WHERE version_num <> '0007'"))
        for trigger in ("inserted", "updated", "deleted", "truncated"):
            connection.execute(text(f"DROP TRIGGER {trigger} ON onemap.run_feature"))
        for statement in ROWS[_OF_LAYERS:]:
            connection.execute(text(statement))


def counts(db: Database) -> dict[str, int]:
    with db.owner.connect() as connection:
        asked = {name: text(f"SELECT count(*) FROM onemap.{name}") for name in KEPT}
        return {name: int(connection.execute(statement).scalar_one()) for name, statement in asked.items()}


def test_it_keeps_rows_history_codes_matches_and_runs(db: Database) -> None:
    as_before(db)
    before = counts(db)
    assert before == dict.fromkeys(KEPT, 1) | {"run_feature": 3}
    with db.owner.connect() as connection:
        assert current_revisions(connection) == {"0007"}
    migrate(db, all_layers(), all_schemas())
    assert counts(db) == before
    with db.owner.connect() as connection:
        assert current_revisions(connection) == newest_revisions(all_schemas())
        assert [differences(connection, schema) for schema in all_schemas()] == [[], [], []]


def test_what_its_runs_found_is_graded_as_the_things_are_now(db: Database) -> None:
    as_before(db)
    migrate(db, all_layers(), all_schemas())
    with db.owner.connect() as connection:
        rows = connection.execute(text("SELECT kind, grade FROM onemap.run_feature ORDER BY fid")).all()
        assert dict(tuple(row) for row in rows) == {"objects": 2, "facades": 2, "streets": 0}
        assert connection.execute(text("SELECT grade FROM onemap.task")).scalar_one() == 2
        run = connection.execute(text("SELECT kinds, things FROM onemap.run")).one()
    assert tuple(run) == (["streets", "facades", "keepout", "objects"], ["buildings", "roads"])


def test_hiding_its_run_changes_the_tiles(db: Database) -> None:
    as_before(db)
    migrate(db, all_layers(), all_schemas())
    version = text("SELECT onemap.tile_version('wind_streets', 0, 0, 0, now())")
    with db.owner.begin() as connection:
        before = connection.execute(version).scalar_one()
        connection.execute(text("UPDATE onemap.run SET shown = false"))
        assert connection.execute(version).scalar_one() > before
