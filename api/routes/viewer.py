"""The map page, its modules, and the bundle of deck.gl and MapLibre that comes in pydeck's wheel."""

import gzip
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse

from api.catalogue import catalogue_json
from api.deps import BaseUrl, TheAppState, ThePrincipal
from api.rasters import Rasters
from api.viewer.page import (
    CONTENT_SECURITY_POLICY,
    KINDS,
    linked_page,
    page,
    static_files,
    static_version,
    vendor_script,
)
from api.viewer.style import style
from layers.errors import NotFound

ROUTER = APIRouter(tags=["viewer"])
_GUARD = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "X-Content-Type-Options": "nosniff"}
_ASK_AGAIN = {"Cache-Control": "no-cache"}
# The address carries the version of what it answers, which so never changes.
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


@ROUTER.get("/viewer", summary="The map", response_class=HTMLResponse)
async def viewer(app_state: TheAppState, principal: ThePrincipal) -> Response:
    """Return the map page, compiled from the layers that you may see."""
    entries = await app_state.catalogue.entries(app_state.registry, principal)
    rasters = await Rasters(app_state.pool).all(principal)
    return HTMLResponse(
        page(catalogue_json(entries, principal, rasters)), headers=_GUARD | {"Cache-Control": "no-store"}
    )


@ROUTER.get("/viewer/linked", summary="Two maps that move as one", response_class=HTMLResponse)
def linked() -> Response:
    """Return a page with two maps, beside each other or under a divider; its address names what each shows."""
    return HTMLResponse(linked_page(), headers=_GUARD | _ASK_AGAIN)


@ROUTER.get(
    "/viewer/static/{version}/{name}", summary="A module, style sheet or text of the page", response_class=FileResponse
)
async def static(version: str, name: str) -> Response:
    """Return one file of the page's own folder; a browser keeps it, as the page asks for others by another version."""
    files = static_files()
    if name not in files:
        raise NotFound(f"the viewer has no file {name!r}")
    return _file(files[name], _FOR_EVER if version == static_version() else _ASK_AGAIN)


@ROUTER.get("/viewer/vendor/pydeck.js", summary="deck.gl and MapLibre", response_class=FileResponse)
def vendor(request: Request) -> Response:
    """Return the bundle from pydeck's wheel, gzipped for clients that accept it: 1 of 4 MB."""
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return _file(vendor_script(), _FOR_EVER)
    packed = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(_packed_vendor(), media_type=KINDS[".js"], headers=_FOR_EVER | packed)


@ROUTER.get("/viewer/style.json", summary="The map's style for other MapLibre clients")
async def map_style(app_state: TheAppState, principal: ThePrincipal, base: BaseUrl) -> dict[str, Any]:
    """Return a MapLibre style of the layers that you may see."""
    entries = await app_state.catalogue.entries(app_state.registry, principal)
    rasters = await Rasters(app_state.pool).all(principal)
    return style(catalogue_json(entries, principal, rasters), base)


@cache
def _packed_vendor() -> bytes:
    return gzip.compress(vendor_script().read_bytes(), mtime=0)


def _file(path: Path, headers: dict[str, str]) -> Response:
    return FileResponse(path, media_type=KINDS[path.suffix], headers=headers)
