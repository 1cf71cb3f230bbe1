"""Case A of the wind tunnel, at eight cells to the block's width: the cost of the solve, and its skill."""

from dataclasses import dataclass
from pathlib import Path

from timing import Seconds, timed

from twin.scenarios.wind.field.solve import first_guess
from twin.scenarios.wind.skill.compare import Task, compare
from twin.scenarios.wind.skill.predict import Fineness, setup
from twin.scenarios.wind.skill.reading import read_cases
from twin.scenarios.wind.skill.scores import Scores, scores

FINENESS = Fineness(cells=8)


@dataclass(frozen=True)
class CaseA:
    """Cells and iterations, the seconds of the solve and of its first guess alone, and the scores."""

    cells: int
    iterations: int
    solve: Seconds
    guess: Seconds
    scores: Scores


def case_a(folder: Path, rounds: int) -> CaseA:
    """Measure the case in the folder of its files."""
    (case,) = read_cases(folder)
    task = Task(case, FINENESS, beside=False)
    comparisons = [compare(task) for _ in range(rounds + 1)][1:]
    guess = timed(lambda: first_guess(setup(case, FINENESS)), rounds)
    solved = Seconds(tuple(one.seconds for one in comparisons))
    last = comparisons[-1]
    return CaseA(last.cells, last.iterations, solved, guess, scores(last.predicted, case.observed))
