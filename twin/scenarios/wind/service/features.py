"""The features of a result: streets, façades, keep-out zones and the ranked objects, back on the map."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.hazard import Impact, Level
from twin.scenario import RunFeature
from twin.scenarios.wind.risk.keepout import FallingThings, keepout_zones, missiles, outlines_of_points
from twin.scenarios.wind.service.assess import Assessment, facade_levels, street_levels
from twin.scenarios.wind.service.exposure import Exposed

F64 = NDArray[np.float64]
# Only the worst façade cells are stored for the map, and none below this demand.
_MOST_CELLS, _LEAST_ETA = 8000, 0.3
# Distance of a façade panel from its wall on the map, and its outer edge, metres.
_OFF_M, _THICK_M = 0.4, 1.6
_KEEP_OUT_FROM = Level.YELLOW
_UNITS = {"eta": "1", "gust_ms": "m/s", "probability": "1"}


def features_of(exposed: Exposed, assessment: Assessment) -> list[RunFeature]:
    """Return all features of a result, geometries in EPSG:4490."""
    shapes = _Shapes(exposed)
    return [
        *_street_features(exposed, assessment),
        *_facade_features(exposed, assessment),
        *_keepout_features(exposed, assessment, shapes),
        *_object_features(exposed, assessment, shapes),
    ]


def _to_map(exposed: Exposed, shapes: Any) -> Any:
    placed = np.asarray(shapes, dtype=object)
    return exposed.survey.site.plane.to_map(placed) if len(placed) else placed


def _rounded(values: Sequence[float] | F64, digits: int = 2) -> list[float]:
    return [0.0 if np.isnan(value) else round(float(value), digits) for value in values]


def _worst_first(values: F64) -> list[int]:
    """Return indices, the largest value first; NaN is left out."""
    order = np.argsort(-values, kind="stable")
    return [int(n) for n in order if not np.isnan(values[n])]


def _street_features(exposed: Exposed, assessment: Assessment) -> Iterator[RunFeature]:
    streets, roads = exposed.streets, exposed.survey.roads
    if not len(streets.pieces):
        return
    worst = np.fmax.reduce(assessment.street_gusts, axis=0)
    levels = street_levels(assessment.street_gusts)
    shapes = _to_map(exposed, streets.pieces)
    for rank, n in enumerate(_worst_first(worst), start=1):
        row = roads.rows[int(streets.road[n])]
        yield RunFeature(
            kind="streets",
            key=f"{roads.key(int(streets.road[n]))}/{n}",
            geom=shapes[n],
            level=int(levels[:, n].max()),
            value=round(float(worst[n]), 2),
            unit="m/s",
            rank=rank,
            name=row["name"] or "",
            name_en=row["name_en"] or "",
            category=row["class"] or "",
            series=_rounded(assessment.street_gusts[:, n]),
            levels=levels[:, n].tolist(),
            grade=roads.grade(int(streets.road[n])),
        )


def _facade_features(exposed: Exposed, assessment: Assessment) -> Iterator[RunFeature]:
    cells, facades = exposed.facades.cells, exposed.facades
    if not len(cells):
        return
    ageing = facades.ageing[cells.block]
    worst = assessment.facade_worst.values * ageing
    cell_indices = [n for n in _worst_first(worst)[:_MOST_CELLS] if worst[n] >= _LEAST_ETA]
    series = assessment.facade_eta[:, cell_indices] * ageing[cell_indices]
    levels = facade_levels(series)
    shapes = _to_map(exposed, panels(exposed)[cell_indices])
    for rank, n in enumerate(cell_indices, start=1):
        at = rank - 1
        owner = facades.buildings[int(cells.block[n])]
        yield RunFeature(
            kind="facades",
            key=f"{owner.key}/{n}",
            geom=shapes[at],
            level=int(levels[:, at].max()),
            value=round(float(worst[n]), 3),
            unit="1",
            rank=rank,
            name=owner.name,
            category="facade",
            series=_rounded(series[:, at], 3),
            levels=levels[:, at].tolist(),
            base_m=round(float(cells.base_m[n]), 1),
            height_m=round(float(cells.top_m[n]), 1),
            grade=owner.grade,
            sources=owner.sources,
            detail={
                "azimuth_deg": round(float(cells.azimuth_deg[n]), 1),
                "gust_ms": round(float(assessment.facade_gust[n]), 1),
            },
        )


def panels(exposed: Exposed) -> NDArray[np.object_]:
    """Return a thin polygon on the outside of each façade cell's wall, in metres of the plane."""
    cells = exposed.facades.cells
    angle = np.radians(cells.azimuth_deg)
    out = np.column_stack([np.sin(angle), np.cos(angle)])
    a, b = np.column_stack([cells.x0, cells.y0]), np.column_stack([cells.x1, cells.y1])
    ring = [a + _OFF_M * out, b + _OFF_M * out, b + _THICK_M * out, a + _THICK_M * out]
    return np.asarray(shapely.polygons(np.stack([*ring, ring[0]], axis=1)))


