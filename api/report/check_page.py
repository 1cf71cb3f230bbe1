"""Checks of a model file as one self-contained page of HTML."""

from fastapi.responses import HTMLResponse

from api.pages import page
from bim.ingest import Examination

# Whatever a name in the file contains, the page executes and loads nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def check_page(found: Examination) -> HTMLResponse:
    """Return what was found as a self-contained page."""
    answer = page("check.html", found=found, document=found.json(), title=f"{found.json()['file']} · 模型检查 check")
    answer.headers["Content-Security-Policy"] = _POLICY
    return answer
