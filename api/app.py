"""The application: an outer dispatcher that gives tile paths to the tile application, and FastAPI for all else."""

import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from api import errors, routes
from api.app_state import AppState, build_app_state, open_app_state
from api.caching import cached_for
from api.documents import HEADLESS
from api.guard import Guard
from api.identity import EXPIRED_COOKIE
from api.metrics import REQUESTS, SECONDS, count_tile
from api.rasters import Rasters
from layers.errors import TwinError
from layers.ops import open_database
from layers.registry import on_shelf
from layers.settings import Settings
from layers.store import Database
from tiles.app import RequestHooks, TileApp, parse_path
from tiles.raster.app import RasterTileApp
from tiles.raster.request import parse_raster_path
from twin.runs.calculate import Shelf
from twin.scenarios import scenarios as all_scenarios

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
# By which of its headers a request has a body.
_BODY = {b"content-length", b"transfer-encoding"}


class Application:
    """The whole server as one ASGI application; ``api`` is its FastAPI part."""

    def __init__(self, app_state: AppState) -> None:
        """Serve from this state."""
        self.app_state = app_state
        self.api = _build_api(app_state)
        hooks = RequestHooks(app_state.identity.of, errors.problem, count_tile)
        self._guard = Guard(app_state, on_shelf(routes, "ROUTER", APIRouter))
        self._tiles = TileApp(app_state.tiles, app_state.registry, hooks, app_state.settings.tile_layers)
        self._rasters = RasterTileApp(app_state.rasters, Rasters(app_state.pool).find, hooks)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            tile = parse_path(scope["path"])
            if tile is not None:
                await self._tiles(scope, send, tile)
                return
            raster = parse_raster_path(scope["path"])
            if raster is not None:
                await self._rasters(scope, send, raster)
                return
        if scope["type"] == "http":
            await self._timed(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self.api(scope, receive, send)

    async def _socket(self, scope: Message, receive: Receive, send: Send) -> None:
        """Open a socket that the guard admits."""
        try:
            self._guard.admit_socket(scope)
        except TwinError as error:
            await errors.respond(error, scope["path"])(scope, receive, send)
            return
        await self.api(scope, receive, send)

    async def _guarded(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer what the guard admits; what it refuses is answered without reading on."""
        try:
            admitted = await self._guard.admit(scope, receive)
        except Exception as error:
            status, headers, body = errors.problem(error, scope["path"])
            # Else the server would read the rest of the body to find the next request behind it.
            closing = [(b"connection", b"close")] if _BODY & {name for name, _ in scope["headers"]} else []
            await send({"type": "http.response.start", "status": status, "headers": [*headers, *closing]})
            await send({"type": "http.response.body", "body": body})
            return
        await self.api(scope, admitted, send)

    async def _timed(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer by FastAPI, and count by the route's pattern, so that no client can make new labels."""
        started = time.perf_counter()
        status = 500
        headless = scope["method"] == "HEAD"
        if headless:
            # What GET answers, without its body.
            scope = {**scope, "method": "GET", HEADLESS: True}

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = cached_for(scope["headers"], message["headers"])
                if self.app_state.identity.is_stale(scope["headers"]):
                    message["headers"].append(EXPIRED_COOKIE)
            elif headless:
                message["body"] = b""
            await send(message)

        await self._guarded(scope, receive, watched)
        route = getattr(scope.get("route"), "path", "unknown")
        REQUESTS.labels(route, str(status)).inc()
        SECONDS.labels(route).observe(time.perf_counter() - started)


def create_app(
    settings: Settings | None = None, database: Database | None = None, scenarios: Shelf = all_scenarios
) -> Application:
    """Return the application; without arguments it reads the environment and opens the database it names."""
    settings = settings or Settings()
    return Application(build_app_state(settings, database or open_database(settings), scenarios))


def _build_api(app_state: AppState) -> FastAPI:
    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with open_app_state(app_state):
            yield

    api = FastAPI(
        title="onemap-twin",
        summary="统一时空底图与数字孪生 · the spatio-temporal base map and digital twin of a city district",
        version=version("onemap-twin"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    api.state.app_state = app_state
    errors.install(api)
    api.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    for router in on_shelf(routes, "ROUTER", APIRouter):
        api.include_router(router)
    return api
