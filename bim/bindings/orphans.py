"""Bindings whose element is no longer in its model, and the elements that may have taken its place.

Candidates are offered and never applied: which room a sensor is in is for people to say.
"""

from dataclasses import dataclass
from typing import Any

from geoalchemy2 import Geography
from sqlalchemy import ColumnElement, Connection, Double, Select, cast, func, literal, not_, select

from bim.bindings.binding import Binding
from bim.bindings.visibility import everything, is_of, slices
from bim.tileset.statement import View
from layers.temporal import When

Json = dict[str, Any]
_NAMED = ("source_key", "class", "name", "storey_name")
_MOST = 3


@dataclass(frozen=True)
class Candidate:
    """An element that may be meant instead; ``why`` is ``same_name`` (and storey) or ``nearest`` of the same class."""

    element: str
    ifc_class: str
    name: str | None
    storey_name: str | None
    why: str
    distance_m: float

    def json(self) -> Json:
        """Return it as JSON."""
        return {
            "element": self.element,
            "class": self.ifc_class,
            "name": self.name,
            "storey_name": self.storey_name,
            "why": self.why,
            "distance_m": self.distance_m,
        }


def is_orphan(view: View) -> ColumnElement[bool]:
    """Return the condition that the element of a binding is not in its model at the time of the view."""
    rows = everything(view, view.when)
    return not_(select(rows.c.fid).where(is_of(rows)).exists())


def candidates(connection: Connection, view: View, orphan: Binding) -> list[Candidate]:
    """Return the elements that come nearest to the one that is gone: of its name and storey first, then of its class.

    Distances are of the middles of both, in metres on the ellipsoid and in height.
    """
    found = connection.execute(_candidates(view, orphan)).mappings()
    return [
        Candidate(
            row["source_key"], row["class"], row["name"], row["storey_name"],
            "same_name" if row["same"] else "nearest", round(float(row["distance"]), 3),
        )
        for row in found
    ]  # fmt: skip


def _candidates(view: View, orphan: Binding) -> Select[Any]:
    lost, rows = _lost(view, orphan), view.rows(orphan.model)
    same = func.coalesce(
        (rows.c.kind == lost.c.kind) & (rows.c.name == lost.c.name) & (rows.c.storey_name == lost.c.storey_name), False
    )
    distance = func.sqrt(_apart(rows, lost) + func.power(_middle(rows) - _middle(lost), 2))
    return (
        select(*(rows.c[name] for name in _NAMED), same.label("same"), distance.label("distance"))
        .select_from(rows.join(lost, literal(True)))
        .where(rows.c.source_key != orphan.element, same | (rows.c["class"] == lost.c["class"]))
        .order_by(same.desc(), distance, rows.c.fid)
        .limit(_MOST)
    )


def _lost(view: View, orphan: Binding) -> Any:
    """Return what was last known of the element of a binding, as a subquery of one row."""
    shown = slices(view, view.decision, When(None, None, view.when.as_of))
    of_it = select(shown).where(shown.c.dataset == orphan.model, shown.c.source_key == orphan.element)
    return of_it.order_by(func.lower(shown.c.valid).desc()).limit(1).subquery("lost")


def _apart(rows: Any, lost: Any) -> ColumnElement[float]:
    """Return the square of the distance of the middles of two outlines, in square metres."""
    middles = (cast(func.ST_Centroid(one.c.geom), Geography(srid=4490)) for one in (rows, lost))
    return func.power(func.ST_Distance(*middles), 2)


def _middle(rows: Any) -> ColumnElement[float]:
    """Return the height of the middle of an element, over the zero of its model."""
    return cast(func.coalesce(rows.c.min_height_m + rows.c.height_m, 0) / 2, Double)
