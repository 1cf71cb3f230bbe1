"""Which readings need no closer look: a number, at times of this calendar, of which nothing else is said.

Nearly all that sensors send is of this kind. Whatever is not, ``twin.sensing.reading`` looks at part by part, and says
what is wrong with it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite

from twin.sensing.observation_id import FIRST_YEAR, LAST_YEAR
from twin.sensing.reading import MOST_SEQUENCE, WHOLE, Reading, Rules

_FIRST, _LAST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Plain:
    """The test; ``last`` is the last instant that is not too far ahead of the clock."""

    last: datetime

    @classmethod
    def at(cls, now: datetime, rules: Rules) -> "Plain":
        """Return the test at an instant, by rules."""
        return cls(min(now + rules.ahead, _LAST - _MICROSECOND))

    def __call__(self, reading: Reading) -> bool:
        """Tell whether nothing can be wrong with a reading of a datastream of measurements."""
        return (
            _is_number(reading.result)
            and reading.quality is None
            and reading.parameters is None
            and reading.valid_time is None
            and reading.feature is None
            and 0 <= reading.sequence <= MOST_SEQUENCE
            and self._is_of_calendar(reading)
        )

    def _is_of_calendar(self, reading: Reading) -> bool:
        time, end, told = reading.time, reading.time_end, reading.result_time
        return (
            time.tzinfo is not None
            and _FIRST <= time <= self.last
            and (end is None or (end.tzinfo is not None and time <= end < _LAST))
            and (told is None or (told.tzinfo is not None and _FIRST <= told < _LAST))
        )


def _is_number(result: object) -> bool:
    kind = type(result)
    return (kind is float and isfinite(result)) or (kind is int and -WHOLE <= result <= WHOLE)  # type: ignore[arg-type,operator]
