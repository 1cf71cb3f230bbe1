import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from tunnel import write_tunnel
from typer.testing import CliRunner

from api.cli import build
from layers.errors import Cancelled
from twin.scenarios.wind.skill.compare import Task, compare_all
from twin.scenarios.wind.skill.plots import plots
from twin.scenarios.wind.skill.predict import Fineness
from twin.scenarios.wind.skill.reading import read_cases
from twin.scenarios.wind.skill.report import Report, validated
from twin.scenarios.wind.skill.table import table

COARSE = Fineness(cells=3, iterations=12)
QUICK = ["--cells", "3", "--iterations", "12"]


@pytest.fixture(scope="session")
def tunnel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the small configuration."""
    return write_tunnel(tmp_path_factory.mktemp("data") / "small")


@pytest.fixture(scope="session")
def report(tunnel: Path) -> Report:
    """Return the validation of the small configuration."""
    return validated(read_cases(tunnel), COARSE, lambda *_: None)


def test_each_run_has_a_row_and_all_runs_have_one_together(report: Report) -> None:
    assert [row.run for row in report.rows] == ["high 270°", "high 315°", "low 270°", "low 315°", "all"]
    assert [row.model.n for row in report.rows] == [25, 25, 25, 25, 100]
    for row in report.rows:
        assert list(row.beside) == ["constant", "inflow", "mass-consistent"]
        assert row.beside["constant"].fb == pytest.approx(0.0, abs=1e-12)


def up(metres: float) -> np.ndarray:
    return np.array([0.0, 0.0, metres])


def test_heights_with_points_enough_have_rows_of_their_own(tunnel: Path) -> None:
    case = read_cases(tunnel)[0]
    points = np.vstack([case.points, case.points + up(8.0), case.points[:3] + up(30.0)])
    observed = np.concatenate([case.observed, case.observed, case.observed[:3]])
    high = type(case)(**{**vars(case), "points": points, "observed": observed})
    rows = validated([high], COARSE, lambda *_: None).rows
    assert [(row.height, row.model.n) for row in rows] == [("all", 53), ("0.02 m", 25), ("0.1 m", 25), ("1 others", 3)]


def test_the_table_is_even_and_says_every_number_once(report: Report) -> None:
    first, *_ = report.markdown().split("\n\n")
    lines = first.splitlines()
    assert len({len(line) for line in lines}) == 1
    assert len(lines) == 2 + 4 * len(report.rows)
    assert f"{report.rows[0].model.q:.2f} (" in lines[2]


def test_a_table_sets_words_left_and_numbers_right() -> None:
    assert table([["a", "n"], ["long", "1"], ["b", "10"]]).splitlines() == [
        "| a    |  n |",
        "| ---- | -: |",
        "| long |  1 |",
        "| b    | 10 |",
    ]


def test_json_has_nulls_where_there_is_no_score(report: Report) -> None:
    told = json.loads(json.dumps(report.json(), allow_nan=False))
    assert told["rows"][0]["baselines"]["constant"]["R"] is None
    assert told["rows"][-1]["n"] == 100
    assert told["runs"][0]["volume_kept"] == pytest.approx(1.0, abs=0.05)
    assert told["by_grid"] == []


def test_sensitivity_runs_other_grids_and_iterations_once_each(tunnel: Path) -> None:
    case = read_cases(tunnel)[0]
    told: list[tuple[int, int, str]] = []
    small = Fineness(cells=6, iterations=40, most_cells=15_000)
    report = validated([case], small, lambda *step: told.append(step), sensitivity=True)
    assert [one.fineness.cells for one in report.grids] == [6, 8, 12]
    assert [one.fineness.iterations for one in report.lengths] == [40, 80, 150, 300]
    assert told[-1][:2] == (6, 6)  # what is asked for twice is run once
    assert "By grid:" in report.markdown()
    assert len(report.json()["by_iterations"]) == 4


def test_two_processes_say_what_one_says(tunnel: Path, report: Report) -> None:
    tasks = [Task(case, COARSE, beside=False) for case in read_cases(tunnel)[:2]]
    told: list[tuple[int, int]] = []
    found = compare_all(tasks, lambda done, total, _: told.append((done, total)), processes=2)
    assert told == [(0, 2), (1, 2), (2, 2)]
    for one, alone in zip(found, report.comparisons, strict=False):
        assert one.case.title == alone.case.title
        assert one.predicted == pytest.approx(alone.predicted, abs=1e-4)


def test_a_report_that_raises_ends_the_processes(tunnel: Path) -> None:
    def refuse(done: int, _: int, what: str) -> None:
        if done:
            raise Cancelled(what)

    with pytest.raises(Cancelled):
        compare_all([Task(case, COARSE) for case in read_cases(tunnel)], refuse, processes=2)
    assert not multiprocessing.active_children()


def test_plots_are_drawn_for_each_case(report: Report, tmp_path: Path) -> None:
    figures = plots(report.comparisons)
    assert set(figures) == {"wind-scores", "wind-scatter-small"}
    for name, figure in figures.items():
        assert isinstance(figure, Figure)
        figure.savefig(tmp_path / f"{name}.png", dpi=50)
        assert (tmp_path / f"{name}.png").stat().st_size > 5000


def test_the_command_prints_the_tables_and_writes_them(tunnel: Path, tmp_path: Path) -> None:
    words = ["wind", "validate", "--data", str(tunnel), *QUICK, "--processes", "1", "--out", str(tmp_path / "o")]
    done = CliRunner().invoke(build(), words)
    assert done.exit_code == 0, done.output
    assert "| small" in done.stdout
    assert "mass-consistent" in done.stdout
    written = sorted(path.name for path in (tmp_path / "o").iterdir())
    assert written == ["wind-scatter-small.png", "wind-scores.png", "wind-skill.json", "wind-skill.md"]
    assert (tmp_path / "o" / "wind-skill.md").read_text(encoding="utf-8") == done.stdout


def test_the_command_speaks_json(tunnel: Path) -> None:
    done = CliRunner().invoke(
        build(), ["wind", "validate", "--data", str(tunnel), *QUICK, "--processes", "1", "--json"]
    )
    assert len(json.loads(done.stdout)["rows"]) == 5


def test_the_command_complains_in_a_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "api.cli", "wind", "validate", "--data", str(tmp_path / "nowhere")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr == f"twin: {tmp_path / 'nowhere'}: is not a folder\n"
    assert done.stdout == ""


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_the_command_and_its_processes(tunnel: Path) -> None:
    command = [sys.executable, "-m", "api.cli", "wind", "validate", "--data", str(tunnel), "--cells", "10"]
    with subprocess.Popen([*command, "--processes", "2"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        children = wait_for_children(running.pid, 2)
        running.send_signal(signal.SIGINT)
        assert running.wait(300) != 0
    assert not [pid for pid in children if alive(pid)]


def wait_for_children(pid: int, count: int) -> list[int]:
    """Return the worker processes of a process, once there are so many (one more tracks their resources)."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
        workers = [int(child) for child in listed if b"spawn_main" in commandline(int(child))]
        if len(workers) >= count:
            return workers
        time.sleep(0.1)
    raise AssertionError("no workers were started")


def commandline(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
