"""Reports on quality as one self-contained page of HTML."""

from fastapi.responses import HTMLResponse

from api.pages import page
from api.report.quality_map import quality_map
from api.report.svg import to_svg
from layers.intake import Report

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def quality_page(reports: list[Report], title: str) -> HTMLResponse:
    """Return the reports as a self-contained page."""
    drawn = [(report, report.json(), quality_map(report)) for report in reports]
    shown = [(report, document, None if drawing is None else to_svg(drawing)) for report, document, drawing in drawn]
    answer = page("quality.html", reports=shown, title=title)
    answer.headers["Content-Security-Policy"] = _POLICY
    return answer
