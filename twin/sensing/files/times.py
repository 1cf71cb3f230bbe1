"""Times as files write them. A time without a zone is one only where the zone is declared."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from layers.errors import InputError, ParameterError

_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?", re.ASCII)
_WRITTEN = re.compile(
    r"(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})日?"
    r"(?:(?:[T\s]\s*|(?<=日))(\d{1,2})(?::|时)(?:(\d{2})分?)?(?::(\d{2})(?:[.,](\d{1,9}))?)?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII | re.IGNORECASE,
)
_WHOLE = re.compile(r"\d{1,4}(?:\.0*)?", re.ASCII)
_MOST_HOURS = 14


class TimeFault(InputError):
    """A time that cannot be read; ``why`` is the kind of reason."""

    def __init__(self, why: str, message: str) -> None:
        """Take the kind of reason and the sentence."""
        super().__init__(message)
        self.why = why


def zone_of(text: str) -> tzinfo:
    """Return the zone of a name such as Asia/Shanghai, an offset such as +08:00, or UTC. Raises ParameterError."""
    text = text.strip()
    if text.upper() in ("Z", "UTC"):
        return UTC
    match = _OFFSET.fullmatch(text)
    if match is not None:
        hours, minutes = int(match[2]), int(match[3] or 0)
        if hours <= _MOST_HOURS and minutes < 60:
            sign = -1 if match[1] == "-" else 1
            return timezone(sign * timedelta(hours=hours, minutes=minutes))
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ParameterError("zone", f"{text[:60]!r} is no zone such as Asia/Shanghai, +08:00 or UTC") from error


@dataclass(frozen=True)
class Clock:
    """Reads times: those that state no zone by ``zone``, and those of an odd form by ``form`` (of strptime)."""

    zone: tzinfo | None = None
    form: str | None = None

    def read(self, written: object) -> datetime:
        """Return the instant of a text, or of a date and time of a spreadsheet. Raises TimeFault."""
        if isinstance(written, datetime):
            return self.placed(written)
        text = str(written).strip()
        if self.form is not None:
            try:
                return self.placed(datetime.strptime(text, self.form))  # noqa: DTZ007 - placed gives it its zone
            except ValueError as error:
                raise TimeFault("time", f"time: {text[:40]!r} is not written as {self.form}") from error
        return self.placed(_written(text))

    def of_parts(self, parts: Sequence[str]) -> datetime:
        """Return the instant of year, month, day, and hour, minute and second where they are there."""
        numbers = []
        for part in parts:
            if not _WHOLE.fullmatch(part.strip()):
                raise TimeFault("time", f"time: {part[:20]!r} is no whole number")
            numbers.append(int(float(part)))
        numbers += [0] * (6 - len(numbers))
        return self.placed(_instant(*numbers))

    def placed(self, moment: datetime) -> datetime:
        """Return a time in its zone; one that its zone does not have, or has twice, is refused."""
        if moment.tzinfo is not None:
            return moment
        if self.zone is None:
            raise TimeFault("zone", f"time: {moment.isoformat()} has no zone, and none is declared; give --zone")
        placed = moment.replace(tzinfo=self.zone)
        if placed.utcoffset() != moment.replace(tzinfo=self.zone, fold=1).utcoffset():
            raise TimeFault(
                "zone", f"time: {moment.isoformat()} is there twice or not at all in {self.zone}; state the offset"
            )
        return placed


def _written(text: str) -> datetime:
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise TimeFault("time", f"time: {text[:40]!r} is not a time such as 2026-08-15T08:00:00+08:00")
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    if hour is None:
        raise TimeFault("time", f"time: {text[:40]!r} is a day, and no instant; say of which hour by --time-format")
    moment = _instant(*(int(part or 0) for part in (year, month, day, hour, minute, second)))
    if fraction:
        moment += timedelta(microseconds=int(fraction[:6].ljust(6, "0")))
    if offset is None:
        return moment
    try:
        return moment.replace(tzinfo=zone_of(offset.upper()))
    except ParameterError as error:
        raise TimeFault("zone", f"time: {offset} is no offset from UTC") from error


def _instant(year: int, month: int, day: int, hour: int, minute: int, second: int) -> datetime:
    """Return a time of the calendar; 24:00 is the beginning of the day after."""
    ends_day = (hour, minute, second) == (24, 0, 0)
    try:
        moment = datetime(year, month, day, 0 if ends_day else hour, minute, second)  # noqa: DTZ001 - placed later
        return moment + timedelta(days=1) if ends_day else moment
    except (ValueError, OverflowError) as error:
        words = f"{year}-{month}-{day} {hour}:{minute:02}:{second:02}"
        raise TimeFault("time", f"time: {words} is no time of the calendar ({error})") from error
