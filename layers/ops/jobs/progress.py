"""Progress reports of long work."""

from typing import Protocol


class Progress(Protocol):
    """Receives the progress of long work; may raise Cancelled, which ends the work and undoes all of it."""

    def report(self, done: int, total: int | None, message: str) -> None:
        """Receive that ``done`` of ``total`` is done (``total`` None: unknown), and what is being done."""


class Silent:
    """Discards all reports."""

    def report(self, done: int, total: int | None, message: str) -> None:
        """Do nothing."""
