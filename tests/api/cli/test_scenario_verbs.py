"""``twin scenario``."""

import asyncio
import json
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import breeze
import pytest

from layers.ops.jobs import run_worker
from layers.store.engine import Database
from twin.runs.calculate import run_kind

Twin = Callable[..., tuple[int, str, str]]


@pytest.fixture
def twin(db: Database, monkeypatch: pytest.MonkeyPatch, at_database: Callable[[Database], Twin]) -> Twin:
    """Return a way to run the command line on a database of the test's own, with the breeze as its only scenario."""
    for module in ("api.cli.scenario", "api.work"):
        monkeypatch.setattr(f"{module}.scenarios", breeze.scenarios)
    return partial(at_database(db), "scenario")


@pytest.fixture
def work(db: Database, tmp_path: Path) -> Callable[[], None]:
    kind = run_kind(breeze.scenarios, tmp_path / "scenarios")
    return lambda: asyncio.run(run_worker(db, [kind], until_empty=True))


def run_by(twin: Twin, work: Callable[[], None], *words: str) -> dict:
    """Ask for a run, and return it when it is over."""
    asked = json.loads(twin("run", "wind", *words, "--json")[1])
    work()
    return json.loads(twin("show", str(asked["id"]), "--json")[1])


def test_the_list_tells_what_a_run_takes(twin: Twin) -> None:
    status, out, _ = twin("list")
    assert status == 0
    assert "微风" in out
    assert "speed_ms" in out
    assert json.loads(twin("list", "--json")[1]) == [{"id": "wind", "title": {"zh": "微风", "en": "Breeze"}}]


def test_parameters_come_from_a_file_and_single_ones_win(twin: Twin, work, tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps({"speed_ms": 5, "steps": 2}), encoding="utf-8")
    done = run_by(twin, work, "--file", str(file), "--set", "speed_ms=30", "--title", "试算", "--show")
    assert (done["state"], done["summary"]["worst"], done["title"], done["shown"]) == ("done", 31, "试算", True)
    assert "试算" in twin("runs")[1]


def test_who_waits_gets_the_result_and_an_exit_status_that_tells(twin: Twin, work) -> None:
    for end, expected, state in (("well", 0, "done"), ("refused", 1, "failed")):
        waiting = json.loads(twin("run", "wind", "--set", f"end={end}", "--json")[1])
        assert waiting["state"] == "queued"
        helper = threading.Timer(0.5, work)
        helper.start()
        status, out, _ = twin("run", "wind", "--set", f"end={end}", "--wait", "--json")
        helper.join()
        assert (status, json.loads(out)["state"]) == (expected, state)


def test_a_run_is_cancelled_and_then_deleted(twin: Twin) -> None:
    number = str(json.loads(twin("run", "wind", "--json")[1])["id"])
    assert json.loads(twin("cancel", number, "--json")[1])["state"] == "cancelled"
    assert "is deleted" in twin("cancel", number)[1]
    status, _, complaint = twin("show", number)
    assert status == 1
    assert f"no run {number}" in complaint


def test_tasks_are_listed_and_decided(twin: Twin, work) -> None:
    number = str(run_by(twin, work)["id"])
    crane = json.loads(twin("tasks", number, "--json")[1])[0]
    assert "任务1" in twin("tasks", number)[1]
    decided = json.loads(twin("task", str(crane["id"]), "confirm", "--note", "已通知", "--json")[1])
    assert (decided["state"], decided["events"][-1]["who"], decided["events"][-1]["note"]) == (
        "confirmed",
        "operator",
        "已通知",
    )
    assert "operator confirm 已通知" in twin("task", str(crane["id"]))[1]


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (("run", "flood"), 1, "no scenario 'flood'"),
        (("run", "wind", "--set", "speed_ms=300"), 2, "speed_ms: "),
        (("run", "wind", "--set", "colour=red"), 2, "colour: "),
        (("run", "wind", "--set", "speed_ms"), 2, "--set: "),
        (("run", "wind", "--set", "wind.=3"), 2, "--set: "),
        (("run", "wind", "--set", "wind=3", "--set", "wind.speed_ms=4"), 2, "wind has a value already"),
        (("run", "wind", "--set", "wind.speed_ms=4"), 2, "wind: "),
        (("run", "wind", "--file", "nowhere.json"), 1, "nowhere.json: "),
        (("tasks", "77"), 1, "no run 77"),
        (("task", "77", "confirm"), 1, "no task 77"),
        (("task", "77", "explode"), 2, "action: "),
    ],
)
def test_what_goes_wrong_is_one_sentence(twin: Twin, words: tuple[str, ...], status: int, complaint: str) -> None:
    ended, _, err = twin(*words)
    assert ended == status
    assert complaint in err
