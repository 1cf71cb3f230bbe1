"""Where building models stand: told with what their files say, moved by hand, and taken back."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.authorise import authorise
from api.body import TheBody, documented, object_of
from api.buildings import TheModelVisit
from api.links import JSON
from api.placements import placement_document
from bim.placing import Moved, move, read_relocation, read_why, shift_between, take_back
from layers.access import decide

ROUTER = APIRouter(tags=["buildings in 3-D"])
Json = dict[str, Any]
_RELOCATION = (
    "why; lon and lat, or east_m and north_m; height_m, or up_m; heading_deg from 0 to 360, from east to the x-axis, "
    "anticlockwise; anchor [x, y, z], the point of the model that they are of; version, as GET tells it"
)


# Plain functions: they use the synchronous driver, and FastAPI runs them beside the event loop.
@ROUTER.get("/bim/models/{model}/placement", summary="Where a building model stands, and by whom")
def placement(model: str, visit: TheModelVisit) -> Json:
    """Return where a model stands, what its file says of that, and what was ever said by hand."""
    return _document(visit, model)


@ROUTER.patch(
    "/bim/models/{model}/placement",
    summary="Move a building model by hand",
    openapi_extra=documented(JSON, description=_RELOCATION),
)
def move_model(model: str, visit: TheModelVisit, body: TheBody) -> Json:
    """Move a model with all that lies where it stands; what is not stated stays as it is."""
    relocation = read_relocation(object_of(body))
    _require_seen(visit, model)
    authorise(visit.app_state, visit.principal, "write", "placements", {"model": model[:200], "why": relocation.why})
    moved = move(visit.app_state.database, model, relocation, visit.principal.name)
    return _document(visit, model) | {"moved": _moved(moved)}


@ROUTER.delete("/bim/models/{model}/placement", summary="Take a move by hand back")
def take_move_back(
    model: str,
    visit: TheModelVisit,
    why: Annotated[str, Query(max_length=500, description="the reason, which stays on record")] = "taken back",
) -> Json:
    """Let a model stand where its file says."""
    reason = read_why(why)
    _require_seen(visit, model)
    detail = {"model": model[:200], "why": reason, "taken_back": True}
    authorise(visit.app_state, visit.principal, "write", "placements", detail)
    moved = take_back(visit.app_state.database, model, visit.principal.name, reason)
    return _document(visit, model) | {"moved": _moved(moved)}


def _require_seen(visit: TheModelVisit, model: str) -> None:
    """Raise NotFound for a model of which nothing may be seen."""
    with visit.connect() as connection:
        visit.seen(connection, model)


def _document(visit: TheModelVisit, model: str) -> Json:
    seen = decide(visit.principal, "read", "placements")
    may_move = decide(visit.principal, "write", "placements").allowed
    with visit.connect() as connection:
        version, _ = visit.seen(connection, model)
        return placement_document(connection, version, seen, visit.when.as_of, may_move=may_move)


def _moved(moved: Moved) -> Json:
    return shift_between(moved.before, moved.after) | {"versions": moved.versions, "rows": moved.rows}
