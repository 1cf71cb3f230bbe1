"""How far a load has come, for whoever watches."""

from typing import Protocol


class Progress(Protocol):
    """Hears how far the work has come; may raise Cancelled to end it, and nothing of it remains."""

    def report(self, done: int, total: int | None, message: str) -> None:
        """Take note that ``done`` of ``total`` is done (``total`` None: unknown), and what is being done."""


class Silent:
    """Tells nobody."""

    def report(self, done: int, total: int | None, message: str) -> None:
        """Do nothing."""
