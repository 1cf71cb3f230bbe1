"""The map page, its modules, and the bundle of deck.gl and MapLibre that comes in pydeck's wheel."""

from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, HTMLResponse

from api.catalogue import catalogue_json
from api.deps import TheHouse, ThePrincipal
from api.viewer.page import CONTENT_SECURITY_POLICY, STATIC, page, vendor_script
from layers.errors import NotFound

ROUTER = APIRouter(tags=["viewer"])
_KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_ASK_AGAIN = {"Cache-Control": "no-cache"}
# The address carries pydeck's version, so what it answers never changes.
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


@ROUTER.get("/viewer", summary="The map", response_class=HTMLResponse)
async def viewer(house: TheHouse, principal: ThePrincipal) -> Response:
    """Return the map page, compiled from the layers that you may see."""
    entries = await house.catalogue.entries(house.registry, principal)
    guard = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "X-Content-Type-Options": "nosniff"}
    return HTMLResponse(page(catalogue_json(entries, principal)), headers=guard | {"Cache-Control": "no-store"})


@ROUTER.get("/viewer/static/{name}", summary="A module, style sheet or text of the page", response_class=FileResponse)
async def static(name: str) -> Response:
    """Return one file of the page; only what lies in its folder has a name here."""
    known = {path.name: path for path in STATIC.iterdir() if path.suffix in _KINDS}
    if name not in known:
        raise NotFound(f"the viewer has no file {name!r}")
    return _file(known[name], _ASK_AGAIN)


@ROUTER.get("/viewer/vendor/pydeck.js", summary="deck.gl and MapLibre", response_class=FileResponse)
async def vendor() -> Response:
    """Return the bundle out of pydeck's wheel."""
    return _file(vendor_script(), _FOR_EVER)


def _file(path: Path, headers: dict[str, str]) -> Response:
    return FileResponse(path, media_type=_KINDS[path.suffix], headers=headers)