class _Shapes:
    """The geometries of impacts: a point on the map, and the ground plan of the object."""

    def __init__(self, exposed: Exposed) -> None:
        survey = exposed.survey
        self.shape: dict[str, Any] = {}
        for rows in (survey.roads, survey.risk_sources, survey.gathering_places):
            for n in range(len(rows.rows)):
                self.shape[rows.key(n)] = rows.shapes[n]
        plans = defaultdict(list)
        for block, outline in zip(exposed.facades.buildings, exposed.facades.outlines, strict=True):
            plans[block.key].append(outline)
        self.plan = {key: shapely.union_all(outlines) for key, outlines in plans.items()}
        self.shape |= self.plan

    def point(self, key: str) -> Any:
        """Return a point of a thing: the middle of a street, a point on a plan."""
        shape = self.shape[key]
        if shape.geom_type.endswith("LineString"):
            return shapely.line_interpolate_point(shapely.get_parts(shape)[0], 0.5, normalized=True)
        return shapely.point_on_surface(shape)


def _object_features(exposed: Exposed, assessment: Assessment, shapes: _Shapes) -> Iterator[RunFeature]:
    points = _to_map(exposed, [shapes.point(impact.key) for impact in assessment.impacts])
    heights = _heights(exposed)
    for rank, impact in enumerate(assessment.impacts, start=1):
        yield _described(impact, "objects", points[rank - 1], rank, heights.get(impact.key))


def _described(impact: Impact, kind: str, geom: Any, rank: int, height: float | None) -> RunFeature:
    sentence = impact.sentence()
    return RunFeature(
        kind=kind,
        key=impact.key,
        geom=geom,
        level=int(impact.level),
        value=round(impact.demand, 3),
        unit=_UNITS.get(impact.measure, ""),
        rank=rank,
        name=impact.name,
        category=impact.kind,
        height_m=height,
        reason_zh=sentence.zh,
        reason_en=sentence.en,
        owner=impact.owner,
        phone=impact.phone,
        people=round(impact.people, 1),
        screening=impact.screening,
        grade=impact.grade,
        sources=impact.sources,
        detail={
            "measure": impact.measure,
            "uncertainty": round(impact.uncertainty, 3),
            "at": impact.at.isoformat(),
            "score": round(impact.score, 3),
            "evidence": dict(impact.evidence),
        },
    )


def _heights(exposed: Exposed) -> dict[str, float]:
    survey = exposed.survey
    heights: dict[str, float] = {}
    for rows in (survey.risk_sources, survey.gathering_places):
        for n, row in enumerate(rows.rows):
            if row["height_m"] is not None:
                heights[rows.key(n)] = float(row["height_m"])
    return heights


def _keepout_features(exposed: Exposed, assessment: Assessment, shapes: _Shapes) -> Iterator[RunFeature]:
    """Yield the keep-out zones of objects at yellow and above."""
    rank = 0
    groups: dict[str, list[Impact]] = defaultdict(list)
    for impact in assessment.impacts:
        if impact.level >= _KEEP_OUT_FROM and (impact.kind in missiles() or impact.kind in ("tree", "tower_crane")):
            groups[impact.kind].append(impact)
    rows = {row["key"]: row for row in exposed.objects}
    for kind, impacts in groups.items():
        zones = _to_map(exposed, keepout_zones(_falling(kind, impacts, rows, shapes), assessment.terrain))
        for impact, zone in zip(impacts, zones, strict=True):
            rank += 1
            yield _described(impact, "keepout", zone, rank, None)


def _falling(kind: str, impacts: list[Impact], rows: dict[str, Any], shapes: _Shapes) -> FallingThings:
    gust = np.array([float(impact.evidence.get("gust_ms", 0.0)) for impact in impacts])
    from_deg = np.array([float(impact.evidence.get("wind_from_deg", 0.0)) for impact in impacts])
    if kind == "facade":
        outlines = np.array([shapes.plan[impact.key] for impact in impacts], dtype=object)
        heights = np.array([float(impact.evidence.get("top_m", 50.0)) for impact in impacts])
        return FallingThings(kind, outlines, heights, gust, from_deg)
    own = [rows[impact.key] for impact in impacts]
    xy = np.array([shapes.point(impact.key).coords[0] for impact in impacts])
    width = np.array([float(row["width_m"] or 1.0) for row in own])
    heights = np.array([float(row["height_m"] or 3.0) for row in own])
    outlines = outlines_of_points(xy[:, 0].tolist(), xy[:, 1].tolist(), width.tolist())
    return FallingThings(kind, outlines, heights, gust, from_deg, width)
