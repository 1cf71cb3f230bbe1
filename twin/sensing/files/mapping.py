"""The declared mapping: which column of a file is what, in which unit, of which zone; TOML, or options of a command."""

import tomllib
from collections.abc import Iterable
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import Any, get_args

from layers.errors import ParameterError, SourceError
from layers.grades import Grade
from twin.sensing.files.series import Kind, Observed, Station, Unit
from twin.sensing.files.times import zone_of
from twin.sensing.files.vocabulary import observed, unit_of
from twin.sensing.observation_id import FIRST_YEAR, LAST_YEAR

_MOST_BYTES = 1 << 20
_NAMES = {
    "": ("dataset", "zone", "missing", "encoding", "sheet", "year", "time", "series", "thing", "quantity"),
    "time": ("column", "columns", "format"),
    "series": ("column", "value", "sequence", "quality", "text", "end"),
    "thing": ("key", "name", "place", "description", "category", "owner", "grade"),
    "quantity": ("column", "name", "property", "definition", "unit", "thing", "kind", "missing", "description"),
}


@dataclass(frozen=True)
class Quantity:
    """A column (or a word in the column of series) that is taken, as what; without a unit it is not a measurement."""

    column: str
    observed: Observed
    unit: Unit
    name: str = ""
    thing: str = ""
    kind: Kind = "measurement"
    missing: frozenset[str] = frozenset()
    description: str = ""


@dataclass(frozen=True)
class Times:
    """The column of times, or those of their parts (year, month, day, hour, minute, second)."""

    columns: tuple[str, ...] = ()
    form: str | None = None


@dataclass(frozen=True)
class Long:
    """Columns of a file with one observation a line: of series, of values, of sequence numbers and of quality.

    ``text`` has the values that are no numbers, where those have a column of their own; ``end`` is that of an interval.
    """

    column: str = ""
    value: str = ""
    sequence: str = ""
    quality: str = ""
    text: str = ""
    end: str = ""


