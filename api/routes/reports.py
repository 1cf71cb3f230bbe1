"""Reports of runs, and the damages by which they are judged after the storm."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Response

from api.admission import admit
from api.body import TheBody, documented, json_of
from api.deps import Number, TheHouse, ThePrincipal, TheVisit
from api.documents import document
from api.links import JSON
from api.report.page import report_page
from api.scenes import run_url, scenario_of
from layers.access.decide import require
from layers.query.items import parse_limit
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


TheWanted = Annotated[ReportParameters, Depends()]


@ROUTER.get(f"{_PATH}/report", summary="The report of a run")
def report(scenario_id: str, number: Number, visit: TheVisit, wanted: TheWanted) -> Response:
    """Return what was warned, found, done and, once damages were reported, how well it had been foreseen.

    A page for people, a PDF for paper, or JSON; owners, phones and remarks are for those who may see them.
    """
    house, principal = visit.house, visit.principal
    decision = require(principal, "read", "scenarios")
    scenario = scenario_of(house, scenario_id)
    run = record.get(house.database, number, scenario.id)
    found = gather(house.database, scenario, run, decision, wanted.objects)
    form = wanted.form or ("html" if visit.html else "json")
    if form == "json":
        return _private(document(found.json()))
    plan = ground_plan(house.database, house.registry, run, principal)
    if form == "html":
        return _private(report_page(found, plan, house.registry, wanted.language))
    # reportlab takes a while to import, and most processes never print.
    from api.report.pdf import report_pdf

    answer = Response(report_pdf(found, plan, house.registry, wanted.language), media_type=PDF)
    name = quote(f"{found.title.zh}-{run.id}.pdf")
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
    """Keep damages, all or none, by which the run is judged; one that is known already is kept once."""
    house, principal = visit.house, visit.principal
    admit(house, principal, "write", "scenarios", {"damages": number})
    run = damages.require_done(record.get(house.database, number, scenario_of(house, scenario_id).id))
    stated = damages.read_damages(json_of(body), run)
    new = damages.keep(house.database, run, stated, principal.name)
    response.headers["Location"] = f"{run_url(visit.base, run)}/report"
    decision = require(principal, "read", "scenarios")
    with house.database.reader.connect() as connection:
        found = judged(connection, run, decision)
    return {"new": new, "known": len(stated) - new, "after_action": None if found is None else found.json()}


@ROUTER.delete(
    f"{_PATH}/damages/{{damage}}",
    summary="Take a reported damage back",
    status_code=204,
    responses={204: {"description": "it is taken back"}},
)
def take_damage_back(
    scenario_id: str, number: Number, damage: Number, house: TheHouse, principal: ThePrincipal
) -> Response:
    """Remove a damage that was reported by mistake."""
    admit(house, principal, "write", "scenarios", {"damages": number, "delete": damage})
    damages.remove(house.database, record.get(house.database, number, scenario_of(house, scenario_id).id), damage)
    return Response(status_code=204)


def _private(answer: Response) -> Response:
    """Say that the answer is for this reader, and may change with the next deed."""
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Vary"] = "Authorization, Cookie, Accept"
    return answer
