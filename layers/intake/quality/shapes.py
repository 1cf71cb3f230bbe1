"""Kinds of rules about geometries; areas and lengths are measured on the ellipsoid."""

import re
from typing import Any

from psycopg import sql

from layers.intake.quality.kind import RuleKind, number, positive, word
from layers.intake.quality.rows import Rows
from layers.rule import Rule
from layers.title import Title

# Metres of a degree of latitude, rounded down, so that searches by bounding box are a little too wide.
_DEGREE_M = 110_000
_DEFAULT_TOLERANCE_M2 = 1.0
_DEFAULT_TOLERANCE_M = 1.0
_DEFAULT_SNAP_M = 5.0
# A larger distance is a dead end, not a gap, and each end would be compared with too many lines.
_FARTHEST_SNAP_M = 100.0
_CODE = re.compile(r"[0-9]{6}([0-9]{3})?")
_INVALID = """
SELECT r._row, coalesce(d.location, ST_PointOnSurface(r.geom)) AS at, coalesce(d.reason, 'not simple') AS detail
FROM {rows} AS r LEFT JOIN LATERAL (SELECT (ST_IsValidDetail(r.geom)).*) AS d ON NOT d.valid
WHERE d.valid IS NOT NULL OR ({simple} AND NOT ST_IsSimple(r.geom))
"""
_OUTSIDE = """
SELECT r._row, ST_PointOnSurface(r.geom) AS at, NULL AS detail FROM {rows} AS r
WHERE NOT EXISTS (SELECT FROM {known} AS k WHERE k.value && r.geom AND onemap.mostly_inside(r.geom, k.value))
  AND EXISTS (SELECT FROM {known} AS k)
"""
_OVERLAP = """
SELECT a._row, ST_PointOnSurface(o.shared) AS at, o.size || ' m²' AS detail
FROM {rows} AS a JOIN {rows} AS b ON b.geom && a.geom AND b._row > a._row,
LATERAL (SELECT ST_Intersection(ST_MakeValid(a.geom), ST_MakeValid(b.geom)) AS shared) AS i,
LATERAL (SELECT i.shared, round(ST_Area(i.shared::geography)) AS size) AS o
WHERE ST_Intersects(a.geom, b.geom) AND ST_Dimension(i.shared) = 2 AND ST_Area(i.shared::geography) > {tolerance}
"""
_ISOLATED = """
SELECT a._row, ST_PointOnSurface(a.geom) AS at, NULL AS detail FROM {rows} AS a
WHERE NOT EXISTS (
    SELECT FROM {others} AS b
    WHERE b._row <> a._row AND b.geom && ST_Expand(a.geom, {margin})
      AND (ST_Intersects(a.geom, b.geom) OR ST_DWithin(a.geom::geography, b.geom::geography, {tolerance}))
)
"""
# The boundary of lines are their ends, without those at which parts of one row meet, and none of a ring. Degrees of
# ST_DWithin come first, as they are far cheaper than metres.
_DANGLING = """
SELECT a._row, e.at, 'gap 悬挂端点 ' || round(n.away::numeric, 1) || ' m' AS detail
FROM {rows} AS a, LATERAL (SELECT (ST_Dump(ST_Boundary(a.geom))).geom AS at) AS e,
LATERAL (
    SELECT min(ST_Distance(e.at::geography, b.geom::geography)) AS away FROM {others} AS b
    WHERE b._row <> a._row AND b.geom && ST_Expand(e.at, {reach}) AND ST_DWithin(e.at, b.geom, {reach})
) AS n
WHERE ST_Dimension(a.geom) = 1 AND n.away > {tolerance} AND n.away <= {snap}
"""


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _snap(value: Any) -> float:
    if not positive(value) <= _FARTHEST_SNAP_M:
        raise ValueError(f"{value!r} m is too far for a gap; {_FARTHEST_SNAP_M:g} m at most")
    return float(value)


def _invalid(rule: Rule, rows: Rows) -> sql.Composable:
    simple = sql.Literal(bool(rule.parameters.get("simple", False)))
    return sql.SQL(_INVALID).format(rows=rows.relation, simple=simple)


def _is_small(rule: Rule) -> sql.Composable:
    measures = {
        "min_m2": sql.SQL("ST_Area(r.geom::geography) < {}"),
        "min_m": sql.SQL("ST_Length(r.geom::geography) < {}"),
    }
    conditions = [
        measure.format(sql.Literal(float(rule.parameters[name])))
        for name, measure in measures.items()
        if name in rule.parameters
    ]
    return sql.SQL("({})").format(sql.SQL(" OR ").join(conditions))


def _division(value: Any) -> str:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise ValueError(f"{value!r} is not a division code: six digits (GB/T 2260), or nine with the subdistrict")
    return value


def _outside(rule: Rule, rows: Rows) -> sql.Composable | None:
    code = rule.parameters.get("division")
    areas = rows.values_of(rule.parameters["layer"]) if code is None else rows.division(code)
    return areas and sql.SQL(_OUTSIDE).format(rows=rows.relation, known=areas)


def _overlapping(rule: Rule, rows: Rows) -> sql.Composable:
    tolerance = sql.Literal(float(rule.parameters.get("tolerance_m2", _DEFAULT_TOLERANCE_M2)))
    return sql.SQL(_OVERLAP).format(rows=rows.relation, tolerance=tolerance)


def _disconnected(rule: Rule, rows: Rows) -> sql.Composable:
    tolerance = float(rule.parameters.get("tolerance_m", _DEFAULT_TOLERANCE_M))
    snap = float(rule.parameters.get("snap_m", _DEFAULT_SNAP_M))
    parts = {
        "rows": rows.relation,
        "others": rows.neighbours,
        "tolerance": sql.Literal(tolerance),
        "margin": _degrees(tolerance),
        "snap": sql.Literal(snap),
        "reach": _degrees(snap),
    }
    isolated = sql.SQL(_ISOLATED).format(**parts)
    if not rule.parameters.get("dangles", False):
        return isolated
    return sql.SQL("{} UNION ALL {}").format(isolated, sql.SQL(_DANGLING).format(**parts))


def _degrees(metres: float) -> sql.Composable:
    """Return degrees of at least that length: one of longitude is half as long at 60° north, and Shanghai is at 31°."""
    return sql.Literal(2 * metres / _DEGREE_M)


SHAPE_KINDS = (
    RuleKind(
        "geometry_valid",
        Title("几何有效", "geometry valid"),
        "correctness",
        takes={"simple": _boolean},
        costly=True,
        failing=_invalid,
    ),
    RuleKind(
        "size",
        Title("不小于最小面积或长度", "not too small"),
        "correctness",
        takes={"min_m2": number, "min_m": number},
        needs=("min_m2", "min_m"),
        costly=True,
        condition=_is_small,
    ),
    RuleKind(
        "inside",
        Title("位于范围内", "inside an area"),
        "correctness",
        takes={"layer": word, "division": _division},
        needs=("layer", "division"),
        costly=True,
        failing=_outside,
    ),
    RuleKind(
        "no_overlap",
        Title("互不重叠", "no overlap"),
        "consistency",
        takes={"tolerance_m2": positive},
        costly=True,
        failing=_overlapping,
    ),
    RuleKind(
        "connected",
        Title("线网连通", "connected"),
        "consistency",
        takes={"tolerance_m": positive, "dangles": _boolean, "snap_m": _snap},
        costly=True,
        failing=_disconnected,
    ),
)
