"""The command line, run in this process."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli import load, main, worker
from layers.store.engine import Database

# Words after ``twin``: exit status, output, complaints.
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a way to run the command line; it stays who we are, since a process cannot become root again."""
    monkeypatch.setattr(worker, "give_up_root", lambda settings: None)
    monkeypatch.setattr(load, "service_account", lambda settings: None)

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["twin", *words])
        status = 0
        try:
            main()
        except SystemExit as ended:
            status = int(ended.code or 0)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


@pytest.fixture
def at_database(command_line: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Database], Run]:
    """Return what makes the command line work on a database, with an empty home and folder of its own."""

    def connect(database: Database) -> Run:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("TWIN_DATABASE_URL", database.urls.owner)
        monkeypatch.setenv("TWIN_HOME", str(tmp_path))
        return command_line

    return connect
