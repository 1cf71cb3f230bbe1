"""How far a load has come, for whoever watches."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable


class Progress(Protocol):
    """Hears how far the work has come; may raise Cancelled to end it, and nothing of it remains."""

    def report(self, done: int, total: int | None, message: str) -> None:
        """Take note that ``done`` of ``total`` is done (``total`` None: unknown), and what is being done."""


@runtime_checkable
class Interrupter(Protocol):
    """A watcher that may also end a statement which takes long, from another thread."""

    def interruptible(self, interrupt: Callable[[], None] | None) -> None:
        """Take note of how the statement that runs may be cut short; None: no longer."""


class Silent:
    """Tells nobody."""

    def report(self, done: int, total: int | None, message: str) -> None:
        """Do nothing."""
