"""What is drawn of a layer of footprints: which rows, how high, and in which colours."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Double, and_, case, cast, func, literal, null, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.sql.elements import ColumnElement

from layers.access import Decision, visible
from layers.base import Layer
from layers.errors import NotFound, ParameterError
from layers.style import Paint, Single
from layers.temporal import When

HEIGHT, BASE = "height_m", "min_height_m"
# How high a thing is drawn whose height is missing or not above its base, metres: as on the flat map.
ASSUMED_M = 3.0
# Nothing built is higher; a greater number is a mistake, and counts as missing.
_HIGHEST_M = 10_000.0
_COLOR = re.compile("#[0-9a-fA-F]{6}")


def is_raised(layer: Layer) -> bool:
    """Tell whether a layer has footprints with heights."""
    return layer.geometry in ("Polygon", "MultiPolygon") and layer.column(HEIGHT) is not None


@dataclass(frozen=True)
class Footprints:
    """What somebody sees of a layer at a time, in one way of colouring it."""

    layer: Layer
    decision: Decision
    when: When
    paint: Paint

    @classmethod
    def of(
        cls, layer: Layer, decision: Decision, when: When, variant: str | None = None, color: str | None = None
    ) -> "Footprints":
        """Return a layer in a variant of its style (the first, if none is named), or in one colour (#rrggbb)."""
        if not is_raised(layer):
            raise NotFound(f"the layer {layer.id!r} has no footprints with heights: polygons with a column {HEIGHT}")
        return cls(layer, decision, when, _paint(layer, variant, color))

    @property
    def colored_by(self) -> str | None:
        """Return the column that colours come from, or None where all have one."""
        return None if isinstance(self.paint, Single) else self.paint.column

    def rows(self, near: ColumnElement[Any] | None = None) -> Any:
        """Return what is drawn as a subquery: fid, names, ``base``, ``top``, ``missing``, ``colored_by``, since, place.

        With ``near``, a geometry, it is what has a box that touches its own.
        """
        found = self._boxed(near)
        base = _base(found, self.layer)
        has_height = and_(found.c[HEIGHT] > base, found.c[HEIGHT] <= _HIGHEST_M)
        top = case((has_height, cast(found.c[HEIGHT], Double)), else_=base + ASSUMED_M)
        columns = [
            found.c.fid, found.c.geom, found.c.box, _text(found, "code"), _text(found, "name"), base.label("base"),
            top.label("top"), case((has_height, 0), else_=1).label("missing"), self._colored(found).label("colored_by"),
            func.lower(found.c.valid).label("since"), *_middle(found.c.box),
        ]  # fmt: skip
        return select(*columns).where(*self._standing(found)).subquery("drawn")

    def _boxed(self, near: ColumnElement[Any] | None) -> Any:
        """Return the visible rows with the box of each, the newest slice of each thing."""
        rows = visible(self.layer, self.decision, self.when)
        if not self.when.is_instant:
            # One thing may have several slices in an interval.
            rows = rows.order_by(rows.selected_columns.fid, func.lower(rows.selected_columns.valid).desc())
            rows = rows.ext(distinct_on(rows.selected_columns.fid))
        seen = rows.subquery("seen")
        boxed = select(*seen.c, func.Box3D(seen.c.geom).label("box"))
        if near is not None:
            boxed = boxed.where(seen.c.geom.op("&&", is_comparison=True)(near))
        # The offset has the planner find each box once, and not at each of its uses.
        return boxed.offset(0).subquery("found")

    def _colored(self, found: Any) -> Any:
        return null() if self.colored_by is None else found.c[self.colored_by]

    def _standing(self, found: Any) -> Sequence[ColumnElement[bool]]:
        """Return the condition that a thing is not drawn by its parts."""
        raised = self.layer.style.extrusion
        if raised is None or raised.unless is None or raised.unless not in found.c:
            return ()
        return (found.c[raised.unless].is_not(True),)


def _base(found: Any, layer: Layer) -> ColumnElement[Any]:
    if layer.column(BASE) is None:
        return cast(literal(0.0), Double)
    base = found.c[BASE]
    return case((and_(base >= -_HIGHEST_M, base <= _HIGHEST_M), cast(base, Double)), else_=0.0)


def _middle(box: Any) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Return the middle of the box of a geometry, the one place by which a thing belongs to a cell."""
    x = (func.ST_XMin(box) + func.ST_XMax(box)) / 2.0
    y = (func.ST_YMin(box) + func.ST_YMax(box)) / 2.0
    return x.label("x"), y.label("y")


def _text(found: Any, name: str) -> Any:
    return (func.coalesce(found.c[name], "") if name in found.c else literal("")).label(name)


def _paint(layer: Layer, variant: str | None, color: str | None) -> Paint:
    if color is not None:
        if not _COLOR.fullmatch(color):
            raise ParameterError("color", f"{color!r} is no colour such as #d8d4cc (%23d8d4cc in an address)")
        return Single(color)
    variants = {one.id: one.paint for one in layer.style.variants}
    if variant is None:
        return layer.style.variants[0].paint
    if variant not in variants:
        raise ParameterError("variant", f"{variant!r} is no way to colour {layer.id}; there are {', '.join(variants)}")
    return variants[variant]
