"""How devices behave: counted by the minute, and what is too much."""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

WINDOW_S = 60.0
# A device of which so many observations are refused in a minute does not know what it does.
MOST_REFUSED = 100


@dataclass
class _Minute:
    begun: float
    came: int = 0
    refused: int = 0


@dataclass
class Conduct:
    """Counts of devices by name, of the minute that runs for each."""

    clock: Callable[[], float] = time.monotonic
    _minutes: dict[str, _Minute] = field(default_factory=lambda: defaultdict(lambda: _Minute(float("-inf"))))

    def came(self, name: str, number: int, per_minute: int) -> str:
        """Count observations that came; return why they are too many, or an empty text."""
        minute = self._minute(name)
        minute.came += number
        return f"it sent more than {per_minute} observations in a minute" if minute.came > per_minute else ""

    def refused(self, name: str, number: int, reason: str) -> str:
        """Count observations that were refused; return why they are too many, or an empty text."""
        minute = self._minute(name)
        minute.refused += number
        if minute.refused <= MOST_REFUSED:
            return ""
        return f"more than {MOST_REFUSED} of its observations were refused in a minute, the last since {reason}"

    def forget(self, name: str) -> None:
        """Begin anew with a device."""
        self._minutes.pop(name, None)

    def _minute(self, name: str) -> _Minute:
        now, minute = self.clock(), self._minutes[name]
        if now - minute.begun > WINDOW_S:
            minute = self._minutes[name] = _Minute(now)
        return minute
