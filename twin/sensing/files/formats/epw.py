"""EnergyPlus weather files (EPW): hours from 1 to 24 of local standard time, and numbers for what is missing."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from layers.errors import SourceError
from layers.title import Title
from twin.sensing.files.epw_fields import FIELDS, LEFT_OUT, NO_HOURS, OVER_HOURS, PRECIPITATION, WIDTHS, Field
from twin.sensing.files.format import Format
from twin.sensing.files.mapping import Mapping
from twin.sensing.files.series import Contents, Fault, LeftOut, Line, ObservationFile, Series, Station, Value
from twin.sensing.files.times import Clock, TimeFault
from twin.sensing.files.values import ValueFault, value_of
from twin.sensing.observation_id import FIRST_YEAR, LAST_YEAR

_MOST_HEADER, _LONGEST = 60, 1 << 16
# A field that says the same for two days at least is no observation of anything that changes.
_FEW = 48
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Head:
    """What the lines above the data say: where it is, hours from UTC, and records an hour."""

    station: Station
    dataset: str
    clock: Clock
    hours: float
    each_hour: int
    lines: int


class EpwFile(ObservationFile):
    """A weather file that is open for reading."""

    def __init__(self, path: Path, mapping: Mapping) -> None:
        """Read its head, and which fields say anything."""
        if mapping.zone is not None:
            raise SourceError(str(path), "a weather file states its zone itself; leave out --zone")
        self._path, self._mapping = path, mapping
        self._encoding = _encoding_of(path)
        self._head = _head(path, self._rows())
        self._width, self._count, self._same, self._years = self._survey()
        self._fields, self._left_out = self._choose()

    @property
    def contents(self) -> Contents:
        """Return what is taken of the file."""
        head = self._head
        station = self._mapping.things[0] if self._mapping.things else head.station
        return Contents(
            self._mapping.dataset or head.dataset,
            self._path.name,
            (station,),
            tuple(_series(one, station) for one in self._fields),
            (*self._left_out, *LEFT_OUT),
            tuple(self._notes()),
            head.lines + self._count,
            f"{head.hours:+g} h from UTC, standard time all year",
        )

    def lines(self) -> Iterator[tuple[int, Line]]:
        """Stream the rows under the head, each with the number of its line."""
        for number, cells in self._data():
            yield number, self._line(f"line {number}", cells)

    def _line(self, place: str, cells: Sequence[str]) -> Line:
        if len(cells) != self._width:
            reason = f"it has {len(cells)} fields, and the first row {self._width}"
            return Line(place, faults=(Fault("columns", reason, len(self._fields)),))
        try:
            time = self._time(cells)
        except TimeFault as fault:
            return Line(place, faults=(Fault(fault.why, str(fault), len(self._fields)),))
        values, faults, missing = [], [], 0
        for field in self._fields:
            found = _value(field, cells)
            if isinstance(found, float):
                begins = time - self._span(field, cells) if field.before else time
                values.append(Value(field.name, begins, found, time if field.before else None))
            elif found is None:
                missing += 1
            else:
                faults.append(found)
        return Line(place, values, missing, faults)

    def _time(self, cells: Sequence[str]) -> datetime:
        """Return the instant at which the time of a row ends: hour 1 ends at 01:00, hour 24 with the day."""
        year = str(self._mapping.year or cells[0])
        day = self._head.clock.of_parts([year, cells[1], cells[2]])
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise TimeFault("year", f"time: the year {day.year} is not between {FIRST_YEAR} and {LAST_YEAR}")
        hour, minute = (_whole(cells[at], most) for at, most in ((3, 24), (4, 60)))
        if hour == 0:
            raise TimeFault("time", "time: hours are counted from 1 to 24")
        if self._head.each_hour == 1:
            return day + hour * _HOUR
        if minute == 0:
            raise TimeFault("time", f"time: of {self._head.each_hour} records an hour none ends at minute 0, but at 60")
        return day + (hour - 1) * _HOUR + timedelta(minutes=minute)

    def _span(self, field: Field, cells: Sequence[str]) -> timedelta:
        if field.at == PRECIPITATION and len(cells) > OVER_HOURS:
            hours = _number(cells[OVER_HOURS])
            if hours is not None and 0 < hours < NO_HOURS:
                return hours * _HOUR
        return _HOUR / self._head.each_hour

    def _choose(self) -> tuple[list[Field], list[LeftOut]]:
        wanted = {one.column: one for one in self._mapping.quantities}
        known = {field.name: field for field in FIELDS}
        for name, one in wanted.items():
            if name not in known or one.unit.code != known[name].unit.code:
                there = ", ".join(f"{field.name}[{field.unit.code}]" for field in FIELDS)
                raise SourceError(str(self._path), f"{name}[{one.unit.code}] is no field of it; there are {there}")
        fields, left_out = [], []
        for field in FIELDS:
            why = self._why_not(field) if not wanted else None if field.name in wanted else "it is not declared"
            if why is None:
                fields.append(field)
            else:
                left_out.append(LeftOut(field.name, why))
        return fields, left_out

    def _why_not(self, field: Field) -> str | None:
        if field.at >= self._width:
            return "the file does not have it"
        same = self._same.get(field.at)
        if same is None or self._count < _FEW:
            return None
        number = _number(same)
        if number is not None and number >= field.missing:
            return f"it is missing ({same}) in every row"
        return f"it is {same} in all {self._count:,} rows, as where nobody observed it; to take it, declare it (--take)"

    def _survey(self) -> tuple[int, int, dict[int, str], set[str]]:
        """Return the width of rows, how many there are, fields that are the same in all, and the years."""
        width, count, same, years = 0, 0, dict[int, str](), set[str]()
        widths = Counter[int]()
        for _, cells in self._data():
            count += 1
            widths[len(cells)] += 1
            years.add(cells[0].strip())
            if count == 1:
                width, same = len(cells), dict(enumerate(cells))
            same = {at: first for at, first in same.items() if at < len(cells) and cells[at] == first}
        if width not in WIDTHS:
            raise SourceError(
                str(self._path), f"a row of weather has {WIDTHS[0]} to {WIDTHS[-1]} fields, and the first has {width}"
            )
        return width, count, same, years

    def _notes(self) -> Iterator[str]:
        if self._mapping.year is not None:
            yield f"all months are put into the year {self._mapping.year}, as asked"
        elif len(self._years) > 1:
            told = ", ".join(sorted(self._years)[:12])
            yield f"its months are of several years ({told}), as in a typical year; --year puts them into one"

    def _data(self) -> Iterator[tuple[int, list[str]]]:
        for number, text in enumerate(self._rows(), 1):
            if number > self._head.lines and text.strip():
                yield number, text.rstrip("\r\n").split(",")

    def _rows(self) -> Iterator[str]:
        with self._path.open(encoding=self._encoding, newline="\n") as handle:
            while text := handle.readline(_LONGEST):
                yield text


def _value(field: Field, cells: Sequence[str]) -> float | Fault | None:
    """Return a value, None for one that is missing, or why it cannot be read."""
    text = cells[field.at] if field.at < len(cells) else ""
    if not text.strip():
        return None
    try:
        number = float(value_of(text, "measurement"))
    except ValueFault as fault:
        return Fault("result", f"{field.name}: {fault}")
    if number >= field.missing:
        return None
    if not field.least <= number <= field.most:
        return Fault("range", f"{field.name}: {number:g} is not between {field.least:g} and {field.most:g}")
    return number


def _series(field: Field, station: Station) -> Series:
    said = "over the time before the one that is stated" if field.before else ""
    return Series(field.name, field.observed.name, field.observed, field.unit, station.key, description=said)


def _head(path: Path, rows: Iterator[str]) -> Head:
    location, each_hour, lines = None, None, 0
    for text in rows:
        lines += 1
        parts = [part.strip() for part in text.split(",")]
        if parts[0].upper() == "LOCATION":
            location = parts
        if parts[0].upper() == "DATA PERIODS":
            each_hour = parts[2] if len(parts) > 2 else ""
            break
        if lines > _MOST_HEADER:
            break
    if location is None or each_hour is None:
        raise SourceError(str(path), "this is no EPW: it has no lines LOCATION and DATA PERIODS above its data")
    return _head_of(path, location, each_hour, lines)


def _head_of(path: Path, location: Sequence[str], each_hour: str, lines: int) -> Head:
    numbers = [_number(part) for part in location[6:10]]
    if len(numbers) < 4 or any(number is None for number in numbers):
        raise SourceError(str(path), "latitude, longitude, hours from UTC and elevation are no numbers", "LOCATION")
    lat, lon, hours, elevation = (float(number or 0) for number in numbers)
    if not (-90 <= lat <= 90 and -180 <= lon <= 180 and -14 <= hours <= 14):
        raise SourceError(str(path), f"{lat}, {lon}, {hours} is no latitude, longitude and zone", "LOCATION")
    if each_hour not in ("1", "2", "3", "4", "5", "6", "10", "12", "15", "20", "30", "60"):
        raise SourceError(str(path), f"{each_hour[:20]!r} is no number of records an hour", "DATA PERIODS")
    city, source, number = location[1] or path.stem, location[4], location[5]
    told = f"{source} {number}, {elevation:g} m; from {path.name}"
    dataset = f"epw-{number}-{source}".strip("-").lower() if number.strip("0-") else f"epw-{path.stem}"
    clock = Clock(timezone(timedelta(hours=hours)))
    return Head(Station(city, city, (lon, lat), told, "weather"), dataset, clock, hours, int(each_hour), lines)


def _number(text: str) -> float | None:
    try:
        return float(value_of(text, "measurement"))
    except ValueFault:
        return None


def _whole(text: str, most: int) -> int:
    number = _number(text)
    if number is None or not number.is_integer() or not 0 <= number <= most:
        raise TimeFault("time", f"time: {text[:20]!r} is no whole number up to {most}")
    return int(number)


def _encoding_of(path: Path) -> str:
    """Return UTF-8 where the file is, else Latin-1, in which every byte is a letter: only names have any."""
    try:
        with path.open(encoding="utf-8") as handle:
            while handle.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


class EpwFormat(Format):
    """Opens weather files."""

    def open(self, path: Path, mapping: Mapping) -> ObservationFile:
        """Look into a weather file."""
        return EpwFile(path, mapping)


FORMAT = EpwFormat("epw", Title("EnergyPlus 气象文件", "EnergyPlus weather"), (".epw",))
