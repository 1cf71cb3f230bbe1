"""A swap beside an open reader: what others wait for while a bulk load cannot put its table in place."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from loading import write_parquet
from report import machine
from stage import LAYER, Stage

HEADING = "## Swap"
# As many as the bulk path asks for, and some before them, which it has to copy.
ROWS, ROWS_BEFORE = 60_000, 5_000
_READ = (
    f"SELECT fid, name, height_m, geom FROM onemap.{LAYER}"
    " WHERE geom && ST_MakeEnvelope(121.50, 31.23, 121.51, 31.24, 4490) LIMIT 100"
)
_ASKING = (
    "SELECT FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    " AND (query LIKE 'LOCK TABLE%' OR query LIKE '%lock_timeout%')"
)
_START_LIMIT_S, _END_LIMIT_S = 120.0, 120.0


@dataclass(frozen=True)
class Waits:
    """Milliseconds of statements, one after the other by one connection."""

    count: int
    median_ms: float
    p95_ms: float
    longest_ms: float

    def text(self) -> str:
        """Return it in words."""
        return (
            f"median {self.median_ms:.2f} ms, p95 {self.p95_ms:.2f} ms, longest {self.longest_ms:.0f} ms "
            f"({self.count:,} statements)"
        )


@dataclass(frozen=True)
class Swap:
    """What reads took before a load, and while it waited for a reader who had the table open."""

    conditions: dict[str, str]
    seconds: float
    quiet: Waits
    blocked: Waits
    finished_s: float
    rows: int

    def text(self) -> str:
        """Return the section of the report."""
        return "\n".join(_lines(self)) + "\n"

    def as_json(self) -> dict[str, Any]:
        """Return everything that was measured."""
        return asdict(self)


def swap(stage: Stage, seconds: float) -> Swap:
    """Let a bulk load wait ``seconds`` for an open reader, and time what other readers do meanwhile."""
    stage.load(ROWS_BEFORE)
    parquet = write_parquet(stage.folder / "others.parquet", ROWS)
    with stage.reader() as reader, psycopg.connect(stage.database.reader_conninfo()) as opened:
        quiet = _timed(reader, seconds / 3)
        opened.execute(_READ).fetchall()
        with _load(stage, parquet, seconds) as load:
            _await_request(stage, load)
            blocked = _timed(reader, seconds)
            opened.rollback()
            begun = time.perf_counter()
            if load.wait(_END_LIMIT_S):
                raise RuntimeError(f"the load ended with {load.returncode}")
            finished_s = time.perf_counter() - begun
        row = reader.execute(f"SELECT count(*) FROM onemap.{LAYER}".encode()).fetchone()
    measured_under = {"date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "machine": machine()}
    return Swap(measured_under, seconds, quiet, blocked, finished_s, row[0] if row else 0)


def _load(stage: Stage, parquet: Path, seconds: float) -> "subprocess.Popen[bytes]":
    command = [str(Path(sys.executable).with_name("twin")), "load", str(parquet), "--layer", LAYER]
    limit = f"{seconds + _START_LIMIT_S:.0f}"
    environment = {**os.environ, "TWIN_HOME": str(stage.folder / "home"), "TWIN_SWAP_LIMIT_S": limit}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _await_request(stage: Stage, load: "subprocess.Popen[bytes]") -> None:
    """Return when the load has asked for the table's lock for the first time."""
    until = time.monotonic() + _START_LIMIT_S
    with stage.superuser() as connection:
        while time.monotonic() < until and load.poll() is None:
            if connection.execute(_ASKING).fetchone() is not None:
                return
            time.sleep(0.002)
    raise RuntimeError("the load never asked for the table")


def _timed(reader: psycopg.Connection, seconds: float) -> Waits:
    times = []
    until = time.perf_counter() + seconds
    while (begun := time.perf_counter()) < until:
        reader.execute(_READ, prepare=True).fetchall()
        times.append((time.perf_counter() - begun) * 1000)
    times.sort()
    return Waits(len(times), times[len(times) // 2], times[int(len(times) * 0.95)], times[-1])


def _lines(swap: Swap) -> Iterator[str]:
    yield from (HEADING, "", "Made by `make bench ARGS=swap`.", "")
    yield from (f"- {name}: {value}" for name, value in swap.conditions.items())
    yield ""
    yield (
        f"A bulk load of {ROWS:,} rows waited {swap.seconds:g} s for a reader who had the table open in a transaction; "
        "another connection read a hundred rows at a time."
    )
    yield ""
    yield f"- quiet: {swap.quiet.text()}"
    yield f"- beside the waiting load: {swap.blocked.text()}"
    yield f"- p95 beside it / quiet: {swap.blocked.p95_ms / swap.quiet.p95_ms:.2f}"
    yield f"- the load ended {swap.finished_s:.1f} s after the reader, {swap.rows:,} rows in the table"
