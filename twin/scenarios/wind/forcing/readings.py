"""Readings of wind stations, as they come from a file or a request.

A record has ``station``, ``lon``, ``lat``, ``height_m`` (above the ground), ``time`` (with its offset), ``speed_ms``,
``from_deg``, and may have ``averaging_s`` (120), ``gust_ms``, ``highest`` (false), ``terrain`` (A-D) and ``mount``
(mast, roof, street). A missing or implausible value stays in the reading: the fusion refuses it with a reason, so that
one broken station does not block the others.
"""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from layers.errors import InputError, ParameterError, SourceError
from layers.records import read_each
from twin.scenarios.wind.forcing.reference import check_place, check_range, to_utc
from twin.scenarios.wind.terrain import Terrain

MOST_READINGS = 100_000
LARGEST_BYTES = 50_000_000
_TRUE = {"true", "1", "yes", "是"}


class Mount(Enum):
    """What a station is mounted on."""

    MAST = "mast"
    """A free mast over the ground or high above a roof."""
    ROOF = "roof"
    """A roof, whose edges speed the wind up or shelter it."""
    STREET = "street"
    """A lamp post or the like, below the roofs."""


@dataclass(frozen=True)
class Station:
    """Where an anemometer is: degrees, height above the ground in metres, roughness around it, and its mount."""

    id: str
    lon: float
    lat: float
    height_m: float
    terrain: Terrain = Terrain.C
    mount: Mount = Mount.ROOF

    def __post_init__(self) -> None:
        """Refuse a station without an id or with an impossible position."""
        if not self.id.strip():
            raise ParameterError("station", "is empty")
        check_place(self.lon, self.lat)
        check_range(self.height_m, "height_m", (0.5, 1000.0), "m")


@dataclass(frozen=True)
class Reading:
    """A reading of a station; ``time`` is aware, and is the end of the averaging period.

    ``highest`` marks the strongest mean of its length within a longer time (a report of the last hour); otherwise the
    speed is the mean of the last ``averaging_s`` seconds. NaN stands for a value that is missing.
    """

    station: Station
    time: datetime
    speed_ms: float
    from_deg: float
    averaging_s: float = 120.0
    gust_ms: float | None = None
    highest: bool = False

    def __post_init__(self) -> None:
        """Refuse a time without offset and an impossible averaging period; values are checked in the fusion."""
        object.__setattr__(self, "time", to_utc(self.time, "time"))
        check_range(self.averaging_s, "averaging_s", (3.0, 3600.0), "s")


def read_readings_file(path: Path | str) -> list[Reading]:
    """Read a CSV file with a header, or a JSON file with a list of records."""
    file = Path(path)
    try:
        if file.stat().st_size > LARGEST_BYTES:
            raise SourceError(str(file), f"is larger than the {LARGEST_BYTES} bytes that are read")
        text = file.read_text(encoding="utf-8-sig")
        records = json.loads(text) if file.suffix.lower() == ".json" else list(csv.DictReader(text.splitlines()))
    except (OSError, ValueError, csv.Error) as error:
        raise SourceError(str(file), f"cannot be read as readings ({error})") from error
    if not isinstance(records, list):
        raise SourceError(str(file), "does not contain a list of readings")
    try:
        return read_readings(records)
    except InputError as error:
        raise SourceError(str(file), str(error)) from error


def read_readings(records: Sequence[Any]) -> list[Reading]:
    """Read records; an error names the record by its index, from 0, and the field."""
    return read_each(records, _reading, most=MOST_READINGS, name="readings")


def _reading(record: Any) -> Reading:
    if not isinstance(record, Mapping):
        raise ParameterError("record", f"a reading is an object with fields, not {type(record).__name__}")
    station = Station(
        _text(record, "station"),
        _needed(record, "lon"),
        _needed(record, "lat"),
        _needed(record, "height_m"),
        _choice(record, "terrain", Terrain, Terrain.C),
        _choice(record, "mount", Mount, Mount.ROOF),
    )
    gust, averaging = _number(record, "gust_ms"), _number(record, "averaging_s")
    return Reading(
        station,
        _time(_text(record, "time")),
        _number(record, "speed_ms"),
        _number(record, "from_deg"),
        120.0 if math.isnan(averaging) else averaging,
        None if math.isnan(gust) else gust,
        str(record.get("highest", "")).strip().lower() in _TRUE,
    )


def _text(record: Mapping[str, Any], field: str) -> str:
    text = str(record.get(field) or "").strip()
    if not text:
        raise ParameterError(field, "is missing or empty")
    return text


def _needed(record: Mapping[str, Any], field: str) -> float:
    value = _number(record, field)
    if math.isnan(value):
        raise ParameterError(field, "is missing or not a number")
    return value


def _number(record: Mapping[str, Any], field: str) -> float:
    """Return a number, NaN where the field is empty; text that is not a number is an error."""
    value = record.get(field)
    if value is None or value == "":
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise ParameterError(field, f"{value!r} is not a number") from error


def _choice(record: Mapping[str, Any], field: str, words: type[Any], default: Any) -> Any:
    value = str(record.get(field) or "").strip()
    if not value:
        return default
    members = {str(member.value): member for member in words}
    if value not in members:
        raise ParameterError(field, f"{value!r} is none of {', '.join(members)}")
    return members[value]


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ParameterError("time", f"{text!r} is not a time such as 2024-09-16T07:00:00+08:00") from error
