"""Scenarios and runs as documents for people and programs."""

from collections.abc import Iterator, Sequence
from typing import Any

from api.app_state import AppState
from api.links import GEOJSON, HTML, JSON, Link, link
from layers.access import Decision, Principal, decide
from layers.errors import NotFound
from twin.runs.layer import RunLayer
from twin.runs.record import Run
from twin.runs.summary import as_seen
from twin.scenario import Scenario

Json = dict[str, Any]


def scenario_of(app_state: AppState, scenario_id: str) -> Scenario[Any]:
    """Return a scenario by its id, or raise NotFound."""
    match = app_state.scenarios().get(scenario_id)
    if match is None:
        raise NotFound(f"there is no scenario {scenario_id!r}; GET /scenarios lists them")
    return match


def scenario_json(scenario: Scenario[Any], base: str) -> Json:
    """Return what a list says of a scenario."""
    own = f"{base}/scenarios/{scenario.id}"
    links = [
        link("self", own, JSON, scenario.title.zh),
        link("runs", f"{own}/runs", JSON, "推演 Runs"),
    ]
    described = {"title": scenario.title.json(), "description": scenario.description.json()}
    return {"id": scenario.id, **described, "links": links}


def runs_json(
    app_state: AppState, runs: Sequence[Run], decision: Decision, principal: Principal, base: str
) -> list[Json]:
    """Return runs for one reader."""
    return [_run_json(app_state, run, decision, principal, base) for run in as_seen(app_state.database, runs, decision)]


def run_json(app_state: AppState, run: Run, decision: Decision, principal: Principal, base: str) -> Json:
    """Return a run for one reader."""
    return runs_json(app_state, [run], decision, principal, base)[0]


def _run_json(app_state: AppState, run: Run, decision: Decision, principal: Principal, base: str) -> Json:
    """Return a run: its state, steps and layers, without what the decision masks."""
    fields = {name: value for name, value in run.json().items() if name not in decision.masked}
    layers = [_layer_json(layer, base) for layer in _layers(app_state, run, principal)] if run.state == "done" else []
    return fields | {"layers": layers, "links": _links(run, base)}


def run_url(base: str, run: Run) -> str:
    """Return the address of a run."""
    return f"{base}/scenarios/{run.scenario}/runs/{run.id}"


def _links(run: Run, base: str) -> list[Link]:
    own = run_url(base, run)
    links = [
        link("self", own, JSON, run.title),
        link("scenario", f"{base}/scenarios/{run.scenario}", JSON, "情景 Scenario"),
    ]
    if run.state == "done":
        links.append(link("objects", f"{own}/objects", JSON, "风险对象 Things in danger"))
        links.append(link("tasks", f"{own}/tasks", JSON, "任务 Tasks"))
        links.append(link("report", f"{own}/report", HTML, "报告 Report"))
    return links


def _layers(app_state: AppState, run: Run, principal: Principal) -> Iterator[RunLayer]:
    for layer in app_state.registry:
        if isinstance(layer, RunLayer) and layer.scenario == run.scenario and decide(principal, "read", layer).allowed:
            member = layer.member(run.id)
            if member is not None:
                yield member


def _layer_json(layer: RunLayer, base: str) -> Json:
    return {
        "id": layer.id,
        "kind": layer.kind,
        "title": layer.title.json(),
        "minzoom": layer.minzoom,
        "maxzoom": layer.maxzoom,
        "tilejson": f"/tiles/{layer.id}.json",
        "tiles": f"/tiles/{layer.id}/{{z}}/{{x}}/{{y}}.mvt",
        "links": [link("items", f"{base}/collections/{layer.id}/items", GEOJSON, layer.title.zh)],
    }
