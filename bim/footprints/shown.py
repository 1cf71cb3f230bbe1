"""What is drawn of a layer of footprints: which rows, how high, and in which colours."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Double, Select, and_, case, cast, func, literal, null, select
from sqlalchemy.sql.elements import ColumnElement

from bim.footprints.grid import PER_DEGREE, Cell
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

    def rows(self) -> Any:
        """Return what is drawn as a subquery: fid, names, ``base``, ``top``, ``missing``, ``colored_by``, place."""
        rows = visible(self.layer, self.decision, self.when)
        if not self.when.is_instant:
            # One thing may have several slices in an interval.
            rows = rows.order_by(rows.selected_columns.fid, func.lower(rows.selected_columns.valid).desc())
            rows = rows.distinct(rows.selected_columns.fid)
        found = rows.subquery("found")
        base = _base(found, self.layer)
        has_height = and_(found.c[HEIGHT] > base, found.c[HEIGHT] <= _HIGHEST_M)
        top = case((has_height, cast(found.c[HEIGHT], Double)), else_=base + ASSUMED_M)
        columns = [
            found.c.fid, found.c.geom, _text(found, "code"), _text(found, "name"), base.label("base"),
            top.label("top"), case((has_height, 0), else_=1).label("missing"), self._colored(found).label("colored_by"),
            *_middle(found.c.geom),
        ]  # fmt: skip
        return select(*columns).where(*self._standing(found)).subquery("drawn")

    def _colored(self, found: Any) -> Any:
        return null() if self.colored_by is None else found.c[self.colored_by]

    def _standing(self, found: Any) -> Sequence[ColumnElement[bool]]:
        """Return the condition that a thing is not drawn by its parts."""
        raised = self.layer.style.extrusion
        if raised is None or raised.unless is None or raised.unless not in found.c:
            return ()
        return (found.c[raised.unless].is_not(True),)


def content_statement(shown: Footprints, cell: Cell, most: int) -> Select[Any]:
    """Return the rows whose middle lies in a cell, with their geometry as WKB; one more than ``most`` tells of more."""
    rows = shown.rows()
    west, south, east, north = cell.bounds
    near = rows.c.geom.op("&&", is_comparison=True)(func.ST_MakeEnvelope(west, south, east, north, 4490))
    inside = (rows.c.x >= west, rows.c.x < east, rows.c.y >= south, rows.c.y < north)
    names = ("fid", "code", "name", "base", "top", "missing", "colored_by")
    statement = select(*(rows.c[name] for name in names), func.ST_AsBinary(rows.c.geom, "NDR").label("wkb"))
    return statement.where(near, *inside).order_by(rows.c.fid).limit(most + 1)


def cells_statement(shown: Footprints) -> Select[Any]:
    """Return the finest cells with their numbers of things, those without a height, and what they reach."""
    rows = shown.rows()
    x, y = (func.floor(place * float(PER_DEGREE)) for place in (rows.c.x, rows.c.y))
    geom = rows.c.geom
    reach = (
        func.min(func.ST_XMin(geom)), func.min(func.ST_YMin(geom)), func.max(func.ST_XMax(geom)),
        func.max(func.ST_YMax(geom)), func.min(rows.c.base), func.max(rows.c.top),
    )  # fmt: skip
    statement = select(x, y, func.count(), func.sum(rows.c.missing), *reach)
    return statement.where(rows.c.x.is_not(None)).group_by(x, y).order_by(x, y)


def _base(found: Any, layer: Layer) -> ColumnElement[Any]:
    if layer.column(BASE) is None:
        return cast(literal(0.0), Double)
    base = found.c[BASE]
    return case((and_(base >= -_HIGHEST_M, base <= _HIGHEST_M), cast(base, Double)), else_=0.0)


def _middle(geom: Any) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Return the middle of the box of a geometry, the one place by which a thing belongs to a cell."""
    x = (func.ST_XMin(geom) + func.ST_XMax(geom)) / 2.0
    y = (func.ST_YMin(geom) + func.ST_YMax(geom)) / 2.0
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
