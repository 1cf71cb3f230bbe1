"""Checks of a model file as one self-contained page of HTML."""

from collections.abc import Mapping
from typing import Any

from fastapi.responses import HTMLResponse

from api.pages import page

# Whatever a name in the file contains, the page executes and loads nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def check_page(document: Mapping[str, Any]) -> HTMLResponse:
    """Return what an examination found, as JSON, as a self-contained page in both languages."""
    answer = page("check.html", document=document, title=f"{document['file']} · 模型检查 check")
    answer.headers["Content-Security-Policy"] = _POLICY
    return answer
