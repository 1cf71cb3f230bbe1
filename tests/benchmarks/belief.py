"""Belief: snapshots under four writers compared with ``as_of``, and the cost of the transaction log per edit."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Any

import psycopg
from concurrent_edits import WRITERS, Snapshot, distance, editing, look, take_snapshot
from report import machine
from stage import Stage

HEADING = "## Belief"
_PAUSES_S = (0.0, 0.05, 0.2)
_ROWS = 2_000
_EDITS = 200
_FILL = (
    "INSERT INTO onemap.stations (name, geom) SELECT 'x', ST_SetSRID(ST_Point(121.5 + n * 1e-5, 31.2), 4490)"
    " FROM generate_series(1, %s) AS n RETURNING fid"
)
_EDIT = "UPDATE onemap.stations SET name = %s WHERE fid = %s"
_OFF = "CREATE OR REPLACE FUNCTION onemap.enter_edit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"


@dataclass
class Cost:
    """Milliseconds of an edit that is a transaction, with the log and without it, round by round."""

    logged: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    def text(self) -> str:
        """Return the medians of both, and the increase by the log: the median of the rounds' ratios."""
        increase = 100 * (median(one / bare for one, bare in zip(self.logged, self.bare, strict=True)) - 1)
        return f"{median(self.logged):.2f} ms with the log, {median(self.bare):.2f} ms without it ({increase:+.1f} %)"


@dataclass(frozen=True)
class Belief:
    """The number of snapshots, how many differed from ``as_of`` at once and later, and the cost of an edit."""

    conditions: dict[str, str]
    transactions: int
    snapshots: int
    instants: int
    differing: int
    changed: int
    farthest_ms: float
    alone: Cost
    crowd: Cost

    def text(self) -> str:
        """Return the section of the report."""
        return "\n".join(_lines(self)) + "\n"

    def as_json(self) -> dict[str, Any]:
        """Return everything that was measured."""
        return asdict(self)


def belief(stage: Stage, seconds: float, rounds: int) -> Belief:
    """Let writers edit while snapshots are taken; each is compared with ``as_of`` at once, and at the end again."""
    snapshots, differing = [], 0
    with psycopg.connect(stage.database.reader_conninfo(), autocommit=True) as reader:
        until = time.monotonic() + seconds
        with editing(stage.database) as writers:
            while time.monotonic() < until:
                snapshot = take_snapshot(reader, pause_s=_PAUSES_S[len(snapshots) % len(_PAUSES_S)])
                if snapshot is not None:
                    snapshots.append(snapshot)
                    differing += _differs(reader, snapshot)
        changed = sum(_differs(reader, snapshot) for snapshot in snapshots)
        farthest = max(distance(reader, snapshot).total_seconds() for snapshot in snapshots)
    alone, crowd = _costs(stage, rounds)
    return Belief(
        {"date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "machine": machine()},
        sum(writer.committed for writer in writers),
        len(snapshots),
        len({snapshot.committed for snapshot in snapshots}),
        differing,
        changed,
        farthest * 1000,
        alone,
        crowd,
    )


def _differs(reader: psycopg.Connection, snapshot: Snapshot) -> bool:
    return look(reader, snapshot.committed) != snapshot.seen


def _costs(stage: Stage, rounds: int) -> tuple[Cost, Cost]:
    """Edit with the log and without it in turn, by one connection and by several at once."""
    alone, crowd = Cost(), Cost()
    with ExitStack() as stack:
        writers = [
            stack.enter_context(psycopg.connect(stage.database.writer_conninfo(), autocommit=True))
            for _ in range(WRITERS)
        ]
        fids = [[row[0] for row in writer.execute(_FILL, [_ROWS // WRITERS]).fetchall()] for writer in writers]
        owner = stack.enter_context(stage.superuser())
        row = owner.execute("SELECT pg_get_functiondef('onemap.enter_edit'::regproc)").fetchone()
        definitions = {True: str(row[0]) if row else "", False: _OFF}
        pool = stack.enter_context(ThreadPoolExecutor(WRITERS))
        for number in range(2 * rounds):
            logged = number % 4 in {0, 3}
            owner.execute(definitions[logged].encode())
            (alone.logged if logged else alone.bare).append(_edit(writers[0], fids[0], number))
            times = list(pool.map(_edit, writers, fids, [number] * WRITERS))
            (crowd.logged if logged else crowd.bare).append(sum(times) / WRITERS)
        owner.execute(definitions[True].encode())
    return alone, crowd


def _edit(writer: psycopg.Connection, fids: list[int], number: int) -> float:
    """Return the milliseconds of one edit."""
    for fid in fids[:20]:
        writer.execute(_EDIT, [f"first {number}", fid], prepare=True)
    start = time.perf_counter()
    for count in range(_EDITS):
        writer.execute(_EDIT, [f"{number}-{count}", fids[count % len(fids)]], prepare=True)
    return (time.perf_counter() - start) / _EDITS * 1000


def _lines(result: Belief) -> Iterator[str]:
    yield from (HEADING, "", "Made by `make bench ARGS=belief`.", "")
    yield from (f"- {name}: {value}" for name, value in result.conditions.items())
    yield ""
    yield (
        f"While {WRITERS} connections committed {result.transactions:,} transactions of several statements, "
        f"{result.snapshots:,} snapshots (REPEATABLE READ) were taken, with {result.instants:,} last commits."
    )
    yield ""
    yield f"- other rows, items or tile by `as_of` of that commit: {result.differing} at once, {result.changed} later"
    yield f"- farthest from the instant of a snapshot to one that answers alike: {result.farthest_ms:.1f} ms"
    yield f"- an edit by one connection: {result.alone.text()}"
    yield f"- an edit by {WRITERS} connections at once: {result.crowd.text()}"
