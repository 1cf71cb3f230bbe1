"""Refusals of anonymous requests, counted so that the audit has one line a minute of them."""

import threading
import time

_MINUTE_S = 60.0


class Refusals:
    """Counts refusals of anonymous requests by action and resource between two lines of the audit."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}

    def due(self, action: str, resource: str) -> int | None:
        """Count one, and return how many there were since the last line, or None where none is due yet."""
        now = time.monotonic()
        with self._lock:
            last, more = self._seen.get((action, resource), (-_MINUTE_S, 0))
            due = now - last >= _MINUTE_S
            self._seen[action, resource] = (now, 0) if due else (last, more + 1)
        return more if due else None
