"""Layouts of buildings on a plot: rows of slabs, towers on lots, sheds, a school around its yard."""

from collections.abc import Iterator
from dataclasses import dataclass

from shapely.geometry import Polygon
from shapely.prepared import PreparedGeometry, prep

from .outlines import cross, ell, octagon, rectangle
from .plane import Frame, polygons_in, south_facing, tight_frame
from .rng import Rng
from .streets import divide


@dataclass(frozen=True)
class Rows:
    """Houses in rows; lengths in metres, ``low`` and ``high`` are floors."""

    key: str
    kind: str
    low: int
    high: int
    depth: float
    shortest: float
    longest: float
    gap: float
    pitch: float
    crosses: bool = False


@dataclass(frozen=True)
class Plan:
    """A planned house: its outline, floors (None where unknown) and height."""

    shape: Polygon
    floors: int | None
    height_m: float


LANES = Rows("lilong", "house", 2, 3, 9.5, 26, 46, 3.5, 15.5)
SLABS = Rows("slab", "apartments", 5, 6, 11.5, 36, 56, 9, 27)
MIDDLE = Rows("middle", "apartments", 9, 14, 13.5, 30, 44, 14, 44)
HIGH = Rows("high", "apartments", 22, 33, 25, 25, 28, 24, 58, crosses=True)
HOUSING = {SLABS: 0.62, MIDDLE: 0.2, HIGH: 0.18}
OLD_HOUSING = {LANES: 0.8, SLABS: 0.2}

STOREY_M = 3.0
OFFICE_STOREY_M = 4.0


def rows(plot: Polygon, form: Rows, rng: Rng) -> Iterator[Plan]:
    """Rows of houses that face south, filling a plot as far as they fit."""
    frame = south_facing(tight_frame(plot))
    west, south, east, north = frame.bounds(plot)
    room = prep(plot)
    usual = rng.whole(form.low, form.high)
    v = south + form.depth / 2
    while v + form.depth / 2 <= north:
        yield from _row(frame, (west, east, v), form, rng, room, usual)
        v += form.pitch


def _row(
    frame: Frame, span: tuple[float, float, float], form: Rows, rng: Rng, room: PreparedGeometry, usual: int
) -> Iterator[Plan]:
    """One row from west to east; a house that does not fit is tried again a little further east."""
    west, east, v = span
    u = west
    while u + form.shortest <= east:
        length = rng.between(form.shortest, form.longest)
        shape = _house(frame, (u + length / 2, v), length, form)
        if not room.contains(shape):
            u += 6
            continue
        floors = usual if rng.chance(0.8) else rng.whole(form.low, form.high)
        if not rng.chance(0.05):
            yield Plan(shape, floors, floors * STOREY_M)
        u += length + form.gap


def _house(frame: Frame, centre: tuple[float, float], length: float, form: Rows) -> Polygon:
    if form.crosses:
        return frame.place(cross(length), centre)
    return frame.box(centre, length, form.depth)


def offices(plot: Polygon, rng: Rng, tallest: int, lot_m2: float) -> Iterator[Plan]:
    """One office building on each lot, low or high at random."""
    for lot in divide(plot, lot_m2, rng):
        floors = rng.whole(6, tallest) if rng.chance(0.7) else rng.whole(5, 9)
        width = min(46.0, max(20.0, lot.area**0.5 * 0.52))
        if shape := _on_lot(lot, rng, width):
            yield Plan(shape, floors, floors * OFFICE_STOREY_M)


def _on_lot(lot: Polygon, rng: Rng, width: float) -> Polygon | None:
    """A ground plan in the middle of a lot, made smaller until it fits."""
    frame = tight_frame(lot)
    depth = rng.between(0.6, 0.85)
    make = rng.weigh({"rect": 0.6, "octagon": 0.15, "ell": 0.25})
    for share in (1.0, 0.8, 0.62):
        size = width * share
        plans = {"rect": rectangle(size, size * depth), "octagon": octagon(size), "ell": ell(size)}
        shape = frame.place(plans[make])
        if lot.buffer(-2).contains(shape):
            return shape
    return None


def halls(plot: Polygon, rng: Rng, lot_m2: float, storey_m: float, counted: bool) -> Iterator[Plan]:
    """Low and broad buildings, shops or sheds, that cover most of their lots."""
    for lot in divide(plot, lot_m2, rng):
        frame = tight_frame(lot)
        west, south, east, north = frame.bounds(lot)
        floors = rng.whole(1, 5) if counted else rng.whole(1, 2)
        for share in (0.82, 0.62, 0.45):
            shape = frame.box(((west + east) / 2, (south + north) / 2), (east - west) * share, (north - south) * share)
            if lot.contains(shape):
                yield Plan(shape, floors if counted else None, round(floors * storey_m, 1))
                break


def yard(plot: Polygon, rng: Rng, low: int, high: int) -> Iterator[Plan]:
    """A school or a clinic: parallel wings on the northern part, the yard in the south left open."""
    frame = south_facing(tight_frame(plot))
    west, south, east, north = frame.bounds(plot)
    v = south + (north - south) * 0.42
    while v + 8 <= north:
        length = min(72.0, (east - west) * 0.6)
        for share in (0.5, 0.38, 0.62):
            shape = frame.box((west + (east - west) * share, v), length, 15)
            if plot.contains(shape):
                floors = rng.whole(low, high)
                yield Plan(shape, floors, round(floors * 3.8, 1))
                break
        v += 31


def inner(shape: Polygon, setback_m: float) -> list[Polygon]:
    """The part of a block behind its setback."""
    return polygons_in(shape.buffer(-setback_m, join_style="mitre"), 250)
