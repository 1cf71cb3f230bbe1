"""The page at /viewer: our own template around a pydeck deck, since pydeck's loads from third-party servers."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pydeck
from jinja2 import Environment, PackageLoader, Template, select_autoescape

from api.viewer.deck import deck
from api.viewer.files import files

STATIC = Path(str(resources.files("api.viewer") / "static"))
KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
# MapLibre's worker is a blob; deck and MapLibre place their canvases by inline style.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; worker-src 'self' blob:; child-src 'self' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)


def page(catalog: Mapping[str, Any]) -> str:
    """Return the viewer's HTML for what this reader may see."""
    data = {"deck": _script_json(deck(catalog)), "catalog": _script_json(catalog)}
    words = {"files": files(), "vendor_version": pydeck.__version__, "static": _static()}
    return _template("page.html").render(data | words)


def linked_page() -> str:
    """Return the HTML of two viewers that move as one."""
    return _template("linked.html").render(static=_static())


def static_files() -> dict[str, Path]:
    """Return the page's modules, style sheets and texts by name."""
    return {path.name: path for path in STATIC.iterdir() if path.suffix in KINDS}


def static_version() -> str:
    """Return a short name of the state of all of them: modules import each other, so they change together."""
    digest = hashlib.sha256()
    for name, path in sorted(static_files().items()):
        stat = path.stat()
        digest.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:12]


def _static() -> str:
    """Return the folder of the files in the page's addresses: its name changes with them, so that they can be kept."""
    return f"/viewer/static/{static_version()}"


def vendor_script() -> Path:
    """Return pydeck's bundle of deck.gl and MapLibre, as it came in its wheel."""
    return Path(pydeck.__file__).parent / "nbextension" / "static" / "index.js"


@cache
def _template(name: str) -> Template:
    loader = PackageLoader("api.viewer", "templates")
    return Environment(loader=loader, autoescape=select_autoescape(["html"]), trim_blocks=True).get_template(name)


def _script_json(value: Any) -> str:
    """Return JSON that no name in the data can end early: inside <script>, `<` is written as an escape."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
