"""Runs of a small scenario on a real database."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import breeze
import pytest

from layers.ops.jobs import run_worker
from layers.store.engine import Database
from twin.runs import record
from twin.runs.calculate import run_kind
from twin.runs.record import Run, RunRequest


@pytest.fixture
def scenarios_home(tmp_path: Path) -> Path:
    """Return the folder of all scenarios."""
    return tmp_path / "scenarios"


@pytest.fixture
def ask(db: Database) -> Callable[..., Run]:
    """Return what hands in a run."""

    def ask(show: bool = False, parent: int | None = None, **request: object) -> Run:
        stated = breeze.Breeze.model_validate(request).model_dump(mode="json")
        return record.create(db, RunRequest("wind", "试算", "tester", stated, parent, show))

    return ask


@pytest.fixture
def work(db: Database, scenarios_home: Path) -> Callable[[], None]:
    """Return what does all waiting jobs."""
    kind = run_kind(breeze.scenarios, scenarios_home)
    return lambda: asyncio.run(run_worker(db, [kind], until_empty=True))


@pytest.fixture
def calculated(db: Database, ask: Callable[..., Run], work: Callable[[], None]) -> Callable[..., Run]:
    """Return what hands in a run, and returns it when it is over."""

    def calculated(**request: object) -> Run:
        number = ask(**request).id
        work()
        return record.get(db, number)

    return calculated
