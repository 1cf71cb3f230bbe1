"""From the cells of one row to values, whatever table they are of."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from layers.errors import InputError
from layers.json_document import parse_json
from layers.spreadsheet import as_written
from twin.sensing.files.columns import Columns
from twin.sensing.files.mapping import Mapping
from twin.sensing.files.series import Fault, Line, Value
from twin.sensing.files.times import Clock, TimeFault
from twin.sensing.files.values import ValueFault, value_of


class RowReader:
    """Reads rows with these columns, as a mapping declares."""

    def __init__(self, header: Sequence[str], columns: Columns, mapping: Mapping) -> None:
        """Find the places of the columns."""
        self._width = len(header)
        self._times = [header.index(name) for name in columns.times]
        self._clock = Clock(mapping.zone, mapping.times.form)
        self._columns = columns
        own = {one.column: one.missing for one in mapping.quantities}
        self._missing = {one.key: own.get(one.key, frozenset()) | mapping.missing for one in columns.series}
        self._everywhere = mapping.missing
        self._read: Callable[[str, Sequence[Any]], Line]
        if columns.long is None:
            self._wide = [(header.index(one.key), one) for one in columns.series]
            self._read = self._wide_line
        else:
            long = columns.long
            self._at = {name: header.index(place) for name, place in vars(long).items() if place}
            self._series = {one.key: one for one in columns.series}
            self._read = self._long_line

    @property
    def each(self) -> int:
        """Return how many values a row has."""
        return len(self._columns.series) if self._columns.long is None else 1

    def line(self, place: str, cells: Sequence[Any]) -> Line:
        """Return what a row says; one of another width than the header says nothing that can be relied on."""
        if len(cells) < self._width or any(not _is_empty(cell) for cell in cells[self._width :]):
            return self._faulty(place, "columns", f"it has {len(cells)} cells, and the header line {self._width}")
        return self._read(place, cells)

    def _faulty(self, place: str, why: str, reason: str) -> Line:
        return Line(place, faults=(Fault(why, reason, self.each),))

    def _time(self, cells: Sequence[Any]) -> Any:
        if len(self._times) == 1:
            return self._clock.read(cells[self._times[0]])
        return self._clock.of_parts([str(cells[at]) for at in self._times])

    def _wide_line(self, place: str, cells: Sequence[Any]) -> Line:
        try:
            time = self._time(cells)
        except TimeFault as fault:
            return self._faulty(place, fault.why, str(fault))
        values, faults, missing = [], [], 0
        for at, series in self._wide:
            cell = cells[at]
            if self._is_missing(cell, self._missing[series.key]):
                missing += 1
                continue
            try:
                values.append(Value(series.key, time, value_of(cell, series.kind)))
            except ValueFault as fault:
                faults.append(Fault("result", f"{series.key}: {fault}"))
        return Line(place, values, missing, faults)

    def _long_line(self, place: str, cells: Sequence[Any]) -> Line:
        word = _text(cells[self._at["column"]])
        series = self._series.get(word)
        if series is None and not self._columns.by_number:
            return self._faulty(place, "datastream", f"datastream: no quantity {word[:60]!r} is declared")
        key: str | int = word
        if series is None:
            if not (word.isascii() and word.isdigit() and len(word) < 19):
                return self._faulty(place, "datastream", f"datastream: {word[:40]!r} is no number of a datastream")
            key = int(word)
        missing = self._everywhere if series is None else self._missing[series.key]
        cell = cells[self._at["value"]]
        if _is_empty(cell) and "text" in self._at:
            cell = cells[self._at["text"]]
        if self._is_missing(cell, missing):
            return Line(place, missing=1)
        try:
            value = _any(cell) if series is None else value_of(cell, series.kind)
            return Line(place, [Value(key, self._time(cells), value, self._end(cells), *self._more(cells))])
        except TimeFault as fault:
            return self._faulty(place, fault.why, str(fault))
        except ValueFault as fault:
            return self._faulty(place, "result", str(fault))

    def _end(self, cells: Sequence[Any]) -> datetime | None:
        cell = cells[self._at["end"]] if "end" in self._at else None
        return None if _is_empty(cell) else self._clock.read(cell)

    def _more(self, cells: Sequence[Any]) -> tuple[int, Any]:
        sequence = _text(cells[self._at["sequence"]]) if "sequence" in self._at else ""
        quality = _text(cells[self._at["quality"]]) if "quality" in self._at else ""
        return int(value_of(sequence, "count")) if sequence else 0, _quality(quality)

    @staticmethod
    def _is_missing(cell: Any, words: frozenset[str]) -> bool:
        return _is_empty(cell) or (bool(words) and _text(cell) in words)


def _is_empty(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _quality(text: str) -> Any:
    """Return a quality that is written as JSON, or as a text."""
    if text[:1] in ("{", "["):
        try:
            return parse_json(text)
        except InputError:
            return text
    return as_written(text) or None


def _any(cell: Any) -> Any:
    """Return a value whose kind only its datastream knows: a number where it reads as one, else the text."""
    if isinstance(cell, bool | int | float):
        return cell
    try:
        return value_of(cell, "measurement")
    except ValueFault:
        text = as_written(value_of(_text(cell), "category"))
        return {"true": True, "false": False}.get(text, text)
