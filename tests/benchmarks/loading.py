"""Loading: buildings in GeoParquet by ``twin load``, beside ogr2ogr, GeoDataFrame.to_postgis and bare COPY."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fabric
import geopandas
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from psycopg import Connection
from report import machine
from sqlalchemy import DefaultClause, MetaData, Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable
from stage import BATCH, LAYER, Stage
from timing import Seconds

from layers.store.engine import conninfo
from layers.store.tables import feature_table

HEADING = "## Loading"
OURS, OGR, FRAME, LIMIT = (
    "twin load, GeoParquet",
    "ogr2ogr, FlatGeobuf",
    "GeoDataFrame.to_postgis, GeoParquet",
    "bare binary COPY, then indexes",
)
_ARROW = {"text": pa.string(), "float4": pa.float32(), "int4": pa.int32(), "bool": pa.bool_()}
_LEFT_OUT = {"dataset", "source_crs", "geom", "valid"}
_READ_FRAME = (
    "import sys, geopandas, sqlalchemy; "
    "geopandas.read_parquet(sys.argv[1]).to_postgis('frame', sqlalchemy.create_engine(sys.argv[2]), schema='bench')"
)


@dataclass(frozen=True)
class Loading:
    """One run: seconds of each contestant from start to end of its program, and what was checked."""

    conditions: dict[str, str]
    rows: int
    seconds: dict[str, Seconds]
    findings: list[str]

    def text(self) -> str:
        """Return the section of the report."""
        return "\n".join(_lines(self)) + "\n"

    def as_json(self) -> dict[str, Any]:
        """Return everything that was measured."""
        return asdict(self)


def loading(stage: Stage, rows: int, rounds: int) -> Loading:
    """Let all contestants load the same buildings into empty tables, round after round."""
    files = _files(stage.folder, rows)
    with stage.superuser() as connection:
        connection.execute("CREATE SCHEMA bench")
        contestants = _contestants(stage, connection, *files)
        each: dict[str, list[float]] = {name: [] for name in contestants}
        findings: list[str] = []
        for number in range(rounds):
            for name in list(contestants) if number % 2 == 0 else list(reversed(contestants)):
                _clear(connection)
                each[name].append(_timed(contestants[name]))
                print(f"  loading, round {number + 1} of {rounds}: {name} {each[name][-1]:.1f} s", flush=True)
                _require_all(connection, name, rows)
                findings = _findings(connection) if name == OURS else findings
    return Loading(_conditions(rounds), rows, {name: Seconds(tuple(times)) for name, times in each.items()}, findings)


def _contestants(stage: Stage, connection: Connection, parquet: Path, flat: Path) -> dict[str, Callable[[], object]]:
    url = stage.cluster.superuser_url()
    twin = [str(Path(sys.executable).with_name("twin")), "load", str(parquet), "--layer", LAYER]
    home = {"TWIN_HOME": str(stage.folder / "home")}
    ogr = ["ogr2ogr", "-f", "PostgreSQL", f"PG:{conninfo(url)}", str(flat), "-nln", "bench.ogr"]
    contestants: dict[str, Callable[[], object]] = {OURS: lambda: _run(twin, home)}
    if shutil.which("ogr2ogr"):
        contestants[OGR] = lambda: _run(ogr)
    contestants[FRAME] = lambda: _run([sys.executable, "-c", _READ_FRAME, str(parquet), url])
    ready = list(_ready_rows(parquet))
    contestants[LIMIT] = lambda: _bare(connection, stage, ready)
    return contestants


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    process = subprocess.run(
        command, env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=False
    )
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {process.stderr.strip()[-500:]}")


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _clear(connection: Connection) -> None:
    """Remove everything that was loaded before, without triggers, which would keep it as history."""
    connection.execute("DROP TABLE IF EXISTS bench.ogr, bench.frame, bench.bare")
    connection.execute("SET session_replication_role = replica")
    connection.execute(f"TRUNCATE onemap.{LAYER}, onemap.{LAYER}_history, onemap.coverage, onemap.dataset CASCADE")
    connection.execute("SET session_replication_role = origin")
    connection.execute("CHECKPOINT")


def _require_all(connection: Connection, name: str, rows: int) -> None:
    table = {OURS: f"onemap.{LAYER}", OGR: "bench.ogr", FRAME: "bench.frame", LIMIT: "bench.bare"}[name]
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # type: ignore[arg-type]
    if row is None or row[0] != rows:
        raise RuntimeError(f"{name} left {row} rows, not {rows}")


def _findings(connection: Connection) -> list[str]:
    """Check the result of ``twin load``: the rows are versioned, and a tile is made of them by an index."""
    tile = f"""
        SELECT count(*) FROM onemap.{LAYER}
        WHERE geom_3857 && ST_TileEnvelope(14, 13726, 6694) AND valid @> now() AND hidden_by IS NULL
    """
    plan = "\n".join(row[0] for row in connection.execute(f"EXPLAIN {tile}"))  # type: ignore[arg-type]
    indexes = connection.execute(
        "SELECT count(*) FROM pg_indexes WHERE schemaname = 'onemap' AND tablename = %s", [LAYER]
    ).fetchone()
    slices = connection.execute(
        f"SELECT count(*), count(*) FILTER (WHERE upper_inf(valid) AND upper_inf(recorded)) FROM onemap.{LAYER}"  # type: ignore[arg-type]
    ).fetchone()
    return [
        f"after twin load: {indexes[0] if indexes else 0} indexes; of {slices[0] if slices else 0:,} rows "
        f"{slices[1] if slices else 0:,} have open valid and recorded times",
        f"a tile of zoom 14 is found {'by an index' if 'Index' in plan or 'Bitmap' in plan else 'WITHOUT an index'}",
    ]


def _files(folder: Path, rows: int) -> tuple[Path, Path]:
    """Write the buildings as GeoParquet and, the same rows, as FlatGeobuf."""
    parquet, flat = write_parquet(folder / "buildings.parquet", rows), folder / "buildings.fgb"
    geopandas.read_parquet(parquet).to_file(flat, driver="FlatGeobuf")
    return parquet, flat


def write_parquet(path: Path, rows: int) -> Path:
    """Write so many buildings as GeoParquet, and return the file."""
    names = [name for name in fabric.COLUMNS if name not in _LEFT_OUT]
    kinds = dict(zip(fabric.COLUMNS, fabric.TYPES, strict=True))
    geo = {"encoding": "WKB", "geometry_types": ["MultiPolygon"]}
    about = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": geo}}
    fields = [*(pa.field(name, _ARROW[kinds[name]]) for name in names), pa.field("geometry", pa.binary())]
    schema = pa.schema(fields).with_metadata({"geo": json.dumps(about)})
    with pq.ParquetWriter(path, schema) as writer:
        for batch in fabric.batches(rows, BATCH):
            records = [dict(zip(fabric.COLUMNS, row, strict=True)) for row in fabric.rows(batch, None)]
            columns = [pa.array([row[name] for row in records], _ARROW[kinds[name]]) for name in names]
            shapes = shapely.set_srid(shapely.from_wkb([row["geom"] for row in records]), 0)
            writer.write_table(pa.table([*columns, pa.array(shapely.to_wkb(shapes), pa.binary())], schema=schema))
    return path


def _ready_rows(parquet: Path) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows ready to be bound, so that reading the file is not measured."""
    for batch in pq.ParquetFile(parquet).iter_batches(batch_size=BATCH):
        yield list(zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _bare(connection: Connection, stage: Stage, ready: list[list[tuple[Any, ...]]]) -> None:
    """Copy ready rows into a table like ours without indexes, then make all of ours."""
    table = _bare_table(stage)
    connection.execute(str(CreateTable(table).compile(dialect=_dialect())))  # type: ignore[arg-type]
    names = [name for name in fabric.COLUMNS if name not in _LEFT_OUT]
    kinds = dict(zip(fabric.COLUMNS, fabric.TYPES, strict=True))
    with (
        connection.transaction(),
        connection.cursor() as cursor,
        cursor.copy(f"COPY bench.bare ({', '.join(names)}, geom) FROM STDIN (FORMAT binary)".encode()) as copy,
    ):
        copy.set_types([*(kinds[name] for name in names), "bytea"])
        for rows in ready:
            for row in rows:
                copy.write_row(row)
    for index in sorted(table.indexes, key=lambda each: str(each.name)):
        connection.execute(str(CreateIndex(index).compile(dialect=_dialect())))  # type: ignore[arg-type]


def _bare_table(stage: Stage) -> Table:
    ours = feature_table(stage.layer)
    table = ours.to_metadata(MetaData(), schema="bench", name="bare")
    # As a bulk load has it: no slice is under the constraint on overlaps.
    table.c.sole_slice.server_default = DefaultClause(text("true"))
    for index in table.indexes:
        index.name = f"bare_{index.name}"
    return table


def _dialect() -> Any:
    return postgresql.dialect()  # type: ignore[no-untyped-call]


def _conditions(rounds: int) -> dict[str, str]:
    ogr_version = "no ogr2ogr"
    if shutil.which("ogr2ogr"):
        ogr_version = subprocess.run(["ogr2ogr", "--version"], capture_output=True, text=True, check=True).stdout
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "machine": machine(),
        "programs": f"{ogr_version.split(',')[0]}, GeoPandas {geopandas.__version__}, pyarrow {pa.__version__}",
        "rounds": f"{rounds} in alternating order; the best one counts, the worst stands in brackets",
    }


def _lines(result: Loading) -> Iterator[str]:
    yield from (HEADING, "", "Made by `make bench ARGS=load`.", "")
    yield from (f"- {name}: {value}" for name, value in result.conditions.items())
    yield ""
    yield (
        f"The same {result.rows:,} generated buildings, from the start of a program to its end, into an empty table. "
        "Ours have two geometries, two times, provenance, rules and search; the others one geometry and one index."
    )
    yield from ("", "| contestant | s | × ogr2ogr |", "|---|---:|---:|")
    base = result.seconds.get(OGR)
    for name, seconds in result.seconds.items():
        ratio = "–" if base is None else f"{seconds.best / base.best:.2f}"
        yield f"| {name} | {seconds.best:.1f} ({seconds.worst:.1f}) | {ratio} |"
    yield ""
    yield from (f"- {finding}" for finding in result.findings)
