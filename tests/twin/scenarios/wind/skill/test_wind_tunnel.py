"""The model against the real wind tunnel, coarsely; the docs have the fine grid."""

import math
from pathlib import Path

import pytest
from prepared import REPOSITORY, kept_result

from twin.scenarios.wind.skill.predict import Fineness
from twin.scenarios.wind.skill.reading import read_cases
from twin.scenarios.wind.skill.report import Report, validated
from twin.scenarios.wind.skill.rows import Row


@pytest.fixture(scope="session")
def report(shared_data: Path) -> Report:
    """Return the validation on all runs, eight cells to a block."""
    sources = (REPOSITORY / "twin", REPOSITORY / "requirements.lock", shared_data / "wind")
    return kept_result(
        "tunnel", sources, lambda: validated(read_cases(sources[-1]), Fineness(cells=8), lambda *_: None)
    )


def row(report: Report, case: str, run: str) -> Row:
    return next(one for one in report.rows if (one.case, one.run, one.height) == (case, run, "all"))


def test_all_runs_are_there_with_all_their_points(report: Report) -> None:
    runs = [(one.case.name, one.case.variant, one.case.from_deg, len(one.predicted)) for one in report.comparisons]
    angles = (270.0, 292.5, 315.0)
    assert runs[0] == ("aij_case_a", "", 270.0, 186)
    assert runs[1:] == [("aij_case_c", variant, angle, 120) for variant in ("0H", "1H") for angle in angles]


def test_the_wind_about_one_block_is_met(report: Report) -> None:
    found = row(report, "aij_case_a", "270°").model
    assert found.fac2 >= 0.88
    assert found.q >= 0.72
    assert found.r >= 0.94


def test_the_wind_among_nine_blocks_is_met(report: Report) -> None:
    found = row(report, "aij_case_c", "all").model
    assert found.fac2 >= 0.97
    assert found.q >= 0.75
    assert found.r >= 0.78


def test_every_run_is_better_than_every_trivial_model(report: Report) -> None:
    for one in report.rows:
        if one.height == "all":
            # A constant has no correlation.
            assert one.model.r > max(beside.r for beside in one.beside.values() if not math.isnan(beside.r))
            assert one.model.q > max(beside.q for beside in one.beside.values())


def test_volumes_are_kept(report: Report) -> None:
    assert [one.volume_kept for one in report.comparisons] == pytest.approx([1.0] * 7, abs=0.02)
