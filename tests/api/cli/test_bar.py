"""The progress bar of the terminal: how far a step is, and how long it will still take."""

import io
import re
import time

import pytest
from rich.console import Console

from api.cli import _bar


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Return what a wide terminal is sent."""
    sent = io.StringIO()
    monkeypatch.setattr(_bar, "err", lambda: Console(file=sent, force_terminal=True, width=120))
    return sent


def plain(shown: io.StringIO) -> str:
    return re.sub(r"\x1b\[[^a-zA-Z]*[a-zA-Z]", "", shown.getvalue())


def test_a_step_tells_its_share_and_the_time_left(shown: io.StringIO) -> None:
    with _bar.Bar() as bar:
        for done in range(1, 11):
            bar.report(done * 10, 1000, "shaping tower.ifc")
            time.sleep(0.02)
        bar._progress.refresh()
    last = plain(shown).rsplit("shaping tower.ifc", 1)[1]
    assert "100/1000" in last
    assert "left 0:00:0" in last  # 900 more at 500 a second
    assert "left -:--:--" not in last


def test_a_new_step_begins_without_the_speed_of_the_one_before(shown: io.StringIO) -> None:
    with _bar.Bar() as bar:
        bar.report(10, 1000, "shaping tower.ifc")
        time.sleep(0.02)
        bar.report(20, 1000, "shaping tower.ifc")
        bar.report(0, None, "writing")
        bar._progress.refresh()
    last = plain(shown).rsplit("writing", 1)[1]
    assert "0/?" in last
    assert "left" not in last
