"""Design schemes made, amended and removed."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Response

from api.authorise import authorise
from api.body import TheBody, documented, object_of
from api.buildings import ModelVisit, TheModelVisit
from api.links import JSON
from api.scheme_bodies import SAID, Plots, amendment_from, scheme_from
from api.schemes import scheme_json
from bim.catalog import DESIGN_SCHEMES
from bim.schemes import amend, make, may_have, remove, scheme_of, site_of_plot
from bim.schemes.review import PLOTS
from layers.access import decide
from layers.errors import ParameterError

ROUTER = APIRouter(tags=["design schemes"])
Json = dict[str, Any]


# Plain functions: they use the synchronous driver, and FastAPI runs them beside the event loop.
@ROUTER.post(
    "/bim/schemes", summary="Make a design scheme", status_code=201,
    openapi_extra=documented(JSON, description=f"id, date, {SAID}"),
)  # fmt: skip
def make_scheme(visit: TheModelVisit, body: TheBody, response: Response) -> Json:
    """Make a branch of the map for one site; an id that is taken is refused. The base stays as it is."""
    document = object_of(body)
    _admit(visit, {"make": _brief(document.get("id")), "stated": sorted(document)})
    made = scheme_from(document, _plots(visit), visit.principal.name)
    may_have(decide(visit.principal, "write", "schemes").clearance)(made)
    make(visit.app_state.database, made, anew=True)
    response.headers["Location"] = f"{visit.base}/bim/schemes/{quote(made.id)}"
    return scheme_json(made, visit.base)


@ROUTER.patch(
    "/bim/schemes/{scheme}", summary="Amend a design scheme",
    openapi_extra=documented(JSON, description=f"{SAID}; take, leave: things besides (buildings/12)"),
)  # fmt: skip
def amend_scheme(scheme: str, visit: TheModelVisit, body: TheBody) -> Json:
    """Change what the body names: ``"replaces": null`` is all buildings on its site, ``"limits": null`` its plot's."""
    document = object_of(body)
    _admit(visit, {"amend": _brief(scheme), "stated": sorted(document)})
    with visit.connect() as connection:
        title = scheme_of(connection, visit.view_in(DESIGN_SCHEMES.id), scheme).title
    stated = amendment_from(document, _plots(visit), title)
    check = may_have(decide(visit.principal, "write", "schemes").clearance)
    return scheme_json(amend(visit.app_state.database, visit.view_in, scheme, stated, check), visit.base)


@ROUTER.delete("/bim/schemes/{scheme}", summary="Remove a design scheme")
def remove_scheme(scheme: str, visit: TheModelVisit) -> Json:
    """Take a scheme back with all that it is made of; ``as_of=`` still finds it."""
    _admit(visit, {"remove": _brief(scheme)})
    clearance = decide(visit.principal, "write", "schemes").clearance
    return {"id": scheme, "elements": remove(visit.app_state.database, scheme, clearance)}


def _admit(visit: ModelVisit, detail: Json) -> None:
    """Admit who may write schemes; what was believed once is not written any more."""
    authorise(visit.app_state, visit.principal, "write", "schemes", detail)
    if visit.as_of:
        raise ParameterError("as_of", "what was believed is not changed; leave it out")


def _plots(visit: ModelVisit) -> Plots:
    def ground(code: str) -> Any:
        with visit.connect() as connection:
            return site_of_plot(connection, visit.view_in(PLOTS), code)

    return ground


def _brief(value: object) -> str:
    return "".join(filter(str.isprintable, str(value)))[:63]
