"""The bare ASGI application of the raster tiles.

Paths: ``/rasters/{id}/tiles/{z}/{x}/{y}.png`` or ``.webp``, ``/rasters/{id}/terrain/{z}/{x}/{y}.png`` and
``/rasters/{id}/tiles/WebMercatorQuad/{z}/{row}/{col}`` (OGC 20-057).
"""

from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from layers.access import Principal
from layers.raster import Raster
from layers.temporal import When
from tiles.app import Answer, Headers, RequestHooks, Scope, Send, common_headers, matches
from tiles.raster.picture import KINDS
from tiles.raster.request import RasterPath, drawing_of, parse_request
from tiles.raster.server import RasterServer, etag_of

# Finds a raster in its state at a time, as far as somebody may see it; raises NotFound.
Find = Callable[[Principal, str, When], Awaitable[Raster]]


class RasterTileApp:
    """Serves raster tiles as an ASGI application."""

    def __init__(self, server: RasterServer, find: Find, hooks: RequestHooks) -> None:
        """Serve what ``find`` finds."""
        self._server = server
        self._find = find
        self._hooks = hooks

    async def __call__(self, scope: Scope, send: Send, path: RasterPath) -> None:
        """Answer one request whose path was taken apart."""
        try:
            status, headers, body = await self._answer(scope, path)
        except Exception as error:
            status, headers, body = self._hooks.problem(error, scope["path"])
        self._hooks.count(status, len(body))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _answer(self, scope: Scope, path: RasterPath) -> Answer:
        principal = await self._hooks.principal_of(scope["headers"])
        request = parse_request(path, scope["query_string"])
        raster = await self._find(principal, unquote(path.raster), request.when)
        drawing = drawing_of(request, raster)
        etag = etag_of(raster, drawing)
        headers: Headers = [*common_headers((), principal), (b"etag", f'"{etag}"'.encode())]
        if matches(dict(scope["headers"]).get(b"if-none-match"), etag):
            return 304, headers, b""
        body = await self._server.tile(raster, drawing)
        kind = [(b"content-type", KINDS[drawing.form]), (b"content-length", str(len(body)).encode())]
        return 200, [*headers, *kind], body
