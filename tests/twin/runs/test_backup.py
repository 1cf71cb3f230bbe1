from collections.abc import Callable
from pathlib import Path

import breeze
from sqlalchemy import text

from api.layers import all_layers
from api.schemas import all_schemas
from layers.access.decision import require
from layers.access.principals import LOCAL_OPERATOR
from layers.ops.backup_writer import backup
from layers.ops.restoration import restore
from layers.ops.target import Target
from layers.settings import Settings
from layers.store.engine import Database
from layers.temporal import now
from twin.preplans.after_action import Damage
from twin.runs import damages, record, store, tasks
from twin.runs.record import Run
from twin.runs.warnings import take
from twin.store.schema import TWIN
from twin.warnings import read_record

GALE = {
    "headline": "浦东新区发布大风黄色预警",
    "warning_type": "大风",
    "level": "黄色",
    "area": "浦东新区",
    "published_at": "2026-09-15T16:00",
    "description": "浦东新区气象台2026年09月15日16时00分发布大风黄色预警[Ⅲ级/较重]:预计未来12小时本区将出现9级阵风。",
}


def silent(done: int, total: int | None, message: str) -> None:
    del done, total, message


def counts(db: Database) -> dict[str, int]:
    with db.owner.connect() as connection:
        return {
            name: connection.execute(text(f"SELECT count(*) FROM onemap.{name}")).scalar_one() for name in TWIN.tables
        }


def values(db: Database, layer: str) -> list[object]:
    with db.reader.connect() as connection:
        return [row["value"] for row in connection.execute(all_layers().get(layer).select(now())).mappings()]


def test_a_backup_brings_runs_tasks_and_warnings_back_and_life_goes_on(
    server, template: str, db: Database, calculated: Callable[..., Run], work, tmp_path: Path
) -> None:
    run = calculated(show=True, speed_ms=10)
    take(db, [read_record(GALE)], "tester", breeze.scenarios)
    damages.keep(db, run, [Damage("tree", breeze.LON, breeze.LAT, breeze.BEGINS)], "tester")
    archive = tmp_path / "one.backup"
    settings = Settings(_env_file=None)

    def target_at(database: Database) -> Target:
        return Target(database.urls, server.admin_url(database.urls), settings)

    manifest = backup(target_at(db), archive, silent)
    before = counts(db)
    # Counts of slices begin with a row of nothing for each layer that is counted.
    assert before["slice_count"] == 2
    kept = {name: number for name, number in before.items() if number and name != "slice_count"}
    assert kept == {"run": 2, "run_feature": 6, "task": 2, "task_event": 2, "warning": 1, "damage": 1}
    # Rows of observations, and of what they are rolled up to, are those of their months.
    assert {f"onemap.{name}" for name in TWIN.tables} - manifest.tables.keys() == {
        "onemap.observation",
        "onemap.rollup",
    }
    assert {name: manifest.tables.get(f"onemap.{name}", 0) for name in TWIN.tables} == before
    with server.copy_of(template) as other:
        restore(target_at(other), all_layers(), all_schemas(), archive, silent)
        assert counts(other) == before
        assert values(other, "wind_streets") == values(db, "wind_streets") == [12]
        again = record.create(other, record.RunRequest("wind", "再算", "tester"))
        assert again.id > run.id + 1
        store.hide(other, run.id)
        assert values(other, "wind_streets") == []
        decision = require(LOCAL_OPERATOR, "read", "tasks")
        first = tasks.of_run(other, run.id, decision)[0]
        tasks.do(other, first["id"], tasks.TaskDecision("confirm", "值班员"), decision)
        with other.owner.connect() as connection:
            renewed = connection.execute(
                text("SELECT count(*) FROM onemap.tile_edit WHERE layer = 'wind_streets' AND x = -1")
            ).scalar_one()
        assert renewed > 0
