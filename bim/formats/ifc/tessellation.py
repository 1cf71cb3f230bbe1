"""Shapes made in processes of their own, so that native code that crashes costs one shape and not the server."""

import contextlib
import os
import selectors
import signal
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bim.formats.ifc import worker
from bim.formats.ifc.forkserver import Forked, ForkServer, ServerLost
from bim.formats.ifc.frames import Frame, Shape, read_frame
from layers.errors import SourceError

Rule = Literal["shape.crashed", "shape.timed_out", "shape.missing", "shape.too_large", "shape.incomplete"]
WORKER = Path(worker.__file__)
# A process that takes fewer shapes than this does not pay for itself.
_FEWEST_SHAPES = 24
# A server that ends on opening a file may have been ended by somebody else; again and again is the file's fault.
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

    def start(self) -> ForkServer:
        """Start the program that forks the processes."""
        return ForkServer.start(self.worker, self.path, self.kernel, self.most_triangles, self.patience_s)


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


def tessellate(work: Work, server: ForkServer | None = None) -> Iterator[Made | Failure]:
    """Yield one outcome for each product of the chunks, in no order; raises SourceError when none can be made.

    ``server`` is one that was started for it already; it is ended with the others.
    """
    pool = _Pool(work, deque(work.chunks), server)
    try:
        yield from pool.outcomes()
    finally:
        pool.stop()


@dataclass(eq=False)
class _Child:
    """One process, and what is left of the chunk that it is at."""

    process: Forked
    chunk: tuple[int, ...] = ()
    waiting: set[int] = field(default_factory=set)
    made: set[int] = field(default_factory=set)
    complaints: dict[int, str] = field(default_factory=dict)
    shape: Shape | None = None

    def give(self, chunk: tuple[int, ...]) -> None:
        """Send it a chunk; that it has died meanwhile is seen when it is read."""
        self.chunk, self.waiting, self.made, self.complaints = chunk, set(chunk), set(), {}
        with contextlib.suppress(BrokenPipeError):
            self.process.orders.write(f"{' '.join(map(str, chunk))}\n".encode())

    def read(self) -> Frame | None:
        """Return its next frame, or None when it has ended."""
        return read_frame(self.process.frames)


@dataclass(eq=False)
class _Pool:
    """Processes at work on chunks; one that dies leaves its chunk, whose halves are then done apart."""

    work: Work
    chunks: deque[tuple[int, ...]]
    server: ForkServer | None = None
    children: set[_Child] = field(default_factory=set)
    suspects: set[int] = field(default_factory=set)
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
            child.process.kill()
            child.process.close()
        if self.server is not None:
            self.server.close()
        self.selector.close()

    def _employ(self, most: int) -> None:
        """Give chunks to those who have none, and fork more while there is work."""
        for child in self.children:
            if self.chunks and not child.chunk:
                child.give(self.chunks.popleft())
        while self.chunks and len(self.children) < most:
            child = _Child(self._fork())
            self.children.add(child)
            self.selector.register(child.process.frames, selectors.EVENT_READ, child)
            child.give(self.chunks.popleft())

    def _fork(self) -> Forked:
        """Return a new process, of a new server where the one that there was is lost."""
        for _ in range(_FALSE_STARTS + 1):
            self.server = self.server or self.work.start()
            try:
                return self.server.fork()
            except ServerLost:
                status = self._lose()
        raise SourceError(str(self.work.path), f"the process that makes shapes {_ended(status)} on opening it")

    def _lose(self) -> int:
        """Forget the server, and return how it ended."""
        server, self.server = self.server, None
        return 0 if server is None else server.close()

    def _hear(self, child: _Child) -> Iterator[Made | Failure]:
        """Take in one frame of a process, or its end."""
        frame = child.read()
        if frame is None:
            yield from self._bury(child)
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
        self.selector.unregister(child.process.frames)
        self.children.remove(child)
        status = child.process.status()
        child.process.close()
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
