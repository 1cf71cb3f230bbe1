"""Reports of runs, and the damages by which they are judged after the storm."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Response

from api.authorise import authorise
from api.body import TheBody, documented, json_of
from api.deps import Number, TheAppState, ThePrincipal, TheVisit
from api.documents import document
from api.links import JSON
from api.report.page import report_page
from api.scenes import run_url, scenario_of
from layers.access import require
from layers.query import parse_limit
from twin.runs import damages, record
from twin.runs.after_action import judged
from twin.runs.ground_plan import ground_plan
from twin.runs.report import gather

ROUTER = APIRouter(tags=["reports"])
PDF = "application/pdf"
_MOST = 200
_PATH = "/scenarios/{scenario_id}/runs/{number}"


class ReportParameters:
    """Which form of a report is wanted."""

    def __init__(
        self,
        f: Annotated[Literal["html", "json", "pdf"] | None, Query(description="form; html for a browser")] = None,
        lang: Annotated[Literal["zh", "en"], Query(description="which language comes first")] = "zh",
        limit: Annotated[str | None, Query(description="objects in the table and on the map")] = None,
    ) -> None:
        """Take them from the address."""
        self.form = f
        self.language = lang
        self.objects = parse_limit(limit, _MOST, 20)


TheParameters = Annotated[ReportParameters, Depends()]


@ROUTER.get(f"{_PATH}/report", summary="The report of a run")
def report(scenario_id: str, number: Number, visit: TheVisit, parameters: TheParameters) -> Response:
    """Return warnings, findings, tasks and, once damages were reported, how well the run predicted them.

    A page for people, a PDF for paper, or JSON; owners, phones and remarks are for those who may see them.
    """
    app_state, principal = visit.app_state, visit.principal
    decision = require(principal, "read", "scenarios")
    scenario = scenario_of(app_state, scenario_id)
    run = record.get(app_state.database, number, scenario.id)
    gathered = gather(app_state.database, scenario, run, decision, parameters.objects)
    form = parameters.form or ("html" if visit.html else "json")
    if form == "json":
        return _private(document(gathered.json()))
    plan = ground_plan(app_state.database, app_state.registry, run, principal)
    if form == "html":
        return _private(report_page(gathered, plan, app_state.registry, parameters.language))
    # reportlab takes a while to import, and most processes never print.
    from api.report.pdf import report_pdf

    answer = Response(report_pdf(gathered, plan, app_state.registry, parameters.language), media_type=PDF)
    name = quote(f"{gathered.title.zh}-{run.id}.pdf")
    answer.headers["Content-Disposition"] = f"inline; filename=\"run-{run.id}.pdf\"; filename*=UTF-8''{name}"
    return _private(answer)


@ROUTER.post(
    f"{_PATH}/damages",
    summary="Report damages after a storm",
    status_code=201,
    openapi_extra=documented(JSON, description="a list of damages: lon, lat, kind, time (RFC 3339), text"),
)
def report_damages(
    scenario_id: str, number: Number, visit: TheVisit, response: Response, body: TheBody
) -> dict[str, Any]:
    """Store damages, all or none, by which the run is evaluated; duplicates are stored once."""
    app_state, principal = visit.app_state, visit.principal
    authorise(app_state, principal, "write", "scenarios", {"damages": number})
    run = damages.require_done(record.get(app_state.database, number, scenario_of(app_state, scenario_id).id))
    reported = damages.read_damages(json_of(body), run)
    new = damages.keep(app_state.database, run, reported, principal.name)
    response.headers["Location"] = f"{run_url(visit.base, run)}/report"
    decision = require(principal, "read", "scenarios")
    with app_state.database.reader.connect() as connection:
        judgement = judged(connection, run, decision)
    return {"new": new, "known": len(reported) - new, "after_action": None if judgement is None else judgement.json()}


@ROUTER.delete(
    f"{_PATH}/damages/{{damage}}",
    summary="Remove a reported damage",
    status_code=204,
    responses={204: {"description": "it is removed"}},
)
def take_damage_back(
    scenario_id: str, number: Number, damage: Number, app_state: TheAppState, principal: ThePrincipal
) -> Response:
    """Remove a damage that was reported by mistake."""
    authorise(app_state, principal, "write", "scenarios", {"damages": number, "delete": damage})
    damages.remove(
        app_state.database, record.get(app_state.database, number, scenario_of(app_state, scenario_id).id), damage
    )
    return Response(status_code=204)


def _private(answer: Response) -> Response:
    """Mark the response as private to this reader, and as subject to change."""
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Vary"] = "Authorization, Cookie, Accept"
    return answer
