"""The ground plan of a run: its streets by gust and its keep-out zones, on the buildings and waters of the map."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, Select, func, select

from layers.access import Decision, Principal, decide, visible
from layers.base import Layer
from layers.query import Bbox
from layers.registry import Registry
from layers.space import LocalPlane
from layers.store import Database
from layers.temporal import now
from twin.hazard import Level
from twin.runs.record import Run
from twin.runs.visibility import is_visible
from twin.store.models import run_feature as table

Shapes = NDArray[np.object_]
# The margin around the area of the run, and the shortest side of the plan, metres.
_MARGIN_M, _LEAST_M = 30.0, 200.0
# Smaller details are not visible on paper.
_FINE_M = 0.7
_MOST = 6000


@dataclass(frozen=True)
class Coloured:
    """A shape in metres of the plan and its colour."""

    shape: BaseGeometry
    color: str


@dataclass(frozen=True)
class GroundPlan:
    """Shapes in metres, x east and y north of the south-west corner; the plan is ``width_m`` by ``height_m``."""

    plane: LocalPlane
    west_m: float
    south_m: float
    width_m: float
    height_m: float
    buildings: Shapes
    water: Shapes
    green: Shapes
    streets: tuple[Coloured, ...]
    keepout: tuple[Coloured, ...]

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        """Return the plan coordinates of a place of the map."""
        ((x, y),) = self.plane.xy(np.array([[lon, lat]]))
        return float(x) - self.west_m, float(y) - self.south_m


@dataclass(frozen=True)
class _Frame:
    plane: LocalPlane
    west: float
    south: float
    east: float
    north: float

    def put(self, shapes: Shapes) -> Shapes:
        """Return shapes of the map clipped and moved into the plan; those outside become empty."""
        if not len(shapes):
            return shapes
        placed = shapely.simplify(self.plane.to_plane(shapely.make_valid(shapes)), _FINE_M)
        cut = shapely.clip_by_rect(placed, self.west, self.south, self.east, self.north)
        corner = np.array([self.west, self.south])
        return np.asarray(shapely.transform(cut, lambda xy: xy - corner))

    @property
    def box(self) -> Bbox:
        """Return the frame in degrees."""
        corners = np.array([[self.west, self.south], [self.east, self.north]])
        (west, south), (east, north) = self.plane.lonlat(corners)
        return Bbox(float(west), float(south), float(east), float(north))


def ground_plan(database: Database, registry: Registry, run: Run, principal: Principal) -> GroundPlan | None:
    """Return the plan of a run for one reader, or None where the run found nothing."""
    decision = decide(principal, "read", "scenarios")
    with database.reader.connect() as connection:
        frame = _frame(connection, run.id, decision)
        if frame is None:
            return None
        base = {name: _base(connection, registry, name, (frame, principal)) for name in _BASE}
        streets = [*_streets(connection, registry, (run, decision), frame)]
        keepout = [*_keepout(connection, run.id, decision, frame)]
    width, height = frame.east - frame.west, frame.north - frame.south
    return GroundPlan(
        frame.plane, frame.west, frame.south, width, height, **base, streets=tuple(streets), keepout=tuple(keepout)
    )


_BASE = ("buildings", "water", "green")


def looked_at(connection: Connection, run: int, decision: Decision) -> BaseGeometry | None:
    """Return the extent of a run in degrees: that of its streets and façades, or else of all its features.

    Only what the reader may see counts. Objects may lie outside it, as the middle of a long street does.
    """
    envelope = func.ST_AsBinary(func.ST_Envelope(func.ST_Collect(func.ST_Envelope(table.c.geom))))
    own = select(envelope).where(table.c.run == run, is_visible(table, decision))
    wkb = connection.execute(own.where(table.c.kind.in_(("streets", "facades")))).scalar()
    wkb = connection.execute(own).scalar() if wkb is None else wkb
    return None if wkb is None else shapely.from_wkb(bytes(wkb))


def _frame(connection: Connection, run: int, decision: Decision) -> _Frame | None:
    area = looked_at(connection, run, decision)
    if area is None:
        return None
    west, south, east, north = area.bounds
    plane = LocalPlane((west + east) / 2, (south + north) / 2)
    (x0, y0), (x1, y1) = plane.xy(np.array([[west, south], [east, north]]))
    half_x, half_y = (max((far - near) / 2 + _MARGIN_M, _LEAST_M / 2) for near, far in ((x0, x1), (y0, y1)))
    return _Frame(plane, -half_x, -half_y, half_x, half_y)


def _base(connection: Connection, registry: Registry, name: str, view: tuple[_Frame, Principal]) -> Shapes:
    """Return the shapes of a layer of the map that this reader may see, the largest first where there are many."""
    frame, principal = view
    if name not in registry or not decide(principal, "read", registry.get(name)).allowed:
        return np.empty(0, object)
    columns = _layer_statement(registry.get(name), frame.box, decide(principal, "read", registry.get(name)))
    rows = connection.execute(columns).scalars()
    shapes = frame.put(np.array([shapely.from_wkb(bytes(wkb)) for wkb in rows], dtype=object))
    return np.asarray(shapes[~shapely.is_empty(shapes)]) if len(shapes) else shapes


def _layer_statement(layer: Layer, box: Bbox, decision: Decision) -> Select[Any]:
    rows = visible(layer, decision, now())
    columns = rows.selected_columns
    shapes = rows.with_only_columns(func.ST_AsBinary(columns.geom)).where(box.touches(columns.geom))
    return shapes.order_by(func.ST_Area(columns.geom).desc()).limit(_MOST)


def _features(kind: str, run: int, decision: Decision) -> Select[Any]:
    """Select the features of a kind, the worst last, so that they are drawn on top."""
    shapes = select(func.ST_AsBinary(table.c.geom).label("wkb"), table.c.value, table.c.level)
    features = shapes.where(table.c.run == run, table.c.kind == kind, is_visible(table, decision))
    return features.order_by(table.c.rank.desc()).limit(_MOST)


def _streets(
    connection: Connection, registry: Registry, source: tuple[Run, Decision], frame: _Frame
) -> Iterator[Coloured]:
    run, decision = source
    rows = connection.execute(_features("streets", run.id, decision)).all()
    layer = f"{run.scenario}_streets"
    paint = registry.get(layer).style.variants[0].paint if layer in registry else None
    shapes = frame.put(np.array([shapely.from_wkb(bytes(row.wkb)) for row in rows], dtype=object))
    for row, shape in zip(rows, shapes, strict=True):
        color = Level(row.level).color if paint is None else paint.color_of({"value": row.value})
        yield Coloured(shape, color)


def _keepout(connection: Connection, run: int, decision: Decision, frame: _Frame) -> Iterator[Coloured]:
    rows = connection.execute(_features("keepout", run, decision)).all()
    shapes = frame.put(np.array([shapely.from_wkb(bytes(row.wkb)) for row in rows], dtype=object))
    for row, shape in zip(rows, shapes, strict=True):
        yield Coloured(shape, Level(row.level).color)
