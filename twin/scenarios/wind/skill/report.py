"""The skill report: all runs of a folder, their scores, and the sensitivity to grid and iterations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from twin.scenarios.wind.skill.case import Case
from twin.scenarios.wind.skill.compare import Comparison, Task, compare_all
from twin.scenarios.wind.skill.predict import Fineness
from twin.scenarios.wind.skill.rows import Row, by_case, pooled, rows
from twin.scenarios.wind.skill.table import cost_table, sensitivity_table, skill_table

GRIDS = (6, 8, 12)
ITERATIONS = (40, 80, 150, 300)


@dataclass(frozen=True)
class Report:
    """The requested runs, and the same on other ``grids`` and with other ``lengths`` of iteration."""

    comparisons: tuple[Comparison, ...]
    grids: tuple[Comparison, ...] = ()
    lengths: tuple[Comparison, ...] = ()

    @cached_property
    def rows(self) -> list[Row]:
        """Return the scores by run, height and case."""
        return rows(self.comparisons)

    def markdown(self) -> str:
        """Return all tables as Markdown."""
        parts = [skill_table(self.rows), cost_table(self.comparisons)]
        for title, some in (("By grid", self.grids), ("By iterations", self.lengths)):
            if some:
                parts += [f"{title}:", sensitivity_table(some)]
        return "\n\n".join(parts)

    def json(self) -> dict[str, Any]:
        """Return the scores, their cost and their sensitivity as JSON."""
        return {
            "rows": [row.json() for row in self.rows],
            "runs": [_cost(one) for one in self.comparisons],
            "by_grid": _sensitivity(self.grids),
            "by_iterations": _sensitivity(self.lengths),
        }


def validated(
    cases: Sequence[Case],
    fineness: Fineness,
    report: Callable[[int, int, str], None],
    *,
    sensitivity: bool = False,
    processes: int = 1,
) -> Report:
    """Run all cases at a resolution, and with ``sensitivity`` also on other grids and with other iterations."""
    grids = [replace(fineness, cells=cells) for cells in GRIDS] if sensitivity else []
    lengths = [replace(fineness, iterations=count) for count in ITERATIONS] if sensitivity else []
    other_settings = dict.fromkeys(one for one in (*grids, *lengths) if one != fineness)
    tasks = [Task(case, fineness) for case in cases]
    tasks += [Task(case, one, beside=False) for one in other_settings for case in cases]
    comparisons = compare_all(tasks, report, processes)

    def of(settings: Sequence[Fineness]) -> tuple[Comparison, ...]:
        return tuple(one for one in comparisons if one.fineness in settings)

    return Report(of([fineness]), of(grids), of(lengths))


def _cost(one: Comparison) -> dict[str, Any]:
    return {
        "case": one.case.name,
        "variant": one.case.variant,
        "from_deg": one.case.from_deg,
        "points": len(one.predicted),
        "cells_per_block": round(one.cells_per_block, 2),
        "cells": one.cells,
        "iterations": one.iterations,
        "seconds": round(one.seconds, 2),
        "volume_kept": round(one.volume_kept, 4),
    }


def _sensitivity(comparisons: Sequence[Comparison]) -> list[dict[str, Any]]:
    rows = []
    for name, group in by_case(comparisons):
        for fineness in dict.fromkeys(one.fineness for one in group):
            some = [one for one in group if one.fineness == fineness]
            row = pooled(name, some).json()
            rows.append({"cells_per_block": fineness.cells, "iterations": fineness.iterations, **row})
    return rows
