"""When: instants and intervals as requests state them.

Inside the product intervals are half-open and in UTC. A request's ``a/b`` is closed at both ends (OGC API - Features,
7.15.4), so :class:`When` keeps both ends and statements compare with ``tstzrange(a, b, '[]')``.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from layers.errors import ParameterError

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})")
_OPEN = {"", ".."}
_MICROSECOND = timedelta(microseconds=1)
_PLACEHOLDER = datetime(2000, 1, 1, tzinfo=UTC)
# PostgreSQL's tstzrange takes NULL for an open end.
OpenTime = datetime | None


@dataclass(frozen=True)
class When:
    """A closed interval of valid time, and the instant of belief; an open end is ``None``.

    ``first == last`` is an instant. ``as_of`` of ``None`` asks for what is believed now. ``explicit`` is false of this
    very instant, as it is and as it is known.
    """

    first: OpenTime
    last: OpenTime
    as_of: OpenTime = None
    explicit: bool = True

    @property
    def is_instant(self) -> bool:
        """Tell whether the valid time is a single instant."""
        return self.first is not None and self.first == self.last

    def parameters(self) -> dict[str, OpenTime]:
        """Return the values of the bind parameters that every layer's Select has."""
        return {"at_first": self.first, "at_last": self.last, "as_of": self.as_of}

    def believed(self, as_of: OpenTime) -> "When":
        """Return the same valid time, as it was believed at ``as_of``."""
        return replace(self, as_of=as_of, explicit=self.explicit or as_of is not None)


def now() -> When:
    """Return this instant, as believed now."""
    instant = datetime.now(UTC)
    return When(instant, instant, explicit=False)


def parse_instant(text: str, parameter: str = "datetime") -> datetime:
    """Read an RFC 3339 date-time with its offset, and return it in UTC."""
    if not _DATE_TIME.fullmatch(text):
        raise ParameterError(parameter, f"{text!r} is not an RFC 3339 date-time such as 2026-08-15T08:00:00+08:00")
    return _to_utc(text, parameter)


def form_of(when: When) -> When:
    """Return the form of a time, whose instants are placeholders: each request binds its own."""
    return When(None, None, None if when.as_of is None else _PLACEHOLDER, when.explicit)


def parse_when(text: str | None, as_of: str | None = None) -> When:
    """Read the parameters ``datetime`` (instant, date, or interval ``a/b`` with ``..`` for open) and ``as_of``."""
    when = now() if text is None else _parse_interval(text)
    return when if as_of is None else when.believed(parse_instant(as_of, "as_of"))


def _parse_interval(text: str) -> When:
    parts = text.split("/")
    if len(parts) == 1:
        return When(*_ends(text))
    if len(parts) != 2 or all(part in _OPEN for part in parts):
        raise ParameterError(
            "datetime", f"{text!r} is neither an instant nor an interval such as 2026-01-01T00:00:00Z/.."
        )
    first = None if parts[0] in _OPEN else _ends(parts[0])[0]
    last = None if parts[1] in _OPEN else _ends(parts[1])[1]
    if first is not None and last is not None and first > last:
        raise ParameterError("datetime", f"{text!r} ends before it begins")
    return When(first, last)


def _ends(text: str) -> tuple[datetime, datetime]:
    """Return the first and last instant of a date-time, or of a date, which stands for its whole UTC day."""
    if not _DATE.fullmatch(text):
        instant = parse_instant(text)
        return instant, instant
    day = _to_utc(text, "datetime")
    return day, day + (timedelta(days=1) - _MICROSECOND)


def _to_utc(text: str, parameter: str) -> datetime:
    """Return an instant in UTC; a date is its first instant in UTC."""
    try:
        instant = datetime.fromisoformat(text.upper())
        if instant.tzinfo is UTC:
            return instant
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ParameterError(parameter, f"{text!r} names no instant of the calendar ({error})") from error


def rfc3339(instant: datetime) -> str:
    """Write an instant in UTC, as seconds with as many decimals as it has."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
