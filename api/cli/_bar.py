"""A progress bar for long work, in the terminal: the step at hand, how far it is, and how long it will still take."""

from types import TracebackType
from typing import Self

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from api.console import err


class Bar:
    """Shows how far the work is, on standard error; both times are those of the step at hand."""

    def __init__(self) -> None:
        """Make the bar; it shows when it is entered."""
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            _Left(),
            console=err(),
            transient=True,
        )
        self._step: tuple[str, int | None] = ("looking into the file", None)
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
        """Move the bar; another message or total is another step, which has a speed of its own."""
        if (message, total) != self._step:
            self._step = (message, total)
            self._progress.remove_task(self._task)
            self._task = self._progress.add_task(message, total=total)
        self._progress.update(self._task, completed=done)


class _Left(TimeRemainingColumn):
    """The time left, and a word that says so; nothing where nobody knows how much there is to do."""

    def render(self, task: Task) -> Text:
        """Return what is shown of a step."""
        return Text("") if task.total is None else Text.assemble("left ", super().render(task))
