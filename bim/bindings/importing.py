"""Bindings taken from a table: what is stated holds in its time, and what was believed of that time is superseded.

A line says where a thing is from an instant until another. What was believed of it before and after that time stays;
what was believed of that time is kept with when it was believed. So the same table again changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects.postgresql import Range

from bim.bindings.binding import Binding, Span
from bim.bindings.listing import binding_of
from bim.bindings.table import Problems, Stated
from bim.bindings.visibility import is_visible, slices
from bim.models import model_version
from bim.store import binding
from bim.tileset.statement import View
from layers.errors import Conflict
from layers.store import locks_of
from layers.temporal import When

_LOCK = "bim bindings"
_ALWAYS = When(None, None)


@dataclass
class ImportSummary:
    """What an import does, or would do: bindings ``added`` and ``superseded``; lines that were ``unchanged``."""

    model: str
    lines: int
    unchanged: int
    added: list[Binding] = field(default_factory=list)
    superseded: list[Binding] = field(default_factory=list)

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "model": self.model,
            "lines": self.lines,
            "unchanged": self.unchanged,
            "added": [one.json() for one in self.added],
            "superseded": [one.json() for one in self.superseded],
        }


def plan_import(connection: Connection, view: View, model: str, path: Path, stated: Sequence[Stated]) -> ImportSummary:
    """Return what an import would do, and change nothing.

    Raises SourceError that names all lines with an element that the reader sees nowhere in the model at that time, and
    Conflict where a thing is bound elsewhere by what the reader may not see.
    """
    model_version(connection, replace(view, when=_ALWAYS), model)
    _require_elements(connection, view, model, path, stated)
    before = _believed(connection, view, stated)
    after = {thing: list(held) for thing, held in before.items()}
    unchanged = sum(_state(after.setdefault(one.thing, []), one, model) for one in stated)
    was, now = ({_content(one): one for held in some.values() for one in held} for some in (before, after))
    added = [one for key, one in now.items() if key not in was]
    superseded = [one for key, one in was.items() if key not in now]
    return ImportSummary(model, len(stated), unchanged, added, superseded)


def import_bindings(
    connection: Connection, view: View, model: str, path: Path, stated: Sequence[Stated], who: str
) -> ImportSummary:
    """Take a table in the transaction of a connection of the writer, whole or not at all."""
    locks = locks_of(connection)
    locks.shared(_LOCK)
    locks.begin_rows()
    summary = plan_import(connection, view, model, path, stated)
    if not summary.added and not summary.superseded:
        return summary
    number = connection.execute(select(func.onemap.begin_edit())).scalar_one()
    instant = connection.execute(select(func.clock_timestamp())).scalar_one()
    ended = func.tstzrange(
        func.lower(binding.c.recorded),
        func.greatest(instant, func.lower(binding.c.recorded) + timedelta(microseconds=1)),
    )
    gone = [one.id for one in summary.superseded]
    connection.execute(
        update(binding).where(binding.c.id == func.any(gone)).values(recorded=ended, superseded_tx=number)
    )
    rows = [_row(one, who) | {"recorded": Range(instant, None), "recorded_tx": number} for one in summary.added]
    if rows:
        connection.execute(insert(binding), rows)
    return summary


def _require_elements(connection: Connection, view: View, model: str, path: Path, stated: Iterable[Stated]) -> None:
    spans = _spans(connection, view, model, {one.element for one in stated if one.element is not None})
    problems = Problems(str(path))
    for one in stated:
        if one.element is None:
            continue
        there = spans.get(one.element)
        if there is None:
            problems.add(one.place, "element", f"the model {model!r} has no element {one.element!r}")
        elif not any(span.overlaps(one.span) for span in there):
            times = ", ".join(map(str, there))
            problems.add(one.place, "element", f"{one.element!r} is in the model in {times}, and not in {one.span}")
    problems.settle()


def _spans(connection: Connection, view: View, model: str, elements: Iterable[str]) -> dict[str, list[Span]]:
    """Return when elements are in a model, as far as the reader sees it."""
    shown = slices(view, view.decision, _ALWAYS)
    statement = select(shown.c.source_key, shown.c.valid).where(
        shown.c.dataset == model, shown.c.source_key == func.any(sorted(elements))
    )
    spans: dict[str, list[Span]] = {}
    for key, valid in connection.execute(statement.order_by(shown.c.source_key, func.lower(shown.c.valid))):
        spans.setdefault(key, []).append(Span(valid.lower, valid.upper))
    return spans


def _believed(connection: Connection, view: View, stated: Iterable[Stated]) -> dict[str, list[Binding]]:
    """Return what is believed now of the things of a table; raises Conflict where the reader may not see all of it."""
    things = sorted({one.thing for one in stated})
    believed = select(binding).where(binding.c.thing == func.any(things), func.upper_inf(binding.c.recorded))
    hidden = set(connection.execute(believed.where(~is_visible(replace(view, when=_ALWAYS)))).scalars())
    held: dict[str, list[Binding]] = {}
    for row in connection.execute(believed.order_by(binding.c.id)).mappings():
        one = binding_of(row)
        if one.id in hidden and any(line.thing == one.thing and line.span.overlaps(one.span) for line in stated):
            raise Conflict(f"{one.thing}: it is bound in that time to what you may not change; nothing is taken")
        held.setdefault(one.thing, []).append(one)
    return held


def _state(held: list[Binding], one: Stated, model: str) -> bool:
    """Let a line hold among the bindings of its thing, and return whether it says nothing new."""
    touched = [other for other in held if other.span.overlaps(one.span)]
    # What was raised by hand is not lowered by a table that says nothing of grades.
    grade = max((other.grade for other in touched), default=0) if one.grade is None else one.grade
    new = None if one.element is None else Binding(one.thing, model, one.element, one.span, one.note, grade)
    if [_content(other) for other in touched] == ([] if new is None else [_content(new)]):
        return True
    for other in touched:
        held.remove(other)
        rest = (other.span.before(one.span), other.span.after(one.span))
        held.extend(replace(other, span=span, id=None) for span in rest if span is not None)
    if new is not None:
        held.append(new)
    return False


def _content(one: Binding) -> Binding:
    return replace(one, id=None)


def _row(one: Binding, who: str) -> dict[str, Any]:
    return {
        "thing": one.thing,
        "model": one.model,
        "element": one.element,
        "valid": Range(one.span.first, one.span.last),
        "note": one.note,
        "grade": one.grade,
        "who": who,
    }
