import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import breeze
import pytest
from sqlalchemy import func, select

from layers.access.decision import require
from layers.access.principals import ANONYMOUS, LOCAL_OPERATOR
from layers.store.engine import Database
from twin.hazard import Level
from twin.runs import record
from twin.runs.warnings import Taken, take, warning_json, warnings_statement
from twin.store.models import run as run_table
from twin.warnings import Status, WeatherWarning, read_records

ISSUED = datetime(2026, 9, 15, 8, tzinfo=UTC)
GALE = WeatherWarning(
    id="gale-1",
    kind="gale",
    level=Level.YELLOW,
    area="浦东新区",
    divisions=("310115",),
    issued=ISSUED,
    effective=ISSUED,
    expires=ISSUED + timedelta(hours=12),
    text="预计未来12小时阵风9级",
)


@pytest.fixture
def taking(db: Database) -> Callable[..., list[Taken]]:
    return lambda *found: take(db, found, "tester", breeze.scenarios)


def kept(db: Database, now: datetime | None = None) -> list[dict]:
    with db.reader.connect() as connection:
        rows = connection.execute(warnings_statement(100, now))
        return [warning_json(row, require(LOCAL_OPERATOR, "read", "warnings")) for row in rows]


def test_a_gale_starts_a_run_that_will_be_shown(db: Database, taking, work) -> None:
    (taken,) = taking(GALE)
    assert (taken.new, taken.scenario) == (True, "wind")
    run = record.get(db, taken.run or 0)
    assert (run.title, run.state, run.request["speed_ms"]) == ("浦东新区大风黄色预警", "queued", 20)
    work()
    done = record.get(db, run.id)
    assert (done.state, done.shown, done.begins) == ("done", True, GALE.begins)
    (stated,) = kept(db)
    assert (stated["run"], stated["level"], stated["kind_title"]["zh"]) == (run.id, 2, "大风")
    assert stated["document"]["divisions"] == ["310115"]


def test_the_same_warning_twice_starts_nothing_twice(db: Database, taking) -> None:
    (first,), (again,) = taking(GALE), taking(GALE)
    assert (again.new, again.run) == (False, first.run)
    assert taking(GALE, GALE)[1].run == first.run
    with db.reader.connect() as connection:
        assert connection.execute(select(func.count()).select_from(run_table)).scalar_one() == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"kind": "fog"}, "大雾预警不启动推演"),
        ({"actual": False}, "演练"),
        ({"area": "崇明区", "divisions": ("310151",)}, "无关"),
    ],
)
def test_what_the_rules_leave_out_is_kept_and_starts_nothing(db: Database, taking, changes: dict, why: str) -> None:
    (taken,) = taking(replace(GALE, **changes))
    assert (taken.new, taken.run) == (True, None)
    assert why in taken.reason.zh
    assert [stated["run"] for stated in kept(db)] == [None]


def test_a_cancellation_ends_the_former_warning_and_starts_nothing(db: Database, taking) -> None:
    later = ISSUED + timedelta(hours=3)
    taking(GALE, replace(GALE, id="rain-1", kind="rainstorm"))
    (ended,) = taking(replace(GALE, id="gale-2", status=Status.CANCELLED, issued=later, effective=later, expires=later))
    assert ended.run is None
    assert [each["id"] for each in kept(db, ISSUED + timedelta(hours=2))] == ["rain-1"]
    assert {each["id"]: each["status"] for each in kept(db)}["gale-1"] == "cancelled"


def test_an_update_replaces_the_former_warning_and_starts_a_run_of_its_own(db: Database, taking) -> None:
    later = ISSUED + timedelta(hours=3)
    (first,) = taking(GALE)
    (second,) = taking(
        replace(
            GALE,
            id="gale-2",
            level=Level.ORANGE,
            status=Status.UPDATED,
            issued=later,
            effective=later,
            references=("office,gale-1,2026-09-15T16:00:00+08:00",),
        )
    )
    assert second.run not in (None, first.run)
    assert [each["id"] for each in kept(db, later + timedelta(minutes=1))] == ["gale-2"]
    assert {each["id"]: each["status"] for each in kept(db)}["gale-1"] == "replaced"


def test_warnings_that_come_together_are_taken_all_or_none(db: Database, taking) -> None:
    def nobody() -> dict:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        take(db, [replace(GALE, id="fog-1", kind="fog"), GALE], "tester", nobody)
    assert kept(db) == []


def test_who_took_a_warning_in_is_for_those_who_may_know(db: Database, taking) -> None:
    taking(GALE)
    with db.reader.connect() as connection:
        row = connection.execute(warnings_statement(1)).one()
    assert "principal" not in warning_json(row, require(ANONYMOUS, "read", "warnings"))


def test_of_the_real_warnings_those_of_wind_start_a_run(db: Database, taking, shared_data: Path) -> None:
    path = shared_data / "incidents" / "pudong_weather_warnings_2026.json"
    found = read_records(json.loads(path.read_text(encoding="utf-8")))
    taken = taking(*found)
    assert len(taken) == 47
    started = [each for each in taken if each.run is not None]
    assert started
    assert {each.warning.kind for each in started} <= {"gale", "typhoon", "thunderstorm_gale"}
    assert len({each.run for each in started}) == len(started)
    assert all(not each.new for each in taking(*found))
