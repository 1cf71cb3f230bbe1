"""Which columns of a table are times and which are quantities: as declared, or as their headings say."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from layers.errors import SourceError
from twin.sensing.files.mapping import Long, Mapping, Quantity
from twin.sensing.files.series import Contents, LeftOut, Observed, Series, Station
from twin.sensing.files.vocabulary import QUANTITIES, unit_said

_TIME = ("time", "datetime", "timestamp", "date_time", "phenomenontime", "时间", "观测时间", "日期时间", "数据时间")
_PARTS = (
    ("year", "年", "yyyy"), ("month", "月", "mm"), ("day", "日", "dd"), ("hour", "时", "hh"), ("minute", "分"),
    ("second", "秒"),
)  # fmt: skip
_SERIES, _VALUE = ("datastream", "datastream_id"), ("result", "value", "读数", "值")
# Such as 风速[m/s].
_WITH_UNIT = re.compile(r"(.+?)\s*[(（\[【]\s*([^()（）\[\]【】]+?)\s*[)）\]】]\s*")


@dataclass(frozen=True)
class Columns:
    """What the columns of a table are: those of times, those of series or of values, and what is left out."""

    times: tuple[str, ...]
    long: Long | None
    series: tuple[Series, ...]
    stations: tuple[Station, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def by_number(self) -> bool:
        """Tell whether lines name datastreams that are there by their numbers."""
        return self.long is not None and not self.series


def contents_of(path: Path, columns: Columns, mapping: Mapping, size: int | None) -> Contents:
    """Return what is taken of a table in a file; ``size`` is how far its lines count, where that is known."""
    return Contents(
        mapping.dataset or path.stem,
        path.name,
        columns.stations,
        columns.series,
        columns.left_out,
        size=size,
        zone=None if mapping.zone is None else str(mapping.zone),
    )


def recognise(path: Path, header: Sequence[str], mapping: Mapping, examples: Sequence[str] = ()) -> Columns:
    """Say what each column is. Raises SourceError where there is no time, or nothing to take."""
    _require_unique(path, header)
    times = _times(path, header, mapping)
    long = mapping.long or _long(header)
    if long is not None:
        _require_there(path, header, [name for name in vars(long).values() if name])
        return _of_long(header, times, long, mapping, examples)
    wanted = _quantities(header, times, mapping)
    _require_there(path, header, [one.column for one in wanted])
    if not wanted:
        raise SourceError(
            str(path),
            "no column says what it is and in which unit, such as 'temperature (°C)'; declare those to be taken, with"
            f" --take 'COLUMN=air_temperature[Cel]' or in a mapping; there are {', '.join(header)[:300]}",
        )
    stations = _stations(path, mapping)
    series = tuple(series_of(one, stations) for one in wanted)
    used = {*times, *(one.column for one in wanted)}
    left_out = tuple(LeftOut(name, _why_not(mapping)) for name in header if name not in used)
    return Columns(times, None, series, stations, left_out)


def _of_long(
    header: Sequence[str], times: tuple[str, ...], long: Long, mapping: Mapping, examples: Sequence[str]
) -> Columns:
    stations = _stations(Path(mapping.dataset or "series"), mapping)
    series = tuple(series_of(one, stations) for one in mapping.quantities)
    used = {*times, *vars(long).values()}
    left_out = [LeftOut(name, "lines have one value each, and this is not it") for name in header if name not in used]
    declared = {one.key for one in series}
    left_out += [
        LeftOut(one, "no quantity of that name is declared")
        for one in dict.fromkeys(examples)
        if declared and one not in declared
    ]
    return Columns(times, long, series, stations if series else (), tuple(left_out))


def series_of(quantity: Quantity, stations: Sequence[Station]) -> Series:
    """Return the series of a quantity, at the thing that it names or else at the first."""
    station = quantity.thing or stations[0].key
    if station not in {one.key for one in stations}:
        raise SourceError("mapping", f"quantity {quantity.column}: there is no thing {station!r}")
    name = quantity.name or quantity.observed.name
    return Series(quantity.column, name, quantity.observed, quantity.unit, station, quantity.kind, quantity.description)


def _stations(path: Path, mapping: Mapping) -> tuple[Station, ...]:
    keys = [one.key for one in mapping.things]
    if len(set(keys)) < len(keys):
        raise SourceError("mapping", "two things have the same key")
    return mapping.things or (Station(path.stem, path.stem, description=f"made from {path.name}"),)


def _times(path: Path, header: Sequence[str], mapping: Mapping) -> tuple[str, ...]:
    if mapping.times.columns:
        _require_there(path, header, mapping.times.columns)
        return mapping.times.columns
    whole = [name for name in header if name.strip().lower() in _TIME]
    if len(whole) > 1:
        raise SourceError(str(path), f"{' and '.join(whole)} may both be the time; say which with --time")
    return tuple(whole) or _parts(path, header)


def _parts(path: Path, header: Sequence[str]) -> tuple[str, ...]:
    found: list[str] = []
    for names in _PARTS:
        named = [name for name in header if name.strip().lower() in names]
        if len(named) != 1:
            break
        found += named
    if len(found) < 4:
        raise SourceError(str(path), f"no column is the time; say which is with --time: {', '.join(header)[:300]}")
    return tuple(found)


def _long(header: Sequence[str]) -> Long | None:
    named = {name.strip().lower(): name for name in header}
    series = next((named[name] for name in _SERIES if name in named), None)
    value = next((named[name] for name in _VALUE if name in named), None)
    if series is None or value is None:
        return None
    return Long(series, value, *(named.get(name, "") for name in ("sequence", "quality", "text", "time_end")))


def _quantities(header: Sequence[str], times: Sequence[str], mapping: Mapping) -> list[Quantity]:
    if mapping.quantities:
        return list(mapping.quantities)
    found = (_by_heading(name) for name in header if name not in times)
    return [one for one in found if one is not None]


def _by_heading(heading: str) -> Quantity | None:
    match = _WITH_UNIT.fullmatch(heading)
    unit = None if match is None else unit_said(match[2])
    if match is None or unit is None:
        return None
    name = match[1].strip()
    known = QUANTITIES.get(re.sub(r"[\s.\-]+", "_", name.lower())) or Observed(name)
    return replace(Quantity(heading, known, unit), name=name)


def _why_not(mapping: Mapping) -> str:
    return "it is not declared" if mapping.quantities else "its heading says no unit that we know"


def _require_unique(path: Path, header: Sequence[str]) -> None:
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise SourceError(str(path), f"two columns are named {twice[0]!r}", "the header line")


def _require_there(path: Path, header: Sequence[str], names: Sequence[str]) -> None:
    absent = [name for name in names if name not in header]
    if absent:
        raise SourceError(str(path), f"there is no column {absent[0]!r}; there are {', '.join(header)[:300]}")
