"""Cold tiles: each answer is made by PostGIS."""

import gzip
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import check
import peers
from contest import Contest, Contestant
from meter import meter
from pgbench import Pgbench, Statement, statement_of
from programs import Running
from stage import Stage
from walk import ZOOM, Walk, whole_extent
from wrk import Load

RAW, RAW_MORE = "same statement, pgbench -c 2", "same statement, pgbench -c 8"
OURS, GZIP = "onemap-twin", "onemap-twin, gzip"
TIPG, TIPG_FAVOURED = "tipg, its defaults", "tipg, our 3857 column and attributes"
# Both web processes have all their four database connections busy, and some requests wait.
CONNECTIONS = 16


@dataclass(frozen=True)
class Tiles:
    """The contents of the tiles: numbers of features and bytes."""

    count: int
    empty: int
    features_median: float
    features_most: int
    bytes_median: float
    bytes_most: int
    gzip_bytes_median: float


@dataclass(frozen=True)
class Cold:
    """Everything measured of cold tiles."""

    contest: Contest
    tiles: Tiles
    findings: list[str]


@dataclass(frozen=True)
class Field:
    """What all contestants have in common."""

    stage: Stage
    walk: Walk
    statement: Statement

    def ours(self, web: Running, headers: tuple[str, ...] = ()) -> Contestant:
        """Return our application."""
        paths = [peers.our_path(x, y, self.walk.zoom) for x, y in self.walk.tiles()]
        load = Load(web.url, write_lines(self.stage.folder / "ours.txt", paths), CONNECTIONS, headers)
        return Contestant(load.run, meter(web.pid), self.stage.postgres_meter())

    def raw(self, clients: int) -> Contestant:
        """Return the bare statement."""
        script = write_lines(self.stage.folder / f"tile{clients}.sql", [self.statement.script(self.walk, clients)])
        conninfo = self.stage.database.reader_conninfo()
        bench = Pgbench(self.stage.program("pgbench"), conninfo, script, self.statement.values, clients)
        return Contestant(bench.run, None, self.stage.postgres_meter())

    def rival(self, server: Running, query: str) -> Contestant:
        """Return tipg, which gets this query with each tile."""
        paths = [peers.tipg_path(x, y, self.walk.zoom, query) for x, y in self.walk.tiles()]
        file = write_lines(self.stage.folder / f"tipg{len(query)}.txt", paths)
        run = Load(server.url, file, CONNECTIONS).run
        return Contestant(run, meter(server.pid), self.stage.postgres_meter())


def cold(stage: Stage, rounds: int, seconds: float) -> Cold:
    """Let our application, pgbench and tipg make the same tiles in turn."""
    walk, limit = whole_extent(), stage.cluster.settings.tile_features
    field = Field(stage, walk, statement_of(stage.layer, ZOOM, limit))
    contest = Contest("cold")
    with ExitStack() as stack:
        web = stack.enter_context(peers.ours(stage, "cold", cache_bytes=0).running())
        rival = stack.enter_context(peers.tipg(stage, limit + 1).running()) if peers.tipg_version() else None
        findings = check.same_tiles(stage, field.statement, walk, web, rival)
        tiles = _survey(field)
        contest.run(_contestants(field, web, rival), rounds, seconds)
    return Cold(contest, tiles, findings)


def write_lines(file: Path, lines: list[str]) -> Path:
    """Write lines to a file and return it."""
    file.write_text("".join(f"{line}\n" for line in lines))
    return file


def _contestants(field: Field, web: Running, rival: Running | None) -> dict[str, Contestant]:
    contestants = {
        RAW: field.raw(2),
        RAW_MORE: field.raw(8),
        OURS: field.ours(web),
        GZIP: field.ours(web, ("Accept-Encoding: gzip",)),
    }
    if rival is not None:
        columns = [column.name for column in field.stage.layer.tile_columns(field.walk.zoom)]
        contestants[TIPG] = field.rival(rival, "")
        contestants[TIPG_FAVOURED] = field.rival(rival, peers.tipg_favoured(columns))
    return contestants


def _survey(field: Field) -> Tiles:
    """Read every tile of the walk once; it fills PostgreSQL's memory, too."""
    results = check.run_statement(field.stage, field.statement, field.walk.tiles())
    features, sizes = [tile.features for tile in results], [len(tile.body) for tile in results]
    zipped = [len(gzip.compress(tile.body, 4, mtime=0)) for tile in results[:100]]
    return Tiles(
        len(results), sizes.count(0), median(features), max(features), median(sizes), max(sizes), median(zipped)
    )
