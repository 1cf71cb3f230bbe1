"""Numbers of observations, which tell the month and with it the partition that the observation is kept in.

A number is ``month * 2**41 + n``: the month counts from January 1900 (UTC), ``n`` comes from one sequence that begins
anew after 2**41. Both together stay below 2**53, up to which JSON's readers in JavaScript count exactly.
"""

from datetime import UTC, datetime

FIRST_YEAR, LAST_YEAR = 1900, 2200
NUMBERS = 2**41
_MONTHS = 12 * (LAST_YEAR - FIRST_YEAR + 1)


def month_of(time: datetime) -> int:
    """Return the month that an instant lies in, counted from January 1900 in UTC."""
    utc = time.astimezone(UTC)
    return 12 * (utc.year - FIRST_YEAR) + utc.month - 1


def beginning_of(month: int) -> datetime:
    """Return the instant at which a month begins."""
    return datetime(FIRST_YEAR + month // 12, month % 12 + 1, 1, tzinfo=UTC)


def month_of_id(number: int) -> int | None:
    """Return the month in which the observation of that number is kept, or None when none has such a number."""
    month = number // NUMBERS
    return month if 0 <= month < _MONTHS else None
