"""A progress bar for loads, in the terminal."""

from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from api.console import err


class Bar:
    """Shows how far the work is, on standard error."""

    def __init__(self) -> None:
        """Make the bar; it shows when it is entered."""
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=err(),
            transient=True,
        )
        self._task = self._progress.add_task("looking into the file", total=None)

    def __enter__(self) -> Self:
        """Show the bar."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._progress.stop()

    def report(self, done: int, total: int | None, message: str) -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=done, total=total, description=message)
