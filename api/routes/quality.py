"""Loads, the quality of what they brought and of layers, and where a row comes from."""

from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.deps import Number, TheAppState, ThePrincipal, TheVisit
from api.documents import document
from api.report.quality_page import quality_page
from layers.access import Principal, decide, readable, require
from layers.errors import NotFound
from layers.grades import Grade
from layers.intake import layer_report, load_of_number, load_of_row, load_reports, loads_statement, releases_of_row
from layers.query import item_statement, parse_limit
from layers.registry import Registry
from layers.temporal import now, rfc3339

ROUTER = APIRouter(tags=["quality"])
_MOST = 200


# Plain functions: they use the synchronous driver, and FastAPI runs them beside the event loop.
@ROUTER.get("/loads", summary="Loads, the newest first")
def list_loads(
    app_state: TheAppState,
    principal: ThePrincipal,
    limit: Annotated[str | None, Query(description="most loads")] = None,
) -> dict[str, Any]:
    """Return what was loaded, by whom, from which file."""
    require(principal, "read", "loads")
    statement = loads_statement(principal).limit(parse_limit(limit, _MOST, 50))
    with app_state.database.reader.connect() as connection:
        rows = connection.execute(statement).mappings()
        return {"loads": [_readable_load(_load(row), app_state.registry, principal) for row in rows]}


@ROUTER.get("/loads/{number}", summary="One load")
def show_load(number: Number, app_state: TheAppState, principal: ThePrincipal) -> dict[str, Any]:
    """Return what a load did, from which file, and which rules held."""
    require(principal, "read", "loads")
    with app_state.database.reader.connect() as connection:
        return _readable_load(_load(load_of_number(connection, number, principal)), app_state.registry, principal)


@ROUTER.get("/loads/{number}/quality", summary="The quality of what a load brought")
def load_quality(number: Number, visit: TheVisit) -> Response:
    """Return, layer by layer, what the rules found when it was loaded; a page for people."""
    require(visit.principal, "read", "loads")
    with visit.app_state.database.reader.connect() as connection:
        reports = load_reports(connection, visit.app_state.registry, visit.principal, number)
    if visit.html:
        return _private(quality_page(reports, f"第 {number} 次入库数据质量 · quality of load {number}"))
    return _private(document({"load": number, "layers": [report.json() for report in reports]}))


@ROUTER.get("/collections/{layer_id}/quality", summary="The quality of a layer")
def layer_quality(layer_id: str, visit: TheVisit) -> Response:
    """Check a layer as it is now against its rules; HTML for a browser."""
    layer, decision = readable(visit.app_state.registry, visit.principal, layer_id)
    with visit.app_state.database.reader.connect() as connection:
        report = layer_report(connection, visit.app_state.registry, layer, decision)
    if visit.html:
        return _private(quality_page([report], f"{layer.title.zh}数据质量 · quality of {layer.title.en}"))
    return _private(document(report.json()))


@ROUTER.get("/collections/{layer_id}/items/{fid}/lineage", summary="Where a row comes from")
def lineage(layer_id: str, fid: Number, app_state: TheAppState, principal: ThePrincipal) -> dict[str, Any]:
    """Return a row's load, dataset and file, how it came to the map, and its release from quarantine if it was there.

    Names of persons and folders are for those who may see internal data, or read loads.
    """
    layer, decision = readable(app_state.registry, principal, layer_id)
    with app_state.database.reader.connect() as connection:
        row = connection.execute(item_statement(layer, decision, fid, now())).mappings().one_or_none()
        if row is None:
            raise NotFound(f"layer {layer.id} has no item {fid} at that time")
        released = releases_of_row(connection, layer, fid)
        source = load_of_row(connection, layer, fid)
    with_names = principal.clearance >= Grade.INTERNAL or decide(principal, "read", "loads").allowed
    return {
        "layer": layer.id,
        "fid": fid,
        "dataset": row["dataset"],
        "source_key": row["source_key"],
        "source_crs": row["source_crs"],
        "valid_from": rfc3339(row["valid_from"]),
        "recorded_from": rfc3339(row["recorded_from"]),
        "load": None if source is None else _masked(_load(source), with_names=with_names),
        "releases": [_release(one, with_names=with_names) for one in released],
    }


def _load(row: Any) -> dict[str, Any]:
    summary, times = row["summary"], ("started", "finished")
    return {
        "id": row["id"],
        "dataset": row["dataset"],
        "file": {"path": row["path"], "sha256": row["sha256"], "bytes": row["bytes"]},
        "principal": row["principal"],
        **{name: row[name] and rfc3339(row[name]) for name in times},
        "source_crs": summary.get("source_crs"),
        "accuracy_m": summary.get("accuracy_m"),
        "rules_version": (row["quality"] or {}).get("rules"),
        "summary": summary,
    }


def _readable_load(load: dict[str, Any], registry: Registry, principal: Principal) -> dict[str, Any]:
    """Return a load without layers that the principal may not read, and without notes that may mention them."""
    summary = load["summary"]
    layers = summary.get("layers", [])
    shown = [one for one in layers if _may_read(registry, principal, one["layer"])]
    if len(shown) == len(layers):
        return load
    return load | {"summary": summary | {"layers": shown, "notes": [], "placement": None, "codes": []}}


def _may_read(registry: Registry, principal: Principal, layer_id: str) -> bool:
    return layer_id in registry and decide(principal, "read", registry.get(layer_id)).allowed


def _masked(load: dict[str, Any], *, with_names: bool) -> dict[str, Any]:
    brief = {name: value for name, value in load.items() if name != "summary"}
    if with_names:
        return brief
    file = brief["file"] | {"path": PurePath(brief["file"]["path"]).name}
    return brief | {"file": file, "principal": None}


def _release(row: Any, *, with_names: bool) -> dict[str, Any]:
    fields = {"quarantine": row["id"], "place": row["place"], "load": row["load"], "decided": rfc3339(row["decided"])}
    more = {"by": row["decided_by"], "reason": row["decision"], "patch": row["patch"]}
    return fields | more if with_names else fields


def _private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Vary"] = "Authorization, Cookie, Accept"
    return answer
