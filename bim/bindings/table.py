"""Bindings as a table that people review: read from CSV or a workbook, and written as CSV.

One line is one thing in one element, from an instant until another (empty: until further notice). An element ``-``
says that the thing was nowhere in that time. Columns may have Chinese names; others than these are left alone.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from itertools import pairwise
from pathlib import Path
from typing import Any

from bim.bindings.binding import MOST_THING, Binding, Span, is_thing
from layers.errors import InputError, SourceError
from layers.grades import Grade
from layers.intake import sheet_lines
from layers.spreadsheet import as_written, harmless
from layers.temporal import parse_instant, rfc3339

NOWHERE = "-"
COLUMNS = ("thing", "model", "element", "from", "to", "note", "grade")
MOST_ROWS = 100_000
_NAMES: dict[str, tuple[str, ...]] = {
    "thing": ("thing", "thing_id", "sensor", "物", "物标识", "设备", "设备编号", "传感器", "传感器编号"),
    "model": ("model", "模型"),
    "element": ("element", "globalid", "guid", "构件", "构件标识", "房间", "空间"),
    "from": ("from", "since", "起", "自", "开始", "开始时间", "起始时间"),
    "to": ("to", "until", "止", "至", "结束", "结束时间", "终止时间"),
    "note": ("note", "role", "备注", "说明", "作用"),
    "grade": ("grade", "密级"),
}
_NEEDED = ("thing", "element", "from")
_MOST_NOTE, _MOST_KEY = 1000, 200
_MOST_SAID = 20
_NOWHERE_ALSO = frozenset({NOWHERE, "—", "无", "nowhere"})


@dataclass(frozen=True)
class Stated:
    """One line of a table: a thing in an element (None: nowhere); ``grade`` is None where the table says nothing."""

    place: str
    thing: str
    element: str | None
    span: Span
    note: str = ""
    grade: int | None = None


@dataclass
class Problems:
    """What is wrong with a table; the table is used if it is nothing."""

    path: str
    said: list[str] = field(default_factory=list)

    def add(self, place: str, column: str, message: str) -> None:
        """Take what is wrong in one cell."""
        self.said.append(f"{place}, {column}: {message}")

    def settle(self) -> None:
        """Raise SourceError if anything is wrong."""
        if self.said:
            more = len(self.said) - _MOST_SAID
            shown = "; ".join(self.said[:_MOST_SAID]) + (f"; and {more} more" if more > 0 else "")
            raise SourceError(self.path, f"nothing is taken, {len(self.said)} cells are wrong: {shown}")


def read_bindings(path: Path, model: str, offset: tzinfo | None = None, table: str | None = None) -> list[Stated]:
    """Read a table of bindings to one model; raises SourceError that names each wrong cell by row and column.

    ``offset`` is that of times which state none, as the cells of workbooks do not.
    """
    lines = sheet_lines(path, table)
    try:
        header = _header(path, next(lines)[1])
    except StopIteration:
        raise SourceError(str(path), "this is empty: its first line must name the columns") from None
    problems = Problems(str(path))
    stated: list[Stated] = []
    for place, cells in lines:
        if len(stated) == MOST_ROWS:
            raise SourceError(str(path), f"it has more than {MOST_ROWS:,} lines; import it in parts", place)
        line = _Line(place, header, cells, problems)
        one = line.read(model, offset)
        if one is not None:
            stated.append(one)
    _require_one_place(stated, problems)
    problems.settle()
    return stated


def write_bindings(bindings: Iterable[Binding], more: Mapping[str, Sequence[str]] | None = None) -> str:
    """Return bindings as CSV, with further columns (by name, in the same order) that a reader ignores."""
    further = more or {}
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([*COLUMNS, *further])
    for number, one in enumerate(bindings):
        writer.writerow([*map(harmless, _cells(one)), *(harmless(column[number]) for column in further.values())])
    return buffer.getvalue()


def _cells(one: Binding) -> Iterator[str]:
    last = one.span.last
    yield from (one.thing, one.model, one.element, rfc3339(one.span.first), "" if last is None else rfc3339(last))
    yield from (one.note, Grade(one.grade).name.lower())


def _header(path: Path, cells: Sequence[Any]) -> dict[str, tuple[int, str]]:
    """Return the position and the name of each column that means something, by its meaning."""
    names = [str(cell or "").strip() for cell in cells]
    found: dict[str, tuple[int, str]] = {}
    for meaning, spellings in _NAMES.items():
        at = [number for number, name in enumerate(names) if name.lower() in spellings]
        if len(at) > 1:
            raise SourceError(str(path), f"{' and '.join(names[one] for one in at)} both mean {meaning}")
        if at:
            found[meaning] = (at[0], names[at[0]])
    missing = [f"{meaning} ({_NAMES[meaning][-1]})" for meaning in _NEEDED if meaning not in found]
    if missing:
        raise SourceError(str(path), f"it has no column {', '.join(missing)}; it has {', '.join(filter(None, names))}")
    return found


@dataclass(frozen=True)
class _Line:
    """One line, read cell by cell; what cannot be read is among the problems."""

    place: str
    header: Mapping[str, tuple[int, str]]
    cells: Sequence[Any]
    problems: Problems

    def read(self, model: str, offset: tzinfo | None) -> Stated | None:
        before = len(self.problems.said)
        thing, element, note = self._thing(), self._element(), self._note()
        self._model(model)
        grade, span = self._grade(), self._span(offset)
        if len(self.problems.said) > before or span is None:
            return None
        return Stated(self.place, thing, element, span, note, grade)

    def _text(self, meaning: str) -> str:
        value = self._value(meaning)
        # A workbook keeps the id 1203 as a number.
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return "" if value is None else as_written(str(value).strip())

    def _value(self, meaning: str) -> Any:
        at = self.header.get(meaning, (len(self.cells), ""))[0]
        return self.cells[at] if at < len(self.cells) else None

    def _wrong(self, meaning: str, message: str) -> None:
        self.problems.add(self.place, self.header[meaning][1], message)

    def _thing(self) -> str:
        thing = self._text("thing")
        if not thing:
            self._wrong("thing", "it is empty")
        elif not is_thing(thing):
            said = "letters, digits and _, after the first also . : / @ # $ ( ) + -"
            self._wrong("thing", f"{thing[:40]!r} is not the id of a thing: {said}; at most {MOST_THING} characters")
        return thing

    def _element(self) -> str | None:
        element = self._text("element")
        if element in _NOWHERE_ALSO:
            return None
        if not element or len(element) > _MOST_KEY:
            why = f"it has more than {_MOST_KEY} characters" if element else f"it is empty; {NOWHERE} says: nowhere"
            self._wrong("element", why)
        return element

    def _note(self) -> str:
        note = self._text("note")
        if len(note) > _MOST_NOTE or "\0" in note:
            self._wrong("note", f"it has more than {_MOST_NOTE} characters, or the character NUL")
        return note

    def _model(self, model: str) -> None:
        stated = self._text("model")
        if stated not in ("", model):
            self._wrong("model", f"{stated!r} is not {model!r}, the model that these bindings are imported for")

    def _grade(self) -> int | None:
        text = self._text("grade")
        if not text:
            return None
        for grade in Grade:
            if text.lower() in (grade.name.lower(), grade.title.zh):
                return int(grade)
        self._wrong("grade", f"{text!r} is not one of {', '.join(grade.name.lower() for grade in Grade)}")
        return None

    def _span(self, offset: tzinfo | None) -> Span | None:
        first, last = self._instant("from", offset), self._instant("to", offset)
        if first is None:
            if not self._text("from"):
                self._wrong("from", "it is empty; state since when the thing is there")
            return None
        if last is not None and last <= first:
            self._wrong("to", f"{rfc3339(last)} is not after {rfc3339(first)}")
        return Span(first, last)

    def _instant(self, meaning: str, offset: tzinfo | None) -> datetime | None:
        value = self._value(meaning)
        if value is None or not str(value).strip():
            return None
        try:
            return _instant_of(value, offset)
        except InputError as error:
            self._wrong(meaning, str(error))
            return None


def _instant_of(value: Any, offset: tzinfo | None) -> datetime:
    """Return the instant of a cell in UTC."""
    text = str(value).strip()
    local = value if isinstance(value, datetime) else _naive(text)
    if local is None or local.tzinfo is not None:
        return parse_instant(text.replace(" ", "T", 1) if local is not None else text, "time")
    if offset is None:
        raise InputError(f"{text!r} has no offset from UTC; write {text[:10]}T08:00:00+08:00, or state --offset +08:00")
    return parse_instant(local.replace(tzinfo=offset).isoformat(), "time")


def _naive(text: str) -> datetime | None:
    """Return a date or a local time as ISO 8601 writes it, or None for anything else."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _require_one_place(stated: Iterable[Stated], problems: Problems) -> None:
    """Add what binds a thing to two places at one time."""
    by_thing: dict[str, list[Stated]] = {}
    for one in stated:
        by_thing.setdefault(one.thing, []).append(one)
    for lines in by_thing.values():
        lines.sort(key=lambda line: line.span.first)
        for before, after in pairwise(lines):
            if before.span.overlaps(after.span):
                problems.add(
                    after.place, "from", f"{after.thing} is elsewhere by {before.place} at that time; end that first"
                )
