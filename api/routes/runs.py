"""Runs of hazard scenarios: asked for, followed, shown, cancelled, deleted."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from api.authorise import authorise
from api.body import TheBody, documented, json_of
from api.deps import BaseUrl, Number, TheAppState, ThePrincipal, TheVisit, Visit
from api.links import JSON, Link, link, with_query
from api.scenes import run_json, run_url, runs_json, scenario_of
from layers.access import require
from layers.query import parse_limit
from layers.temporal import rfc3339
from twin.hazard import Level
from twin.runs import record, store
from twin.runs.objects import Cursor, ObjectsQuery, object_json, objects_statement, parse_cursor, parse_level
from twin.runs.request import run_request
from twin.runs.tasks import task_json, tasks_statement

ROUTER = APIRouter(tags=["scenarios"])
_MOST_RUNS, _MOST = 200, 1000


class RunOptions:
    """Parameters of a run besides its request."""

    def __init__(
        self,
        title: Annotated[str | None, Query(description="what people call the run")] = None,
        parent: Annotated[int | None, Query(ge=1, lt=2**63, description="the run that it is compared with")] = None,
        show: Annotated[bool, Query(description="show it on the map once it is done")] = False,
    ) -> None:
        """Take them from the address."""
        self.title = title
        self.parent = parent
        self.show = show


@ROUTER.get("/scenarios/{scenario_id}/runs", summary="Runs of a scenario, the newest first")
def list_runs(
    scenario_id: str,
    visit: TheVisit,
    limit: Annotated[str | None, Query(description="most runs")] = None,
    before: Annotated[int | None, Query(ge=1, lt=2**63, description="only runs with lower numbers")] = None,
) -> dict[str, Any]:
    """Return the newest runs; ``next`` leads to older ones."""
    decision = require(visit.principal, "read", "scenarios")
    scenario = scenario_of(visit.app_state, scenario_id)
    most = parse_limit(limit, _MOST_RUNS, 20)
    newest = record.runs(visit.app_state.database, scenario.id, most + 1, before)
    shown = runs_json(visit.app_state, newest[:most], decision, visit.principal, visit.base)
    url = f"{visit.base}/scenarios/{scenario.id}/runs"
    following = {"before": str(newest[most - 1].id)} if len(newest) > most else None
    return {"runs": shown, "links": _page_links(url, visit, following)}


@ROUTER.post(
    "/scenarios/{scenario_id}/runs",
    summary="Ask for a run",
    status_code=202,
    openapi_extra=documented(JSON, description="the parameters that GET /scenarios/{scenario_id} describes"),
)
def start_run(
    scenario_id: str, visit: TheVisit, response: Response, body: TheBody, options: Annotated[RunOptions, Depends()]
) -> dict[str, Any]:
    """Put a run into the queue; the answer's Location tells how far it has come."""
    app_state, principal = visit.app_state, visit.principal
    scenario = scenario_of(app_state, scenario_id)
    authorise(app_state, principal, "write", "scenarios", {"start": scenario.id, "title": options.title})
    request = run_request(
        scenario, json_of(body), principal.name, title=options.title, parent=options.parent, show=options.show
    )
    run = record.create(app_state.database, request)
    response.headers["Location"] = run_url(visit.base, run)
    return run_json(app_state, run, require(principal, "read", "scenarios"), principal, visit.base)


@ROUTER.get("/scenarios/{scenario_id}/runs/{number}", summary="One run")
def show_run(
    scenario_id: str, number: Number, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl
) -> dict[str, Any]:
    """Return how far a run has come, and once it is done its summary, steps and layers."""
    decision = require(principal, "read", "scenarios")
    return run_json(app_state, _run(app_state, scenario_id, number), decision, principal, base)


@ROUTER.delete(
    "/scenarios/{scenario_id}/runs/{number}",
    summary="Cancel or delete a run",
    responses={202: {"description": "it is being cancelled"}, 204: {"description": "it is deleted"}},
)
def delete_run(
    scenario_id: str, number: Number, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl
) -> Response:
    """Cancel a run that waits or is being calculated (202); delete one that is over with all its results (204)."""
    authorise(app_state, principal, "write", "scenarios", {"delete": number})
    run = _run(app_state, scenario_id, number)
    if run.state in ("queued", "running"):
        record.stop(app_state.database, run)
        return Response(status_code=202, headers={"Location": run_url(base, run)})
    record.remove(app_state.database, app_state.scenarios_home, run)
    return Response(status_code=204)


