"""Annotations as they are asked for; every read of them starts from the one row filter."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from bim.annotations.annotation import Annotation, Place, Subject, written_answers
from bim.annotations.subject import Sees, named_for
from bim.catalog import ANNOTATIONS
from bim.tileset import View
from layers.access import visible
from layers.errors import NotFound
from layers.grades import Grade
from layers.query import Bbox
from layers.store import feature_table

_EQUAL = ("state", "model", "element", "scheme", "about")


@dataclass(frozen=True)
class AnnotationsQuery:
    """Which annotations are meant: on the ground ``bbox``, in a state, about something (``about`` is layer/fid)."""

    bbox: Bbox | None = None
    state: str | None = None
    model: str | None = None
    element: str | None = None
    scheme: str | None = None
    about: str | None = None


@dataclass(frozen=True)
class AnnotationsPage:
    """Annotations, the newest first, with the page's last number where there are more."""

    annotations: list[Annotation]
    following: int | None


def annotations_page(
    connection: Connection, sees: Sees, query: AnnotationsQuery, limit: int, before: int | None = None
) -> AnnotationsPage:
    """Return a page of the annotations that a reader may see, those with lower numbers than ``before``."""
    rows = _rows(sees(ANNOTATIONS.id))
    statement = _columns(rows).order_by(rows.c.fid.desc()).limit(limit + 1)
    if before is not None:
        statement = statement.where(rows.c.fid < before)
    if query.bbox is not None:
        statement = statement.where(query.bbox.touches(rows.c.geom))
    for name in _EQUAL:
        value = getattr(query, name)
        if value is not None:
            statement = statement.where(rows.c[name] == value)
    found = _named(connection, sees, [_annotation(row) for row in connection.execute(statement).mappings()])
    more = len(found) > limit
    return AnnotationsPage(found[:limit], found[limit - 1].number if more else None)


def annotation_of(connection: Connection, sees: Sees, number: int) -> Annotation:
    """Return an annotation; one that may not be seen is reported like one that does not exist."""
    rows = _rows(sees(ANNOTATIONS.id))
    row = connection.execute(_columns(rows).where(rows.c.fid == number)).mappings().first()
    if row is None:
        raise NotFound(f"there is no annotation {number}; GET /bim/annotations lists them")
    return _named(connection, sees, [_annotation(row)])[0]


def written_by(connection: Connection, name: str, numbers: Iterable[int]) -> set[int]:
    """Return which of the annotations with these numbers somebody wrote, who may not be shown who wrote them."""
    table = feature_table(ANNOTATIONS)
    own = select(table.c.fid).where(table.c.author == name, table.c.fid == func.any(sorted(numbers)))
    return set(connection.execute(own).scalars())


def _rows(view: View) -> Any:
    """Return the visible rows, the newest of each annotation, as a subquery."""
    rows = visible(view.layer, view.decision, view.when)
    columns = rows.selected_columns
    if not view.when.is_instant:
        rows = rows.order_by(columns.fid, func.lower(columns.valid).desc()).ext(distinct_on(columns.fid))
    return rows.subquery("annotation")


def _columns(rows: Any) -> Any:
    names = ("fid", "grade", "min_height_m", *(column.name for column in ANNOTATIONS.columns))
    return select(
        *(rows.c[name] for name in dict.fromkeys(names)),
        func.ST_X(rows.c.geom).label("lon"),
        func.ST_Y(rows.c.geom).label("lat"),
    )


def _annotation(row: Any) -> Annotation:
    return Annotation(
        number=row["fid"],
        text=row["text"] or row["name"] or "",
        state=row["state"] or "open",
        place=Place(row["lon"], row["lat"], round(row["min_height_m"] or 0.0, 2)),
        grade=Grade(row["grade"]),
        written=row["written"],
        author=row["author"],
        about=_about(row),
        resolved=row["resolved"],
        resolved_by=row["resolved_by"],
        answers=written_answers(row["answers"], row["answered_by"]),
    )


def _about(row: Any) -> Subject | None:
    layer, _, fid = (row["about"] or "").partition("/")
    if not fid.isdecimal():
        return None
    return Subject(layer, int(fid), row["model"], row["element"], row["scheme"])


def _named(connection: Connection, sees: Sees, found: list[Annotation]) -> list[Annotation]:
    known = named_for(connection, sees, [one.about for one in found if one.about is not None])
    return [one if one.about is None else replace(one, about=known[one.about.key]) for one in found]
