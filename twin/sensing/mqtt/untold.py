"""Whether somebody subscribed before the broker told us who does.

A broker that is new to us may have followers already: after it was started again they may be faster than we are. It
tells how many subscriptions it has; when these are more than we were told of, nobody knows what the others follow.
"""

import time
from dataclasses import dataclass, field

# So long it is looked at, seconds: the broker says how many there are every two seconds, where it changed.
_LOOKED_S = 30.0


@dataclass
class Untold:
    """What we were told of since we came; ``ours`` is how many subscriptions we have, of which nobody tells us."""

    ours: int
    _told: set[tuple[bytes, bytes]] = field(default_factory=set)
    _until: float = 0.0

    def begin(self) -> None:
        """Begin anew, with a broker that is new to us."""
        self._told.clear()
        self._until = time.monotonic() + _LOOKED_S

    def note(self, client: bytes, topic: bytes) -> None:
        """Note that we were told of a subscription."""
        if self._is_open():
            self._told.add((client, topic))

    def has_more(self, number: int) -> bool:
        """Tell whether somebody follows of whom we were not told, as there are so many subscriptions; once."""
        is_more = self._is_open() and number > self.ours + len(self._told)
        if is_more:
            self._until = 0.0
        return is_more

    def _is_open(self) -> bool:
        if time.monotonic() < self._until:
            return True
        self._told.clear()
        return False
