"""Annotations of places, buildings and their parts: listed, written, answered, resolved, corrected, taken back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import Connection

from api.annotations import annotation_json, answer_of, changes_of, draft_of
from api.authorise import record_refusal
from api.body import TheBody, documented, object_of
from api.buildings import ModelVisit, TheModelVisit
from api.deps import Number
from api.links import JSON, link, with_query
from bim.annotations import (
    OPEN,
    RESOLVED,
    AnnotationsQuery,
    amend,
    annotation_of,
    annotations_page,
    answer,
    author_of,
    remove,
    settle,
    write,
    written_by,
)
from bim.tileset import View
from layers.access import audit_statement, decide, readable, require
from layers.errors import Forbidden
from layers.query import parse_bbox, parse_limit
from layers.temporal import now

ROUTER = APIRouter(tags=["annotations"])
Json = dict[str, Any]
Text = Annotated[str | None, Query(max_length=200)]
_MOST, _USUAL = 200, 100
_RESOURCE: Literal["annotations"] = "annotations"
_DRAFT = "text; point: [longitude, latitude, height over the ground]; about: layer and fid, model (and element), scheme or code; grade"  # noqa: E501


@dataclass(frozen=True)
class AnnotationFilters:
    """Which annotations are wanted."""

    bbox: Annotated[str | None, Query(max_length=200, description="west,south,east,north in degrees: there")] = None
    state: Annotated[Literal["open", "resolved"] | None, Query(description="open or resolved")] = None
    model: Text = None
    element: Annotated[str | None, Query(max_length=200, description="the id of an element, its GlobalId")] = None
    scheme: Text = None
    about: Annotated[str | None, Query(max_length=100, description="a thing of the map: buildings/12")] = None
    limit: Annotated[str | None, Query(max_length=20, description="annotations on a page")] = None
    before: Annotated[int | None, Query(ge=1, lt=2**63, description="cursor of a next link")] = None

    @property
    def query(self) -> AnnotationsQuery:
        """Return what is asked."""
        box = None if self.bbox is None else parse_bbox(self.bbox)
        return AnnotationsQuery(box, self.state, self.model, self.element, self.scheme, self.about)


# Plain functions: they use the synchronous driver, and FastAPI runs them beside the event loop.
@ROUTER.get("/bim/annotations", summary="Annotations")
def list_annotations(visit: TheModelVisit, request: Request, filters: Annotated[AnnotationFilters, Depends()]) -> Json:
    """Return a page of the annotations that the reader may see, the newest first."""
    with visit.connect() as connection:
        most = parse_limit(filters.limit, _MOST, _USUAL)
        page = annotations_page(connection, visit.view_in, filters.query, most, filters.before)
        own = written_by(connection, visit.principal.name, [one.number for one in page.annotations])
    asked, path = dict(request.query_params), f"{visit.base}/bim/annotations"
    links = [link("self", with_query(path, asked), JSON, "This document")]
    if page.following is not None:
        links.append(link("next", with_query(path, asked | {"before": str(page.following)}), JSON, "Next page"))
    listed = [annotation_json(one, visit.base, mine=one.number in own) for one in page.annotations]
    return {"annotations": listed, "links": links}


@ROUTER.get("/bim/annotations/{number}", summary="An annotation")
def one_annotation(number: Number, visit: TheModelVisit) -> Json:
    """Return an annotation with its answers."""
    with visit.connect() as connection:
        return _told(connection, visit, visit.view_in, number)


@ROUTER.post(
    "/bim/annotations", summary="Annotate", status_code=201, openapi_extra=documented(JSON, description=_DRAFT)
)
def annotate(visit: TheModelVisit, body: TheBody, response: Response) -> Json:
    """Write an annotation; its grade is the highest of the one given and that of what it is about."""
    draft = draft_of(object_of(body))
    with _acting(visit) as connection:
        number = write(connection, _sees(visit), visit.principal, draft)
        _record(connection, visit, "write", number)
        told = _told(connection, visit, _sees(visit), number)
    response.headers["Location"] = f"{visit.base}/bim/annotations/{number}"
    return told


@ROUTER.post(
    "/bim/annotations/{number}/answers",
    summary="Answer an annotation",
    status_code=201,
    openapi_extra=documented(JSON, description="text"),
)
def add_answer(number: Number, visit: TheModelVisit, body: TheBody) -> Json:
    """Add an answer, and return the annotation."""
    words = answer_of(object_of(body))
    return _act(visit, number, "answer", lambda connection: answer(connection, visit.principal, number, words))


@ROUTER.post("/bim/annotations/{number}/resolve", summary="Resolve an annotation")
def resolve(number: Number, visit: TheModelVisit) -> Json:
    """Say that it is dealt with, and return the annotation; 409 where that has been said."""
    return _act(visit, number, "resolve", lambda connection: settle(connection, visit.principal, number, RESOLVED))


@ROUTER.post("/bim/annotations/{number}/reopen", summary="Open an annotation again")
def reopen(number: Number, visit: TheModelVisit) -> Json:
    """Say that it is not dealt with after all, and return the annotation; 409 where it is open."""
    return _act(visit, number, "reopen", lambda connection: settle(connection, visit.principal, number, OPEN))


@ROUTER.patch(
    "/bim/annotations/{number}",
    summary="Correct an annotation",
    openapi_extra=documented(JSON, description="text, grade"),
)
def correct(number: Number, visit: TheModelVisit, body: TheBody) -> Json:
    """Correct the text or the grade of one's own annotation, as an administrator of any; the history keeps both."""
    changes = changes_of(object_of(body))

    def change(connection: Connection) -> None:
        _require_own(connection, visit, number)
        one = annotation_of(connection, _sees(visit), number)
        amend(connection, _sees(visit), visit.principal, one, changes)

    return _act(visit, number, "correct", change)


