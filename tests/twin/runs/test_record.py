import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import breeze
import pytest
from sqlalchemy import func, select, text

from layers.errors import Conflict, NotFound, ParameterError
from layers.ops import jobs
from layers.ops.process import wait_until
from layers.store.engine import Database
from layers.store.models import job as job_table
from twin.runs import record, store
from twin.runs.calculate import sweep
from twin.runs.record import Run, RunRequest
from twin.store.models import run as run_table
from twin.store.models import run_feature, task

Ask = Callable[..., Run]


def remains(db: Database, home: Path) -> tuple[int, int, int]:
    """Count features, tasks and files of runs."""
    with db.owner.connect() as connection:
        counts = [connection.execute(select(func.count()).select_from(t)).scalar_one() for t in (run_feature, task)]
    return counts[0], counts[1], len(list(home.glob("runs/*/*")))


def test_a_run_waits_is_calculated_and_done(db: Database, ask: Ask, work: Callable[[], None]) -> None:
    waiting = ask(speed_ms=12)
    assert waiting.state == "queued"
    assert waiting.times == []
    work()
    done = record.get(db, waiting.id)
    assert (done.state, done.steps, done.begins) == ("done", 3, breeze.BEGINS)
    assert done.summary == {"worst": 14, "red": 1}
    assert done.request["speed_ms"] == 12
    assert done.finished is not None
    assert len(done.times) == 3
    assert jobs.job(db, done.job_id or 0).result == {"run": done.id, "scenario": "wind", "features": 6}


def test_a_run_and_its_job_are_made_together_or_not_at_all(db: Database) -> None:
    with pytest.raises(ParameterError, match=r"parent: scenario wind has no run 99"):
        record.create(db, RunRequest("wind", "试算", "tester", {}, parent=99))
    with db.writer.connect() as connection, connection.begin() as transaction:
        record.create_in(connection, RunRequest("wind", "试算", "tester"))
        transaction.rollback()
    with db.owner.connect() as connection:
        for table in (run_table, job_table):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("refused", "this wind is too much for a test"),
        ("unfit", "objects feature 'nowhere': its geometry is empty"),
    ],
)
def test_a_failed_run_says_why_and_leaves_nothing(
    db: Database, calculated: Ask, scenarios_home: Path, end: str, words: str
) -> None:
    failed = calculated(end=end)
    assert failed.state == "failed"
    assert words in failed.message
    assert failed.finished is not None
    assert remains(db, scenarios_home) == (0, 0, 0)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_mistake_of_a_scenario_leaves_nothing(db: Database, calculated: Ask, scenarios_home: Path) -> None:
    failed = calculated(end="broken")
    assert (failed.state, "ZeroDivisionError" in failed.message) == ("failed", True)
    assert remains(db, scenarios_home) == (0, 0, 0)


def test_a_running_run_that_is_cancelled_leaves_nothing(
    db: Database, ask: Ask, work: Callable[[], None], scenarios_home: Path
) -> None:
    run = ask(end="never")
    working = threading.Thread(target=work)
    working.start()
    assert wait_until(lambda: record.get(db, run.id).message == "still blowing", 60)
    assert remains(db, scenarios_home)[2] == 1
    with pytest.raises(Conflict, match="not over yet"):
        record.remove(db, scenarios_home, run)
    record.stop(db, run)
    working.join(timeout=30)
    assert record.get(db, run.id).state == "cancelled"
    assert remains(db, scenarios_home) == (0, 0, 0)


def test_a_waiting_run_is_cancelled_with_its_job_whoever_does_it(db: Database, ask: Ask) -> None:
    run = ask()
    jobs.cancel(db, run.job_id or 0)
    cancelled = record.get(db, run.id)
    assert cancelled.state == "cancelled"
    assert cancelled.finished is not None
    with pytest.raises(Conflict, match="cancelled already"):
        record.stop(db, run)


def test_a_deleted_run_takes_everything_with_it(db: Database, calculated: Ask, scenarios_home: Path) -> None:
    kept, gone = calculated(), calculated()
    assert remains(db, scenarios_home) == (12, 4, 2)
    record.remove(db, scenarios_home, gone)
    assert remains(db, scenarios_home) == (6, 2, 1)
    with pytest.raises(NotFound, match=rf"no run {gone.id}; GET /scenarios"):
        record.get(db, gone.id)
    assert record.get(db, kept.id).state == "done"


def test_a_job_begun_again_after_its_results_were_kept_keeps_them_once(
    db: Database, calculated: Ask, work: Callable[[], None], scenarios_home: Path
) -> None:
    run = calculated()
    with db.writer.begin() as connection:
        # As though the worker had died between the last commit and the end of the job.
        connection.execute(text("UPDATE onemap.job SET state = 'queued'"))
    assert record.get(db, run.id).state == "done"
    from layers.ops.jobs.queue import _defer

    with db.writer.begin() as connection:
        _defer(connection, run.job_id or 0)
    work()
    assert record.get(db, run.id).state == "done"
    assert jobs.job(db, run.job_id or 0).state == "done"
    assert remains(db, scenarios_home) == (6, 2, 1)


def test_runs_are_listed_from_the_newest_page_by_page(db: Database, ask: Ask) -> None:
    numbers = [ask().id for _ in range(3)]
    assert [run.id for run in record.runs(db, "wind", 2)] == [numbers[2], numbers[1]]
    assert [run.id for run in record.runs(db, "wind", 2, before=numbers[1])] == [numbers[0]]
    assert record.runs(db, "flood", 2) == []
    with pytest.raises(NotFound, match="scenario flood has no run"):
        record.get(db, numbers[0], "flood")


def test_only_one_run_of_a_scenario_is_shown(db: Database, calculated: Ask, ask: Ask) -> None:
    first, second = calculated(show=True), calculated()
    assert record.get(db, first.id).shown
    store.show(db, second.id)
    assert [record.get(db, run.id).shown for run in (first, second)] == [False, True]
    store.hide(db, second.id)
    assert not record.get(db, second.id).shown
    with pytest.raises(Conflict, match="is not done"):
        store.show(db, ask().id)


def test_files_of_lost_runs_are_swept(db: Database, calculated: Ask, scenarios_home: Path) -> None:
    run = calculated()
    for name in ("999", "library"):
        (scenarios_home / "runs" / name).mkdir()
    sweep(db, scenarios_home)
    assert sorted(path.name for path in (scenarios_home / "runs").iterdir()) == sorted([str(run.id), "library"])


def test_a_run_says_nothing_but_json(calculated: Ask) -> None:
    stated = calculated().json()
    assert stated["times"][1] == "2026-09-15T23:00:00Z"
    assert stated["progress"]["message"] == ""
    assert replace(calculated(), state="failed").json()["state"] == "failed"
