"""Shapes made in processes of their own, so that native code that crashes costs one shape and not the server."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bim.formats.ifc import worker
from bim.formats.ifc.frames import Frame, Shape, read_frame
from layers.errors import SourceError, Unavailable

Rule = Literal["shape.crashed", "shape.timed_out", "shape.missing", "shape.too_large", "shape.incomplete"]
WORKER = Path(worker.__file__)
# A process that takes fewer shapes than this does not pay for its start.
_FEWEST_SHAPES = 24
# A process that has closed its output may take so long to write down what it died of; seconds.
_LEAVE_S = 30.0
# One that ends on opening a file may have been ended by somebody else; again and again is the file's fault.
_FALSE_STARTS = 2


@dataclass(frozen=True)
class Work:
    """Products of a file whose shapes are wanted, in chunks; one step may take ``patience_s`` seconds."""

    path: Path
    chunks: tuple[tuple[int, ...], ...]
    most_triangles: int
    processes: int = 1
    patience_s: float = 300.0
    kernel: str = worker.KERNEL
    worker: Path = WORKER

    def start(self) -> "subprocess.Popen[bytes]":
        """Start a process for it."""
        told = [str(self.path), self.kernel, str(self.most_triangles), str(self.patience_s)]
        # -P: a folder that the program happens to lie in or to be started from is no place of libraries.
        try:
            return subprocess.Popen(
                [sys.executable, "-P", str(self.worker), *told],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,
            )
        except PermissionError as error:
            program = os.path.realpath(sys.executable)
            raise Unavailable(
                f"no process can be started that makes shapes: this user may not run {program}; install Python where "
                "that user can read it (not in root's home), or load the model as root: twin bim load"
            ) from error


@dataclass(frozen=True, eq=False)
class Made:
    """A shape of a product in its place; ``matrix`` (4, 4) takes it to the frame of the model, metres."""

    product: int
    shape: Shape
    matrix: NDArray[np.float64]


@dataclass(frozen=True)
class Failure:
    """Why a product has no shape, or one not to be trusted (shape.incomplete, which comes beside the shape)."""

    product: int
    rule: Rule
    detail: str = ""


def tessellate(work: Work) -> Iterator[Made | Failure]:
    """Yield one outcome for each product of the chunks, in no order; raises SourceError when none can be made."""
    pool = _Pool(work, deque(work.chunks))
    try:
        yield from pool.outcomes()
    finally:
        pool.stop()


@dataclass(eq=False)
class _Child:
    """One process, and what is left of the chunk that it is at."""

    process: "subprocess.Popen[bytes]"
    ready: bool = False
    chunk: tuple[int, ...] = ()
    waiting: set[int] = field(default_factory=set)
    made: set[int] = field(default_factory=set)
    complaints: dict[int, str] = field(default_factory=dict)
    shape: Shape | None = None

    def give(self, chunk: tuple[int, ...]) -> None:
        """Send it a chunk; that it has died meanwhile is seen when it is read."""
        self.chunk, self.waiting, self.made, self.complaints = chunk, set(chunk), set(), {}
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(f"{' '.join(map(str, chunk))}\n".encode())  # type: ignore[union-attr]

    def read(self) -> Frame | None:
        """Return its next frame, or None when it has ended."""
        return read_frame(self.process.stdout)  # type: ignore[arg-type]

    def end(self) -> None:
        """End it."""
        self.process.kill()
        self.status()

    def status(self) -> int:
        """Return how it ended."""
        try:
            status = self.process.wait(_LEAVE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        return status


@dataclass(eq=False)
class _Pool:
    """Processes at work on chunks; one that dies leaves its chunk, whose halves are then done apart."""

    work: Work
    chunks: deque[tuple[int, ...]]
    children: set[_Child] = field(default_factory=set)
    suspects: set[int] = field(default_factory=set)
    false_starts: int = 0
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def outcomes(self) -> Iterator[Made | Failure]:
        """Yield what becomes of each product."""
        while self.chunks or any(child.chunk for child in self.children):
            self._employ(max(1, self.work.processes))
            for key, _ in self.selector.select():
                yield from self._hear(key.data)

    def stop(self) -> None:
        """End all processes."""
        for child in self.children:
            child.end()
        self.selector.close()

    def _employ(self, most: int) -> None:
        """Give chunks to those who have none, and start more while there is work."""
        for child in self.children:
            if self.chunks and not child.chunk:
                child.give(self.chunks.popleft())
        while self.chunks and len(self.children) < most:
            child = _Child(self.work.start())
            self.children.add(child)
            self.selector.register(child.process.stdout, selectors.EVENT_READ, child)  # type: ignore[arg-type]
            child.give(self.chunks.popleft())

    def _hear(self, child: _Child) -> Iterator[Made | Failure]:
        """Take in one frame of a process, or its end."""
        frame = child.read()
        if frame is None:
            yield from self._bury(child)
        elif frame.kind == worker.READY:
            child.ready = True
        elif frame.kind == worker.BROKEN:
            raise SourceError(str(self.work.path), f"no shape can be made: {frame.text}")
        elif frame.kind == worker.COMPLAINT:
            child.complaints.setdefault(frame.product, frame.text)
        elif frame.kind == worker.DONE:
            yield from _left_over(child)
            child.chunk = ()
        else:
            child.waiting.discard(frame.product)
            yield _outcome(child, frame)

    def _bury(self, child: _Child) -> Iterator[Failure]:
        """Find out whose fault it was that a process ended."""
        self.selector.unregister(child.process.stdout)  # type: ignore[arg-type]
        self.children.remove(child)
        status = child.status()
        if not child.ready:
            self._start_again(child, status)
            return
        guilty = child.waiting if status == -signal.SIGALRM else child.waiting & self.suspects
        if len(child.chunk) == 1 and guilty:
            rule: Rule = "shape.timed_out" if status == -signal.SIGALRM else "shape.crashed"
            yield Failure(child.chunk[0], rule, _ended(status))
        else:
            # Somebody else may have ended it: whoever is alone when it happens again is the cause.
            self.suspects |= child.waiting
            left = tuple(number for number in child.chunk if number in child.waiting)
            half = (len(left) + 1) // 2
            self.chunks.extendleft(filter(None, (left[half:], left[:half])))

    def _start_again(self, child: _Child, status: int) -> None:
        """Put back the chunk of a process that has not even opened the file, a few times."""
        self.false_starts += 1
        if self.false_starts > _FALSE_STARTS:
            raise SourceError(str(self.work.path), f"the process that makes shapes {_ended(status)} on opening it")
        self.chunks.appendleft(child.chunk)


def _outcome(child: _Child, frame: Frame) -> Made | Failure:
    if frame.kind == worker.TOO_LARGE:
        return Failure(frame.product, "shape.too_large", str(frame.triangles))
    if frame.kind == worker.FAILED:
        return Failure(frame.product, "shape.missing", frame.text)
    # One that comes again is the one before, in another place.
    child.shape = frame.shape or child.shape
    child.made.add(frame.product)
    if child.shape is None or frame.matrix is None:
        raise ValueError(f"a frame of kind {frame.kind!r} without a shape")
    return Made(frame.product, child.shape, frame.matrix)


def _left_over(child: _Child) -> Iterator[Failure]:
    """Yield the products of a chunk done for which nothing came, and those whose shape lacks a part."""
    for number in sorted(child.waiting):
        yield Failure(number, "shape.missing")
    for number in sorted(child.complaints.keys() & child.made):
        yield Failure(number, "shape.incomplete", child.complaints[number])
    child.waiting.clear()


def processes_for(shapes: int, wanted: int = 0) -> int:
    """Return how many processes pay for so many shapes; ``wanted``, if it is given."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, wanted or min(cores, -(-shapes // _FEWEST_SHAPES)))


def _ended(status: int) -> str:
    """Return how a process ended, for a sentence."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"
