"""The bare ASGI application of the tiles: the hot path, before any framework.

Paths: ``/tiles/{id}[,{id}…]/{z}/{x}/{y}.mvt`` and
``/collections/{id}/tiles/WebMercatorQuad/{z}/{row}/{col}`` (OGC 20-057). Both take ``datetime`` and ``as_of``.
``/collections/{id}/grid/tiles/{z}/{x}/{y}.mvt`` has the cells of a grid: ``grid``, ``level``, ``measure``, ``sum``.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from psycopg import OperationalError
from psycopg.errors import QueryCanceled
from psycopg_pool import PoolTimeout

from layers.access import Decision, Principal, readable
from layers.errors import ParameterError
from layers.registry import Registry
from layers.temporal import now, parse_when
from tiles.address import TILE_MATRIX_SET, Address, parse_address
from tiles.grid import PARAMETERS, parse_measure, require_room
from tiles.server import MVT, Part, Tile, TileRequest, TileServer, etag_header

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
Answer = tuple[int, Headers, bytes]

_SUFFIXES = (".mvt", ".pbf")
_PLANS = 4096


@dataclass(frozen=True)
class RequestHooks:
    """What the tile application shares with every other route: who asks, how errors look, what is counted."""

    principal_of: Callable[[Headers], Awaitable[Principal]]
    problem: Callable[[Exception, str], Answer]
    count: Callable[[int, int], None]


@dataclass(frozen=True)
class TilePath:
    """A tile path taken apart; the numbers are still text."""

    ids: str
    z: str
    x: str
    y: str
    gridded: bool = False


def parse_path(path: str) -> TilePath | None:
    """Return the parts of a tile path, or None when it is another path."""
    parts = path.split("/")
    if len(parts) == 6 and parts[1] == "tiles" and parts[5].endswith(_SUFFIXES):
        return TilePath(parts[2], parts[3], parts[4], parts[5][:-4])
    if len(parts) == 8 and parts[1] == "collections" and parts[3] == "tiles" and parts[4] == TILE_MATRIX_SET:
        return TilePath(parts[2], parts[5], parts[7], parts[6])
    if (
        len(parts) == 8
        and parts[1] == "collections"
        and parts[3:5] == ["grid", "tiles"]
        and parts[7].endswith(_SUFFIXES)
    ):
        return TilePath(parts[2], parts[5], parts[6], parts[7][:-4], gridded=True)
    return None


@dataclass(frozen=True)
class Plan:
    """Which layers a request gets and what every answer says, for each principal, list of layers and zoom."""

    parts: tuple[Part, ...]
    common: Headers


class TileApp:
    """Serves tile paths as an ASGI application."""

    def __init__(self, server: TileServer, registry: Registry, hooks: RequestHooks, most_layers: int) -> None:
        """Serve the layers of ``registry``; one request may name ``most_layers``."""
        self._server = server
        self._registry = registry
        self._hooks = hooks
        self._most_layers = most_layers
        self._plans: dict[tuple[object, ...], Plan] = {}

    async def __call__(self, scope: Scope, send: Send, path: TilePath) -> None:
        """Answer one request whose path was taken apart."""
        try:
            status, headers, body = await self._answer_on_living_connections(scope, path)
        except Exception as error:
            status, headers, body = self._hooks.problem(error, scope["path"])
        self._hooks.count(status, len(body))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _answer_on_living_connections(self, scope: Scope, path: TilePath) -> Answer:
        """Answer, a second time where the first came upon a connection that had died."""
        try:
            return await self._answer(scope, path)
        except (QueryCanceled, PoolTimeout):
            # Waiting once more would not be answered sooner.
            raise
        except OperationalError:
            await self._server.drop_dead_connections()
            return await self._answer(scope, path)

    async def _answer(self, scope: Scope, path: TilePath) -> Answer:
        headers = dict(scope["headers"])
        principal = await self._hooks.principal_of(scope["headers"])
        address = parse_address(path.z, path.x, path.y)
        if path.gridded:
            request, common = self._gridded(path, address, principal, scope["query_string"])
        else:
            plan = self._plan(path.ids, address, principal)
            request, common = _tile_request(plan.parts, address, scope["query_string"]), plan.common
        if not request.parts:
            return 204, common, b""
        keys = await self._server.keys(request)
        cached = self._server.cached(request, keys)
        tile = await self._server.tile(request, keys) if cached is None else cached
        if matches(headers.get(b"if-none-match"), tile.etag):
            return 304, [*common, etag_header(tile.etag)], b""
        return _respond(tile, common, headers.get(b"accept-encoding", b""))

    def _gridded(
        self, path: TilePath, address: Address, principal: Principal, query: bytes
    ) -> tuple[TileRequest, Headers]:
        """Return what a tile of one layer on a grid takes; the layer's own zooms do not bind its cells."""
        layer, decision = readable(self._registry, principal, unquote(path.ids))
        measure = parse_measure(layer, decision, _parse_query(query))
        require_room(measure, address)
        parts = (Part(layer, decision, measure),)
        return _tile_request(parts, address, query, PARAMETERS), common_headers((), principal)

    def _plan(self, ids: str, address: Address, principal: Principal) -> Plan:
        key = (ids, address.z, principal, self._registry.generation)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._make_plan(ids, address.z, principal)
            if len(self._plans) >= _PLANS:
                self._plans.clear()
            self._plans[key] = plan
        return plan

    def _make_plan(self, ids: str, zoom: int, principal: Principal) -> Plan:
        names = unquote(ids).split(",")
        if len(names) > self._most_layers:
            raise ParameterError(
                "layers", f"{len(names)} layers in one tile are too many; {self._most_layers} is the most"
            )
        if len(set(names)) != len(names):
            raise ParameterError("layers", f"{unquote(ids)!r} names a layer twice")
        chosen: list[tuple[Any, Decision]] = [readable(self._registry, principal, name) for name in names]
        omitted = tuple(f"{layer.id}; minzoom={layer.minzoom}" for layer, _ in chosen if zoom < layer.minzoom)
        parts = tuple(Part(layer, decision) for layer, decision in chosen if zoom >= layer.minzoom)
        return Plan(parts, common_headers(omitted, principal))


