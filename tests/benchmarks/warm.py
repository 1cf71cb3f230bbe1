"""Warm tiles: answers from memory, beside the same bytes as static files of nginx."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import check
import peers
from cold import write_lines
from contest import Contest, Contestant
from meter import meter
from pgbench import statement_of
from programs import Running, fetch
from stage import Stage
from walk import ZOOM, whole_extent
from wrk import Load

OURS, NGINX = "onemap-twin", "nginx, static files"
CONNECTIONS = 64
WANTED_BYTES = 10_000
MIX = 100


@dataclass(frozen=True)
class Warm:
    """The measurements of warm tiles: a contest for one tile, for a mix, and for tiles that the client already has."""

    contests: list[Contest]
    one_bytes: int
    mix_bytes: float


@dataclass(frozen=True)
class StoredTile:
    """One tile that both servers have: its name in the path, and its bytes."""

    x: int
    y: int
    body: bytes

    @property
    def ours(self) -> str:
        return peers.our_path(self.x, self.y, ZOOM)

    @property
    def file(self) -> str:
        return f"/{self.x}-{self.y}.mvt"


def warm(stage: Stage, rounds: int, seconds: float) -> Warm:
    """Let our application and nginx serve the same bytes in turn."""
    mix = _choose(stage)
    one = min(mix, key=lambda tile: abs(len(tile.body) - WANTED_BYTES))
    _write_static(stage.folder / "static", mix)
    contests = []
    with ExitStack() as stack:
        web = stack.enter_context(peers.ours(stage, "warm").running())
        static = stack.enter_context(peers.nginx(stage.folder).running())
        _check(mix, web, static)
        parts = ((_one_title(one), [one], False), ("mix of tiles", mix, False), ("answers 304", mix, True))
        for title, tiles, conditional in parts:
            contest = Contest(f"warm, {title}")
            contest.run(_contestants(stage, tiles, (web, static), conditional), rounds, seconds)
            contests.append(contest)
    return Warm(contests, len(one.body), sum(len(tile.body) for tile in mix) / len(mix))


def _one_title(one: StoredTile) -> str:
    return f"one tile of {len(one.body) / 1000:.1f} kB"


def _choose(stage: Stage) -> list[StoredTile]:
    """Return the tiles whose size is nearest to ``WANTED_BYTES``."""
    statement = statement_of(stage.layer, ZOOM, stage.cluster.settings.tile_features)
    places = whole_extent().tiles()
    tiles = [
        StoredTile(*place, tile.body)
        for place, tile in zip(places, check.run_statement(stage, statement, places), strict=True)
        if tile.body
    ]
    return sorted(tiles, key=lambda tile: abs(len(tile.body) - WANTED_BYTES))[:MIX]


def _write_static(folder: Path, tiles: list[StoredTile]) -> None:
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    (folder / "ready.mvt").write_bytes(b"-")
    for tile in tiles:
        (folder / tile.file[1:]).write_bytes(tile.body)


def _check(tiles: list[StoredTile], web: Running, static: Running) -> None:
    for tile in tiles:
        if not fetch(web.url + tile.ours).body == fetch(static.url + tile.file).body == tile.body:
            raise RuntimeError(f"tile {tile.x}, {tile.y}: the two servers do not have the same bytes")


def _contestants(
    stage: Stage, tiles: list[StoredTile], servers: tuple[Running, Running], conditional: bool
) -> dict[str, Contestant]:
    web, static = servers
    ours = _load(stage, web, [tile.ours for tile in tiles], conditional)
    files = _load(stage, static, [tile.file for tile in tiles], conditional)
    return {
        OURS: Contestant(ours.run, meter(web.pid), stage.postgres_meter()),
        NGINX: Contestant(files.run, meter(static.pid)),
    }


def _load(stage: Stage, server: Running, paths: list[str], conditional: bool) -> Load:
    lines = [f"{path} {_etag(server, path)}" if conditional else path for path in paths]
    file = write_lines(stage.folder / f"warm-{server.pid}-{len(paths)}-{conditional}.txt", lines)
    return Load(server.url, file, CONNECTIONS)


def _etag(server: Running, path: str) -> str:
    etag = fetch(server.url + path).headers["etag"]
    if fetch(server.url + path, {"If-None-Match": etag}).status != 304:
        raise RuntimeError(f"{server.url}{path} does not answer 304 to its own entity tag")
    return etag
