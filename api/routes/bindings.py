"""Things in buildings: which is bound to which element, reviewed as a table, and stated by one."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api.authorise import authorise
from api.bindings import binding_json, bindings_csv, offset_of
from api.body import TheBody, documented
from api.buildings import TheModelVisit
from api.deps import TheAppState, ThePrincipal
from api.links import JSON, link, with_query
from bim.bindings import BindingQuery, bindings_page, import_bindings, plan_import, read_bindings
from bim.catalog.building_elements import LAYER
from bim.tileset import View
from layers.access import readable, require
from layers.errors import InputError, ParameterError, SourceError
from layers.query import parse_limit
from layers.temporal import now

ROUTER = APIRouter(tags=["buildings in 3-D"])
Json = dict[str, Any]
Text = Annotated[str | None, Query(max_length=200)]
_MOST, _USUAL = 1000, 100
CSV = "text/csv"


@dataclass(frozen=True)
class BindingFilters:
    """Which bindings are wanted, in which form."""

    model: Text = None
    element: Annotated[str | None, Query(max_length=200, description="the id of an element, its GlobalId")] = None
    thing: Text = None
    orphans: Annotated[bool, Query(description="only those whose element is not in its model at that time")] = False
    limit: Annotated[str | None, Query(max_length=20, description="bindings on a page")] = None
    after: Annotated[int, Query(ge=0, lt=2**63, description="cursor of a next link")] = 0
    f: Annotated[str, Query(pattern="^(json|csv)$", description="json or csv")] = "json"

    @property
    def query(self) -> BindingQuery:
        """Return what is asked."""
        return BindingQuery(self.model, self.element, self.thing, self.orphans)


# Plain functions: they use the synchronous driver, and FastAPI runs them beside the event loop.
@ROUTER.get("/bim/bindings", summary="Things in the spaces and elements of buildings", response_model=None)
def list_bindings(
    visit: TheModelVisit, request: Request, filters: Annotated[BindingFilters, Depends()]
) -> Json | Response:
    """Return a page of bindings that hold at the time, of orphans with the elements that may be meant instead."""
    if filters.orphans and not visit.view.when.is_instant:
        raise ParameterError("datetime", "orphans are those of one instant; ask for it, or leave it out for now")
    with visit.connect() as connection:
        page = bindings_page(
            connection, visit.view, filters.query, parse_limit(filters.limit, _MOST, _USUAL), filters.after
        )
        following = None if page.following is None else _following(visit.base, request, page.following)
        if filters.f == "csv":
            headers = {} if following is None else {"link": f'<{following}>; rel="next"'}
            return Response(
                bindings_csv(connection, visit.view, page.bindings, orphans=filters.orphans),
                media_type=CSV,
                headers=headers,
            )
        listed = [binding_json(connection, visit.view, one, orphan=filters.orphans) for one in page.bindings]
    own = with_query(f"{visit.base}/bim/bindings", dict(request.query_params))
    more = [] if following is None else [link("next", following, JSON, "Next page")]
    return {"bindings": listed, "links": [link("self", own, JSON, "This document"), *more]}


@ROUTER.post(
    "/bim/bindings",
    summary="State where things are",
    openapi_extra=documented(CSV, description="columns thing, element, from, to, note, grade"),
)
def state_bindings(
    model: Annotated[str, Query(max_length=200, description="the model that all elements are of")],
    app_state: TheAppState,
    principal: ThePrincipal,
    body: TheBody,
    *,
    check: Annotated[bool, Query(description="only tell what would be done")] = False,
    offset: Annotated[str | None, Query(max_length=6, description="of times that state none: +08:00")] = None,
) -> Json:
    """Take a table of bindings, whole or not at all; what was believed of the same things and times is superseded."""
    require(principal, "write", "bindings")
    view = View(*readable(app_state.registry, principal, LAYER.id), now())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(body)
        try:
            stated = read_bindings(path, model, offset_of(offset))
        except SourceError as error:
            # Where it lay here is nobody's business.
            raise InputError(str(error).replace(str(path), "the table")) from None
    path = Path("the table")
    if check:
        with app_state.database.reader.connect() as connection:
            return plan_import(connection, view, model, path, stated).json()
    authorise(app_state, principal, "write", "bindings", {"model": model, "lines": len(stated)})
    with app_state.database.writer.begin() as connection:
        return import_bindings(connection, view, model, path, stated, principal.name).json()


def _following(base: str, request: Request, after: int) -> str:
    return with_query(f"{base}/bim/bindings", dict(request.query_params) | {"after": str(after)})
