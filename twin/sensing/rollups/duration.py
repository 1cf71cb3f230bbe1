"""How long a bucket of time is: a fixed list of ISO 8601 durations, and where their buckets begin.

Buckets of hours and less are counted from midnight at +08:00, days and longer ones by the calendar of Asia/Shanghai;
weeks (``P7D``) begin on Monday.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, literal_column
from sqlalchemy.sql.elements import ColumnElement

from layers.errors import ParameterError

ZONE = ZoneInfo("Asia/Shanghai")
BLOCK = timedelta(minutes=5)
# Before, the clocks of Shanghai were no whole five minutes from UTC.
_FIRST_OF_BLOCKS = datetime(1901, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Duration:
    """One of the durations; ``unit`` is what PostgreSQL calls it where it is of the calendar."""

    name: str
    length: timedelta
    unit: str | None = None

    def beginning(self, time: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the beginning of the bucket that a time lies in."""
        if self.unit is not None:
            return func.date_trunc(literal_column(f"'{self.unit}'"), time, literal_column("'Asia/Shanghai'"))
        length: ColumnElement[Any] = literal_column(f"interval '{self.length.total_seconds():.0f} seconds'")
        return func.date_bin(length, time, literal_column("timestamptz '1970-01-01 00:00+08'"))

    def is_of_blocks(self, begins: datetime) -> bool:
        """Tell whether its buckets from an instant on are made of whole blocks of five minutes."""
        return self.length >= BLOCK and (self.unit is None or begins >= _FIRST_OF_BLOCKS)

    def buckets_in(self, length: timedelta) -> int:
        """Return how many buckets a span of time touches at most."""
        return length // self.length + 2


def _day(name: str, days: int, unit: str) -> Duration:
    return Duration(name, timedelta(days=days), unit)


DURATIONS = (
    *(Duration(f"PT{minutes}M", timedelta(minutes=minutes)) for minutes in (1, 5, 15, 30)),
    *(Duration(f"PT{hours}H", timedelta(hours=hours)) for hours in (1, 3, 6, 12)),
    # The shortest that each of them can be.
    _day("P1D", 1, "day"), _day("P7D", 7, "week"), _day("P1M", 28, "month"), _day("P3M", 90, "quarter"),
    _day("P1Y", 365, "year"),
)  # fmt: skip
_BY_NAME = {one.name: one for one in DURATIONS}
# A chart has no more points than this.
ENOUGH = 500


def parse_duration(text: str) -> Duration:
    """Return the duration of that name; raises ParameterError."""
    if text not in _BY_NAME:
        raise ParameterError("every", f"{text[:40]!r} is none of {', '.join(_BY_NAME)}")
    return _BY_NAME[text]


def fitting(length: timedelta) -> Duration:
    """Return the shortest duration of which a span of time has no more than ``ENOUGH`` buckets."""
    return next((one for one in DURATIONS if one.buckets_in(length) <= ENOUGH), DURATIONS[-1])
