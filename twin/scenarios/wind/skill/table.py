"""The tables of the skill report, as Markdown that is readable in a terminal."""

from collections.abc import Iterable, Sequence

import numpy as np

from twin.scenarios.wind.skill.compare import Comparison
from twin.scenarios.wind.skill.rows import MODEL, Row, by_case, pooled
from twin.scenarios.wind.skill.scores import NAMES, Scores


def table(lines: Sequence[Sequence[str]], words: int = 1) -> str:
    """Return a Markdown table with even columns; the first line is its header, the first ``words`` columns are text."""
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    rule = ["-" * w if n < words else "-" * (w - 1) + ":" for n, w in enumerate(widths)]
    return "\n".join(_line(cells, widths, words) for cells in [lines[0], rule, *lines[1:]])


def _line(cells: Iterable[str], widths: Sequence[int], words: int) -> str:
    pairs = enumerate(zip(cells, widths, strict=True))
    padded = [cell.ljust(width) if n < words else cell.rjust(width) for n, (cell, width) in pairs]
    return f"| {' | '.join(padded)} |"


def skill_table(rows: Sequence[Row]) -> str:
    """Return the scores: of each row the model with its 95 % intervals, then the trivial models."""
    lines = [["case", "run", "height", "by", "n", *NAMES]]
    for row in rows:
        bounded = zip(row.model.values, row.intervals, strict=True)
        scored = [f"{_number(value)} ({_number(low)} to {_number(high)})" for value, (low, high) in bounded]
        lines.append([row.case, row.run, row.height, MODEL, str(row.model.n), *scored])
        lines += [["", "", "", name, "", *_plain(scores)] for name, scores in row.beside.items()]
    return table(lines, words=4)


def cost_table(comparisons: Sequence[Comparison]) -> str:
    """Return the cost of each run: cells, iterations, seconds, and the share of block volume that the cells kept."""
    lines = [["case", "run", "cells per block", "cells", "iterations", "seconds", "volume kept"]]
    lines += [
        [
            one.case.name,
            f"{one.case.variant} {one.case.from_deg:g}°".strip(),
            f"{one.cells_per_block:.1f}",
            f"{one.cells:,}",
            str(one.iterations),
            f"{one.seconds:.1f}",
            f"{one.volume_kept:.3f}",
        ]
        for one in comparisons
    ]
    return table(lines, words=2)


def sensitivity_table(comparisons: Sequence[Comparison]) -> str:
    """Return the pooled scores of each case by cells and iterations."""
    lines = [["case", "cells per block", "iterations", "cells", "seconds", *NAMES]]
    for name, group in by_case(comparisons):
        finenesses = sorted({one.fineness for one in group}, key=lambda one: (one.cells, one.iterations))
        for fineness in finenesses:
            some = [one for one in group if one.fineness == fineness]
            cells = f"{np.mean([one.cells for one in some]):,.0f}"
            seconds = f"{np.mean([one.seconds for one in some]):.1f}"
            scored = _plain(pooled(name, some).model)
            lines.append([name, str(fineness.cells), str(fineness.iterations), cells, seconds, *scored])
    return table(lines)


def _plain(scores: Scores) -> list[str]:
    return [_number(value) for value in scores.values]


def _number(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}"