@dataclass(frozen=True)
class Mapping:
    """All that is declared of a file; what is not declared is taken where the file itself says it, never guessed."""

    dataset: str = ""
    zone: tzinfo | None = None
    missing: frozenset[str] = frozenset()
    encoding: str | None = None
    sheet: str | None = None
    times: Times = field(default_factory=Times)
    long: Long | None = None
    things: tuple[Station, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    # Into which typical years are put.
    year: int | None = None


def read_mapping(path: Path) -> Mapping:
    """Read a mapping from TOML. Raises SourceError that names what of it cannot be used."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise SourceError(str(path), f"a mapping has at most {_MOST_BYTES} bytes")
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SourceError(str(path), f"this is no mapping in TOML ({error})") from error
    try:
        return mapping_of(document)
    except ParameterError as error:
        raise SourceError(str(path), str(error)) from error


def mapping_of(document: Table[str, Any]) -> Mapping:
    """Return the mapping that a document of TOML says. Raises ParameterError."""
    _require_known("", document)
    zone = _text(document, "zone")
    return Mapping(
        _text(document, "dataset"),
        zone_of(zone) if zone else None,
        _texts(document, "missing"),
        _text(document, "encoding") or None,
        _text(document, "sheet") or None,
        _times(_table(document, "time")),
        _long(_table(document, "series")),
        tuple(_station(one) for one in _tables(document, "thing")),
        tuple(_quantity(one) for one in _tables(document, "quantity")),
        year_of(document.get("year")),
    )


def taken(text: str) -> Quantity:
    """Read an option ``column=property`` with the unit in brackets: ``TEMP=air_temperature[Cel]``."""
    column, separator, rest = text.rpartition("=")
    name, bracket, unit = rest.rstrip("]").rpartition("[")
    if not separator or not bracket or not column or not name:
        raise ParameterError("take", f"{text[:60]!r} is not column=property[unit], such as TEMP=air_temperature[Cel]")
    return Quantity(column, observed(name.strip()), unit_of(unit))


def _quantity(said: Table[str, Any]) -> Quantity:
    _require_known("quantity", said)
    column, name, kind = _text(said, "column"), _text(said, "property"), _text(said, "kind") or "measurement"
    if not column or not name:
        raise ParameterError("quantity", "each has a column, and the property that is observed")
    if kind not in get_args(Kind):
        raise ParameterError("kind", f"{kind[:40]!r} is none of {', '.join(get_args(Kind))}")
    unit = _text(said, "unit")
    if kind == "measurement" and not unit:
        raise ParameterError("unit", f"{column}: a measurement has a unit, by its code of UCUM; 1 where it has none")
    known = observed(name)
    return Quantity(
        column,
        Observed(known.name, _text(said, "definition") or known.definition, known.description),
        unit_of(unit) if unit else Unit("", "", ""),
        _text(said, "name"),
        _text(said, "thing"),
        kind,  # type: ignore[arg-type] # it is one of them
        _texts(said, "missing"),
        _text(said, "description"),
    )


def _station(said: Table[str, Any]) -> Station:
    _require_known("thing", said)
    name = _text(said, "name")
    if not name:
        raise ParameterError("thing", "each has a name")
    return Station(
        _text(said, "key") or name,
        name,
        place_of(said.get("place")),
        _text(said, "description"),
        _text(said, "category") or None,
        _text(said, "owner") or None,
        _grade(_text(said, "grade")),
    )


def place_of(said: Any) -> tuple[float, float] | None:
    """Return longitude and latitude of a list of both, or of their text; None where there is none."""
    if said is None:
        return None
    parts = said.split(",") if isinstance(said, str) else said
    try:
        lon, lat = (float(part) for part in parts)
    except (TypeError, ValueError) as error:
        raise ParameterError(
            "place", f"{str(said)[:60]!r} is not longitude and latitude, such as 121.5,31.2"
        ) from error
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ParameterError("place", f"{lon}, {lat} is no longitude and latitude in degrees, in this order")
    return lon, lat


def year_of(said: Any) -> int | None:
    """Return a year that observations can be of. Raises ParameterError."""
    if said is not None and (not isinstance(said, int) or not FIRST_YEAR < said < LAST_YEAR):
        raise ParameterError("year", f"{str(said)[:20]!r} is no year between {FIRST_YEAR} and {LAST_YEAR}")
    return said


def _grade(name: str) -> int:
    found = next((grade for grade in Grade if grade.name.lower() == (name or "open")), None)
    if found is None:
        raise ParameterError("grade", f"{name[:40]!r} is none of {', '.join(one.name.lower() for one in Grade)}")
    return int(found)


def _times(said: Table[str, Any]) -> Times:
    _require_known("time", said)
    columns = said.get("columns", [])
    if not isinstance(columns, list) or not all(isinstance(one, str) for one in columns) or len(columns) > 6:
        raise ParameterError("time", "columns are a list of the columns of year, month, day, hour, minute, second")
    column = _text(said, "column")
    if column and columns:
        raise ParameterError("time", "it has either one column or those of its parts")
    return Times((column,) if column else tuple(columns), _text(said, "format") or None)


def _long(said: Table[str, Any]) -> Long | None:
    if not said:
        return None
    _require_known("series", said)
    long = Long(*(_text(said, name) for name in _NAMES["series"]))
    if not long.column or not long.value:
        raise ParameterError("series", "it has the column that tells series apart, and the one of values (value)")
    return long


def _table(document: Table[str, Any], name: str) -> Table[str, Any]:
    value = document.get(name, {})
    if not isinstance(value, dict):
        raise ParameterError(name, f"it is a table, written [{name}]")
    return value


def _tables(document: Table[str, Any], name: str) -> list[Table[str, Any]]:
    value = document.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ParameterError(name, f"they are tables, each written [[{name}]]")
    return value


def _text(document: Table[str, Any], name: str) -> str:
    value = document.get(name, "")
    if not isinstance(value, str):
        raise ParameterError(name, f"{str(value)[:40]!r} is no text")
    return value.strip()


def _texts(document: Table[str, Any], name: str) -> frozenset[str]:
    value = document.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ParameterError(name, 'it is a list of texts, such as ["NA", "-9999"]')
    return frozenset(one.strip() for one in value)


def _require_known(place: str, document: Iterable[str]) -> None:
    unknown = sorted(set(document) - set(_NAMES[place]))
    if unknown:
        raise ParameterError(place or "mapping", f"{unknown[0][:40]!r} is none of {', '.join(_NAMES[place])}")
