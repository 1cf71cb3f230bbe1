"""What an annotation is about: found for whoever writes, with the grade that it has, and named for whoever reads."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from geoalchemy2 import Geography
from sqlalchemy import ColumnElement, Connection, and_, cast, func, select

from bim.annotations.annotation import Place, Subject
from bim.catalog import ANNOTATIONS, BUILDING_ELEMENTS, DESIGN_SCHEMES, SCHEME_ELEMENTS
from bim.models import layer_of
from bim.tileset import View
from layers.access import visible
from layers.errors import NotFound, ParameterError
from layers.grades import Grade
from layers.store import DatasetLayer, code, feature_table

Sees = Callable[[str], View]
# An annotation stands at what it is about.
MOST_AWAY_M = 100.0
_ELEMENTS = frozenset({BUILDING_ELEMENTS.id, SCHEME_ELEMENTS.id})


@dataclass(frozen=True)
class Named:
    """What somebody names as the subject: a thing of a layer, an element or the whole of a model, a scheme, a code."""

    layer: str | None = None
    fid: int | None = None
    model: str | None = None
    element: str | None = None
    scheme: str | None = None
    code: str | None = None


def find(connection: Connection, sees: Sees, named: Named, place: Place) -> Subject:
    """Return the thing that is named; raises NotFound for one that the writer may not see, as for none."""
    layer, which = _meant(connection, named)
    view = sees(layer)
    if not isinstance(view.layer, DatasetLayer) or view.layer.id == ANNOTATIONS.id:
        raise ParameterError("about", f"what the layer {layer!r} shows is not annotated; name a thing that stays")
    rows = _rows(view)
    spot = func.ST_SetSRID(func.ST_MakePoint(place.lon, place.lat), 4490)
    away = func.ST_Distance(cast(rows.c.geom, Geography(srid=4490)), cast(spot, Geography(srid=4490)))
    statement = select(rows, away.label("away")).where(which(rows)).order_by(*_outermost(rows)).limit(1)
    row = connection.execute(statement).mappings().first()
    if row is None:
        raise NotFound(f"there is no such thing in the layer {layer!r} now; name one that the map shows")
    if row["away"] > MOST_AWAY_M:
        raise ParameterError("point", f"it is {row['away']:.0f} m from what it is about; {MOST_AWAY_M:.0f} m is most")
    return _subject(layer, row)


def held_grade(connection: Connection, sees: Sees, subject: Subject) -> Grade:
    """Return the grade of a thing, which nobody changes until the transaction ends; raises NotFound for one gone."""
    layer = sees(subject.layer).layer
    table = feature_table(layer)
    slices = select(table.c.grade).where(table.c.fid == subject.fid).with_for_update(read=True)
    grades = connection.execute(slices).scalars().all()
    if not grades:
        raise NotFound(f"{subject.key} is no longer on the map; its annotations keep the grade that they have")
    return Grade(max(*grades, int(layer.grade)))


def named_for(connection: Connection, sees: Sees, subjects: Iterable[Subject]) -> dict[str, Subject]:
    """Return subjects by their keys, with the names of those that the reader sees at the time of the view."""
    known = {one.key: one for one in subjects}
    for layer in sorted({one.layer for one in known.values()}):
        try:
            view = sees(layer)
        except NotFound:
            continue
        rows = _rows(view)
        fids = [one.fid for one in known.values() if one.layer == layer]
        for row in connection.execute(select(rows).where(rows.c.fid == func.any(fids))).mappings():
            found = _subject(layer, row)
            old = known[found.key]
            known[found.key] = replace(old, name=found.name, kind=found.kind, storey=found.storey)
    return known


def _rows(view: View) -> Any:
    return visible(view.layer, view.decision, view.when).subquery("thing")


def _meant(connection: Connection, named: Named) -> tuple[str, Callable[[Any], ColumnElement[bool]]]:
    """Return the layer of what is named, and the condition on its rows."""
    if named.code is not None:
        entry = connection.execute(select(code.c.layer, code.c.fid).where(code.c.code == named.code)).first()
        if entry is None:
            raise NotFound(f"there is no object with the code {named.code!r}")
        return _thing(entry.layer, entry.fid)
    if named.layer is not None and named.fid is not None:
        return _thing(named.layer, named.fid)
    if named.model is not None:
        layer = layer_of(connection, named.model).id
        return layer, lambda rows: and_(rows.c.dataset == named.model, _element(rows, named.element))
    if named.scheme is not None:
        return DESIGN_SCHEMES.id, lambda rows: rows.c.source_key == named.scheme
    raise ParameterError("about", "name layer and fid, model (and element), scheme or code")


def _thing(layer: str, fid: int) -> tuple[str, Callable[[Any], ColumnElement[bool]]]:
    return layer, lambda rows: rows.c.fid == fid


def _element(rows: Any, element: str | None) -> ColumnElement[bool]:
    """Return the condition on an element of a model; without one the building is meant."""
    condition: ColumnElement[bool] = (
        rows.c.kind.in_(("building", "site")) if element is None else rows.c.source_key == element
    )
    return condition


def _outermost(rows: Any) -> tuple[Any, ...]:
    """Return an order with a building before its site, and one order for all else."""
    return (*((rows.c.kind,) if "kind" in rows.c else ()), rows.c.fid)


def _subject(layer: str, row: Any) -> Subject:
    name = row.get("name")
    if layer == DESIGN_SCHEMES.id:
        return Subject(layer, row["fid"], scheme=row["source_key"], name=name)
    if layer not in _ELEMENTS:
        return Subject(layer, row["fid"], name=name)
    storey = row["source_key"] if row["kind"] == "storey" else row["storey"]
    return Subject(
        layer,
        row["fid"],
        row["dataset"],
        row["source_key"],
        row.get("scheme"),
        name or row["class"],
        row["kind"],
        storey,
    )