@ROUTER.post("/scenarios/{scenario_id}/runs/{number}/show", summary="Show a run on the map")
def put_on_map(
    scenario_id: str, number: Number, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl
) -> dict[str, Any]:
    """Show this run in the layers of the scenario, replacing the one that they show."""
    authorise(app_state, principal, "write", "scenarios", {"show": number})
    store.show(app_state.database, _run(app_state, scenario_id, number).id)
    return show_run(scenario_id, number, app_state, principal, base)


@ROUTER.delete("/scenarios/{scenario_id}/runs/{number}/show", summary="Take a run off the map")
def take_off_map(
    scenario_id: str, number: Number, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl
) -> dict[str, Any]:
    """Stop showing this run in the layers of the scenario."""
    authorise(app_state, principal, "write", "scenarios", {"hide": number})
    store.hide(app_state.database, _run(app_state, scenario_id, number).id)
    return show_run(scenario_id, number, app_state, principal, base)


class ObjectsParameters:
    """Which objects of a run are wanted."""

    def __init__(
        self,
        limit: Annotated[str | None, Query(description="objects on a page")] = None,
        level: Annotated[str | None, Query(description="the least level: blue, yellow, orange, red")] = None,
        kind: Annotated[str | None, Query(description="facade, sign, tower_crane, …")] = None,
        after: Annotated[str | None, Query(description="cursor of a next link")] = None,
    ) -> None:
        """Take them from the address."""
        self.query = ObjectsQuery(
            parse_limit(limit, _MOST, 50),
            Level.NONE if level is None else parse_level(level),
            kind,
            None if after is None else parse_cursor(after),
        )


@ROUTER.get("/scenarios/{scenario_id}/runs/{number}/objects", summary="What a run finds in danger, the worst first")
def objects(
    scenario_id: str, number: Number, visit: TheVisit, parameters: Annotated[ObjectsParameters, Depends()]
) -> dict[str, Any]:
    """Return a page of the ranked list, with the reason for each; owner and phone are for those who may see them."""
    decision = require(visit.principal, "read", "scenarios")
    run = _run(visit.app_state, scenario_id, number)
    with visit.app_state.database.reader.connect() as connection:
        rows = connection.execute(objects_statement(run.id, decision, parameters.query)).all()
    most = parameters.query.limit
    following = {"after": str(Cursor(rows[most - 1].rank, rows[most - 1].fid))} if len(rows) > most else None
    links = _page_links(f"{run_url(visit.base, run)}/objects", visit, following)
    return {
        "objects": [object_json(row) for row in rows[:most]],
        "times": [rfc3339(t) for t in run.times],
        "links": links,
    }


@ROUTER.get("/scenarios/{scenario_id}/runs/{number}/tasks", summary="Tasks of a run, in their order")
def tasks(
    scenario_id: str,
    number: Number,
    visit: TheVisit,
    limit: Annotated[str | None, Query(description="tasks on a page")] = None,
    after: Annotated[int | None, Query(ge=0, lt=2**63, description="cursor of a next link")] = None,
) -> dict[str, Any]:
    """Return a page of the tasks that the run drafted, with their states."""
    decision = require(visit.principal, "read", "tasks")
    run, most = _run(visit.app_state, scenario_id, number), parse_limit(limit, _MOST, 200)
    with visit.app_state.database.reader.connect() as connection:
        rows = connection.execute(tasks_statement(run.id, decision, most, after)).all()
    following = {"after": str(rows[most - 1].id)} if len(rows) > most else None
    links = _page_links(f"{run_url(visit.base, run)}/tasks", visit, following)
    return {"tasks": [task_json(row, decision) for row in rows[:most]], "links": links}


def _run(app_state: TheAppState, scenario_id: str, number: Number) -> record.Run:
    return record.get(app_state.database, number, scenario_of(app_state, scenario_id).id)


def _page_links(url: str, visit: Visit, following: dict[str, str] | None) -> list[Link]:
    links = [link("self", with_query(url, visit.query), JSON, "This document")]
    if following is not None:
        links.append(link("next", with_query(url, visit.query | following), JSON, "Next page"))
    return links
