"""Pages for people: the same documents as JSON, as HTML."""

from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(), undefined=StrictUndefined
)


def page(template: str, **values: Any) -> HTMLResponse:
    """Return a template filled with values; everything in them is escaped."""
    return HTMLResponse(_ENVIRONMENT.get_template(template).render(**values))
