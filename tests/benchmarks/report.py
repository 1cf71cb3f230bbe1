"""The report of the benchmark: text for people, and the same figures as JSON."""

import os
import platform
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cold as cold_tiles
import peers
import warm as warm_tiles
from cold import Cold
from contest import Contest
from stage import Stage
from warm import Warm


@dataclass(frozen=True)
class Report:
    """One run of the benchmark; cold or warm may have been left out."""

    conditions: dict[str, str]
    cold: Cold | None
    warm: Warm | None

    def text(self) -> str:
        """Return the report as Markdown."""
        return "\n".join(self._lines()) + "\n"

    def as_json(self) -> dict[str, Any]:
        """Return everything that was measured."""
        contests = ([self.cold.contest] if self.cold else []) + (self.warm.contests if self.warm else [])
        return {
            "conditions": self.conditions,
            "tiles": asdict(self.cold.tiles) if self.cold else None,
            "findings": self.cold.findings if self.cold else [],
            "contests": {
                contest.title: {name: [asdict(speed) for speed in speeds] for name, speeds in contest.speeds.items()}
                for contest in contests
            },
        }

    def _lines(self) -> Iterator[str]:
        yield from ("# Benchmarks", "", "Made by `make bench`.", "")
        yield from (f"- {name}: {value}" for name, value in self.conditions.items())
        if self.cold:
            yield from _cold_lines(self.cold)
        if self.warm:
            yield from _warm_lines(self.warm)


def conditions(stage: Stage, buildings: int, rounds: int, seconds: float) -> dict[str, str]:
    """Return the conditions of this run."""
    with stage.reader() as connection:
        row = connection.execute(
            "SELECT current_setting('server_version'), postgis_lib_version(), postgis_geos_version(),"
            " current_setting('shared_buffers'), current_setting('fsync')"
        ).fetchone()
    if row is None:
        raise RuntimeError("the server did not return its version")
    postgres, postgis, geos, buffers, fsync = row
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "machine": machine(),
        "PostgreSQL": f"{postgres}, PostGIS {postgis}, GEOS {geos}; shared_buffers {buffers}, fsync {fsync}",
        "programs": f"onemap-twin {version('onemap-twin')}, Python {platform.python_version()},"
        f" uvicorn {version('uvicorn')}, psycopg {version('psycopg')},"
        f" tipg {peers.tipg_version() or 'is not installed (pip install onemap-twin[bench])'},"
        f" {_version_line('nginx', '-v')}, {_version_line('wrk', '-v').split(' [')[0]}",
        "data": f"{buildings:,} generated buildings in onemap.buildings, all current",
        "rounds": f"{rounds} of {seconds:g} s (warm: {seconds / 2:g} s) for each contestant,"
        " in alternating order; loopback only;"
        f" every server has {peers.WORKERS} workers; the load generator runs on the same cores",
    }


def machine() -> str:
    """Return the machine and its load."""
    busy = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, {_processor()}, {_memory_gb():.0f} GB; load average before: {busy:.2f}"


def _cold_lines(cold: Cold) -> Iterator[str]:
    tiles = cold.tiles
    yield from ("", "## Cold tiles at zoom 14", "")
    yield (
        f"{tiles.count} tiles ({tiles.empty} empty), visited in one shuffled order; {tiles.features_median:,.0f} "
        f"features (median; most {tiles.features_most:,}), {tiles.bytes_median / 1000:,.1f} kB (median; most "
        f"{tiles.bytes_most / 1000:,.1f} kB), {tiles.gzip_bytes_median / 1000:,.1f} kB gzipped (median). No cache; "
        f"{cold_tiles.CONNECTIONS} HTTP connections; identity encoding unless gzip is named."
    )
    yield from ("", *_table(cold.contest, cold_tiles.RAW, "× the raw statement"))
    yield ""
    yield from (f"- {finding}" for finding in cold.findings)
    if cold_tiles.TIPG in cold.contest.speeds:
        for rival in (cold_tiles.TIPG, cold_tiles.TIPG_FAVOURED):
            ratio = cold.contest.ratio(cold_tiles.OURS, rival)
            yield f"- onemap-twin / {rival}: {ratio.median:.2f} ({ratio.least:.2f} to {ratio.most:.2f})"
        yield (
            "- tipg transforms the EPSG:4490 geometry of each row and sends all columns by default; its limit of "
            "10,000 features is raised to ours, and its periodic scan of the table is off"
        )
    yield "- pgbench takes its rows as text, in which a tile has twice its bytes; the application takes them as binary"


def _warm_lines(warm: Warm) -> Iterator[str]:
    yield from ("", "## Warm tiles", "")
    yield (
        f"From the cache, whose entries are checked against the database for each request; {warm_tiles.CONNECTIONS} "
        f"connections; one tile of {warm.one_bytes / 1000:.1f} kB, or {warm_tiles.MIX} tiles of "
        f"{warm.mix_bytes / 1000:.1f} kB on average. nginx sends the same bytes from open files."
    )
    for contest in warm.contests:
        yield from ("", f"### {contest.title.removeprefix('warm, ')}", "")
        yield from _table(contest, warm_tiles.NGINX, "× nginx")


def _table(contest: Contest, base: str, heading: str) -> Iterator[str]:
    columns = "p50 ms | p99 ms | CPU ms per answer: server | PostgreSQL"
    yield f"| contestant | answers/s | {heading} (least to most) | {columns} |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for name in contest.speeds:
        ratio, figures = contest.ratio(name, base), contest.middle(name)
        ratio_text = "1" if name == base else f"{ratio.median:.2f} ({ratio.least:.2f} to {ratio.most:.2f})"
        cells = [f"{figures['per_s']:,.1f}", ratio_text, *(_cell(figures[key], 2) for key in ("p50_ms", "p99_ms"))]
        cells += [_cell(figures[key], 3) for key in ("server_ms", "postgres_ms")]
        yield f"| {name} | {' | '.join(cells)} |"


def _cell(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _version_line(*command: str) -> str:
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    return (process.stdout + process.stderr).strip().splitlines()[0].removeprefix("nginx version: ")
