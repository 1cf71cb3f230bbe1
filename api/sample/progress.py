"""How far the work is, for a log that a person follows."""

import time

from api.console import out
from layers.ops.jobs import Silent

REPORT_S = 2.0


class ProgressLines(Silent):
    """Progress in lines, not more than one in ``REPORT_S`` seconds, for a log that a person follows."""

    def __init__(self) -> None:
        """Begin without output."""
        self._last = time.monotonic()

    def report(self, done: int, total: int | None, message: str) -> None:
        """Print how far the work is, now and then."""
        if time.monotonic() - self._last >= REPORT_S:
            self._last = time.monotonic()
            share = f" {100 * done // total} %" if total else ""
            out().print(f"sample: {message}{share}", markup=False)