@ROUTER.delete("/bim/annotations/{number}", summary="Take an annotation back", status_code=204)
def take_back(number: Number, visit: TheModelVisit) -> None:
    """Remove one's own annotation, as an administrator any; ``as_of=`` still finds it."""
    with _acting(visit) as connection:
        annotation_of(connection, _sees(visit), number)
        _require_own(connection, visit, number)
        remove(connection, visit.principal, number)
        _record(connection, visit, "remove", number)


def _act(visit: ModelVisit, number: int, act: str, do: Callable[[Connection], None]) -> Json:
    """Do something with an annotation that the writer sees, record it with it, and return the annotation."""
    with _acting(visit) as connection:
        annotation_of(connection, _sees(visit), number)
        do(connection)
        _record(connection, visit, act, number)
        return _told(connection, visit, _sees(visit), number)


def _acting(visit: ModelVisit) -> Any:
    """Open the transaction of somebody who may write; the guard has recorded the refusal of who may not."""
    require(visit.principal, "write", _RESOURCE)
    return visit.app_state.database.writer.begin()


def _sees(visit: ModelVisit) -> Callable[[str], View]:
    """Return what a writer sees of a layer at each moment; nobody writes into the past."""
    return lambda name: View(*readable(visit.app_state.registry, visit.principal, name), now())


def _record(connection: Connection, visit: ModelVisit, act: str, number: int) -> None:
    detail = {"act": act, "annotation": number}
    connection.execute(audit_statement(visit.principal, "write", _RESOURCE, allowed=True, detail=detail))


def _require_own(connection: Connection, visit: ModelVisit, number: int) -> None:
    """Raise Forbidden, and record it, unless it is one's own annotation, or one is an administrator."""
    if author_of(connection, number) == visit.principal.name:
        return
    if not decide(visit.principal, "administer", _RESOURCE).allowed:
        record_refusal(visit.app_state, visit.principal, "administer", _RESOURCE)
        raise Forbidden(f"annotation {number} is somebody else's; its author or an administrator may change it")


def _told(connection: Connection, visit: ModelVisit, sees: Callable[[str], View], number: int) -> Json:
    one = annotation_of(connection, sees, number)
    return annotation_json(one, visit.base, mine=number in written_by(connection, visit.principal.name, [number]))
