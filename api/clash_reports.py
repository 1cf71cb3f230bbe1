"""Reports of clashes as documents, and what is said of which elements are compared."""

from dataclasses import replace
from typing import Any

from bim.clashes import ClashOptions, Report, Side
from bim.models import ModelVersion
from bim.query import ElementQuery
from bim.tileset import View
from layers.errors import ParameterError

Seen = tuple[ModelVersion, View]


def sides_of(model: Seen, other: Seen | None, disciplines: str | None, query: ElementQuery) -> tuple[Side, Side | None]:
    """Return what is held against what: two models, two disciplines, or the elements of a model with each other."""
    first, second = _disciplines(disciplines)
    one = Side(*model, replace(query, discipline=first or query.discipline))
    if other is None and first == second:
        return one, None
    return one, Side(*(other or model), replace(query, discipline=second or query.discipline))


def report_json(report: Report, sides: tuple[Side, Side | None], options: ClashOptions) -> dict[str, Any]:
    """Return a report as JSON; places are those of the first model's placement."""
    one, two = sides
    frame = one.version.placement
    return {
        "model": one.version.id,
        "with": (two or one).version.id,
        "tolerance_m": options.tolerance.metres,
        "compared": {"first": report.first, "second": report.second, "pairs": report.pairs},
        "count": len(report.clashes),
        "clashes": [pair.json(frame) for pair in report.clashes],
    }


def _disciplines(text: str | None) -> tuple[str | None, str | None]:
    if text is None:
        return None, None
    names = [name.strip() for name in text.split(",")]
    if len(names) != 2 or not all(names):
        raise ParameterError("disciplines", f"{text[:80]!r} is not two of them: structure,hvac")
    return names[0], names[1]