def _parse_query(query: bytes) -> dict[str, str]:
    return dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))


def _tile_request(
    parts: tuple[Part, ...], address: Address, query: bytes, own: frozenset[str] = frozenset()
) -> TileRequest:
    """Return what is wanted; ``own`` are parameters of the route besides the times."""
    if not query:
        return TileRequest(parts, address, now(), explicit=False)
    parameters = _parse_query(query)
    unknown = parameters.keys() - {"datetime", "as_of", "v", "f"} - own
    if unknown:
        allowed = ", ".join(["datetime", "as_of", *sorted(own)])
        raise ParameterError(min(unknown), f"tiles do not have this parameter; they take {allowed}")
    when = parse_when(parameters.get("datetime"), parameters.get("as_of"))
    return TileRequest(parts, address, when, explicit="datetime" in parameters or "as_of" in parameters)


def common_headers(omitted: tuple[str, ...], principal: Principal) -> Headers:
    """Return the headers that every answer has; caches may keep tiles, and have to ask whether they still hold."""
    access = b"public, no-cache" if principal.is_anonymous else b"private, no-cache"
    headers = [(b"cache-control", access), (b"vary", b"accept-encoding, authorization, cookie")]
    if omitted:
        headers.append((b"twin-omitted", ", ".join(omitted).encode()))
    return headers


def matches(header: bytes | None, etag: str) -> bool:
    """Tell whether an If-None-Match header has the entity tag."""
    if header is None:
        return False
    return header.strip() == b"*" or any(tag.strip().strip(b'W/"') == etag.encode() for tag in header.split(b","))


def _respond(tile: Tile, common: Headers, accepted: bytes) -> Answer:
    if not tile.body:
        return 204, [*common, *tile.headers], b""
    if b"gzip" not in accepted:
        return 200, [*common, *tile.plain_headers], tile.body
    body = tile.gzipped
    encoding = [(b"content-type", MVT), (b"content-encoding", b"gzip"), (b"content-length", str(len(body)).encode())]
    return 200, [*common, *tile.headers, *encoding], body
