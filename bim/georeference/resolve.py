"""From what a file says of its place, and what is said by hand, to one placement."""

import cmath
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from bim.georeference import sentences
from bim.georeference.control_points import fit_control_points
from bim.georeference.crs_names import plane_frame
from bim.georeference.level import Level, has_angles, is_blank, is_far, level_of
from bim.georeference.options import LocateOptions, Source
from bim.georeference.placement import Placement, heading_of, wrapped
from bim.georeference.projected import Projected
from bim.georeference.statement import Helmert, Statement
from layers.errors import InputError, ParameterError
from layers.space import MAP_CRS, LocalGrid, Shift, accuracy_m, area_of_use, crs_name, parse_crs, to_geocentric
from layers.title import Title

Points = NDArray[np.float64]
Point = tuple[float, float, float]

# Metres from the model's origin from which on coordinates may be those of a map, if its reference system has them.
_MAYBE_FAR_M = 10_000.0
# Two offsets of one map are the same, and one of them too many, when they are this near; heights likewise.
_SAME_M, _SAME_HEIGHT_M = 10_000.0, 1.0
_SAME_TURN_DEG = 0.01
# On a local grid, whose numbers may be small, only the same offset twice tells, and only where it is no short step.
_REPEATED_M, _SHORT_M = 1.0, 500.0
# Disagreements that are worth a note.
_ODD_TURN_DEG, _ODD_PLACE_M, _ODD_ACCURACY_M, _ODD_SCALE = 0.5, 5_000.0, 1.0, 0.01


@dataclass(frozen=True)
class Georeference:
    """Where a model stands, and how that is known.

    ``level`` is the LoGeoRef of what the placement was made of, or, by hand, of what the file has besides. ``crs`` is
    the reference system that the coordinates were in. ``residual_m`` is the largest distance between where that
    has the corners of the model, or the control points, and where the placement has them; None where there is none.
    """

    placement: Placement
    level: Level
    crs: str
    source: Source
    residual_m: float | None = None
    notes: tuple[Title, ...] = ()


def locate(statement: Statement, options: LocateOptions | None = None, points: Points | None = None) -> Georeference:
    """Return where a model stands.

    ``points`` (n, 3) are points of it, in metres, its corners for example: they tell whether its coordinates are those
    of a map, and where the tangent plane is best laid. In this order: what is given by hand; a conversion to a plane
    reference system (LoGeoRef 50); coordinates that are already those of one (30); the world coordinate system
    and true north (40); latitude and longitude of the site (20). Raises InputError where none of them places the model.
    """
    search = _Search(statement, options or LocateOptions(), None if points is None or not len(points) else points)
    for way in _WAYS:
        found = way(search)
        if found is not None:
            return search.finished(found)
    raise InputError(sentences.nothing(level_of(statement), search.notes))


@dataclass
class _Search:
    """What one call of ``locate`` knows, and the notes that it gathers."""

    statement: Statement
    options: LocateOptions
    points: Points | None
    notes: list[Title] = field(default_factory=list)

    @cached_property
    def frame(self) -> CRS | LocalGrid | None:
        """Return the plane reference system of the coordinates; a name in the file that says nothing is noted."""
        if self.options.crs:
            return plane_frame(self.options.crs, self.options.grids)
        if not self.statement.crs.strip():
            return None
        try:
            return plane_frame(self.statement.crs, self.options.grids)
        except ParameterError:
            self.notes.append(sentences.unknown_crs(self.statement.crs))
            return None

    @cached_property
    def corners(self) -> Points:
        """Return the corners (n, 3) of the model's box; where no points are given, the origin of its site."""
        if self.points is None:
            return np.array([self.statement.site_offset])
        low, high = np.min(self.points, axis=0), np.max(self.points, axis=0)
        picks = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1]), axis=-1).reshape(-1, 3)
        corners: Points = np.where(picks == 0, low, high)
        return corners

    @cached_property
    def middle(self) -> Point:
        """Return the middle of the model's ground plan, at its lowest height."""
        x, y, _ = map(float, self.corners.mean(axis=0))
        return x, y, float(self.corners[:, 2].min())

    @property
    def anchor(self) -> Point:
        """Return the point that a place by hand, or latitude and longitude of the site, are the place of."""
        return self.options.anchor or self.statement.site_offset

    @property
    def pivot(self) -> Point:
        """Return the point about which a heading by hand turns the model: its anchor, unless that is elsewhere."""
        return self.anchor if math.dist(self.anchor[:2], self.middle[:2]) < _SAME_M else self.middle

    @property
    def true_north(self) -> tuple[float, float] | None:
        """Return the file's direction of true north, if it has a length."""
        north = self.statement.true_north
        return north if north is not None and math.hypot(*north) > 0.0 else None

    def is_on_map(self, east_north: tuple[float, float]) -> bool:
        """Tell whether coordinates are those of a map: far from their origin, or inside of their reference system."""
        if is_far(east_north):
            return True
        if math.hypot(*east_north) < _MAYBE_FAR_M or self.frame is None or area_of_use(self.frame) is None:
            return False
        return Projected(self.frame, Helmert(*east_north, 0.0)).is_inside(np.zeros((1, 3)))

    def heading(self) -> float:
        """Return the heading by hand, else that of the file's true north, else 0 and a note."""
        if self.options.heading_deg is not None:
            return self.options.heading_deg
        if self.true_north is not None:
            return heading_of(self.true_north)
        self.notes.append(sentences.NO_NORTH)
        return 0.0

    def unshifted(self, lonlat: tuple[float, float]) -> tuple[float, float]:
        """Return a place of the map of one that is stated, undoing the shift that is given by hand."""
        if not self.options.shifted:
            return lonlat
        shift = parse_crs(self.options.shifted, "shifted")
        if not isinstance(shift, Shift):
            raise ParameterError("shifted", f"{self.options.shifted!r} is no shift; gcj02 and bd09 are")
        ((lon, lat),) = shift.inverse(np.array([lonlat]))
        self.notes.append(sentences.unshifted(shift.name))
        return float(lon), float(lat)

    def finished(self, found: Georeference) -> Georeference:
        """Return what was found with the height and heading that are given by hand, and with all notes."""
        self.notes.extend(found.notes)
        placement, residual = found.placement, found.residual_m
        if self.options.heading_deg is not None and self.options.placement is None:
            residual = residual if abs(wrapped(placement.heading_deg - self.options.heading_deg)) < 1e-9 else None
            placement = replace(placement.moved_to(self.pivot), heading_deg=wrapped(self.options.heading_deg))
        if self.options.height_m is not None and self.options.placement is None:
            placement = replace(placement, height_m=self.options.height_m + placement.anchor[2] - self.anchor[2])
        self._compare_with_angles(found, placement)
        return replace(found, placement=placement, residual_m=residual, notes=tuple(self.notes))

    def _compare_with_angles(self, found: Georeference, placement: Placement) -> None:
        """Note where the site's latitude and longitude are far from where the model is put."""
        angles = self.statement.angles
        if found.crs == MAP_CRS or angles is None or not has_angles(angles):
            return
        here, there = to_geocentric(
            np.array([[placement.lon, placement.lat, 0.0], [angles.longitude, angles.latitude, 0.0]])
        )
        distance = math.dist(here, there)
        if distance > _ODD_PLACE_M:
            self.notes.append(sentences.angles_elsewhere(angles, distance))


def _given(search: _Search) -> Georeference | None:
    if search.options.placement is None:
        return None
    level = level_of(search.statement)
    return Georeference(search.options.placement, level, MAP_CRS, search.options.source)


def _by_control_points(search: _Search) -> Georeference | None:
    if not search.options.control_points:
        return None
    fit = fit_control_points(search.options.control_points, search.options.with_scale)
    level, worst, placement = level_of(search.statement), float(fit.residuals_m.max()), fit.placement
    if np.isnan(fit.height_residuals_m).all():
        placement = replace(placement, height_m=_elevation(search, placement.anchor))
    return Georeference(placement, level, MAP_CRS, "control_points", worst, fit.notes)


def _by_degrees(search: _Search) -> Georeference | None:
    if search.options.lonlat is None:
        return None
    lon, lat = search.unshifted(search.options.lonlat)
    placement = Placement(lon, lat, _elevation(search, search.anchor), search.heading(), anchor=search.anchor)
    return Georeference(placement, level_of(search.statement), MAP_CRS, "by_hand")


def _by_conversion(search: _Search) -> Georeference | None:
    """Place it by a conversion to a plane; one that is blank is none, unless the model is on the map already."""
    by_hand, conversion = search.options.conversion is not None, search.options.conversion
    conversion = conversion or search.statement.conversion
    if conversion is None:
        return None
    if search.frame is None:
        if by_hand:
            raise ParameterError("crs", "a conversion by hand leads to a reference system; name it, as EPSG:4549")
        search.notes.append(sentences.NO_CRS)
        return None
    if is_blank(conversion) and not by_hand:
        search.notes.append(sentences.BLANK)
        return None
    found = _projected(search, search.frame, _once(search, conversion), "by_hand" if by_hand else "map_conversion")
    _compare_north(search, found)
    return replace(found, level=level_of(search.statement) if by_hand else 50)


def _by_coordinates(search: _Search) -> Georeference | None:
    """Place a model whose own coordinates are those of a plane; a local grid by hand says that they are."""
    local = isinstance(search.frame, LocalGrid) and bool(search.options.crs)
    if not local and not search.is_on_map(search.middle[:2]):
        if search.options.crs:
            search.notes.append(sentences.crs_without_coordinates(search.options.crs))
        return None
    if search.frame is None:
        search.notes.append(sentences.coordinates_without_crs(search.middle))
        return None
    found = _projected(search, search.frame, Helmert(0.0, 0.0, 0.0), "site")
    _compare_north(search, found)
    return replace(found, level=30)


def _by_context(search: _Search) -> Georeference | None:
    """Place it by the world coordinate system; where that turns nothing, true north does."""
    context, frame = search.statement.context, search.frame
    if context is None or frame is None or not search.is_on_map((context.eastings, context.northings)):
        return None
    found = replace(_projected(search, frame, context, "context"), level=40)
    if search.true_north is None or context.ordinate != 0.0 or context.abscissa < 0.0:
        return found
    about = Projected(frame, context).in_zone(search.corners)[0].placement((0.0, 0.0, 0.0))
    return replace(found, placement=replace(about, heading_deg=heading_of(search.true_north)), residual_m=None)


def _by_angles(search: _Search) -> Georeference | None:
    angles = search.statement.angles
    if angles is None:
        return None
    if not has_angles(angles):
        search.notes.append(sentences.NULL_ISLAND)
        return None
    lon, lat = search.unshifted((angles.longitude, angles.latitude))
    anchor = search.statement.site_offset
    placement = Placement(lon, lat, _elevation(search, anchor), search.heading(), anchor=anchor)
    return Georeference(placement, 20, MAP_CRS, "site")


_WAYS: tuple[Callable[[_Search], Georeference | None], ...] = (
    _given,
    _by_control_points,
    _by_degrees,
    _by_conversion,
    _by_coordinates,
    _by_context,
    _by_angles,
)


def _elevation(search: _Search, point: Point) -> float:
    """Return the height of a point by the elevation that the file has for its site, else 0 and a note."""
    if search.statement.elevation_m is not None:
        return search.statement.elevation_m + point[2] - search.statement.site_offset[2]
    if search.options.height_m is None:
        search.notes.append(sentences.NO_HEIGHT)
    return 0.0


def _projected(search: _Search, frame: CRS | LocalGrid, conversion: Helmert, source: Source) -> Georeference:
    """Place the model by a conversion to a plane, tangent in the middle of the model; its level is not yet known."""
    projected, notes = Projected(frame, conversion).in_zone(search.corners)
    notes += projected.near_its_area(search.corners)
    placement = projected.placement(search.middle)
    residual = None if search.points is None else projected.residual_m(placement, search.corners)
    accuracy = accuracy_m(frame)
    if accuracy is None or accuracy > _ODD_ACCURACY_M:
        notes += (sentences.inaccurate(crs_name(frame), accuracy),)
    if abs(placement.scale - 1.0) > _ODD_SCALE:
        notes += (sentences.odd_scale(placement.scale),)
    return Georeference(placement, 0, crs_name(frame), source, residual, notes)


def _once(search: _Search, conversion: Helmert) -> Helmert:
    """Return the conversion of a model whose own coordinates are already on the map, so that it moves it once.

    What the placement of the site adds is taken off, its turn where the conversion has the same one, and its height
    where that is the conversion's. Where it is the shapes that have coordinates of the map, and not the site, the
    conversion's own offset is taken off.
    """
    to, at = (conversion.eastings, conversion.northings), search.statement.site_offset[:2]
    by_site = math.dist(search.middle[:2], at) < _SAME_M
    repeated = by_site and math.dist(at, to) < _REPEATED_M and math.hypot(*to) > _SHORT_M
    if not repeated and not (search.is_on_map(search.middle[:2]) and search.is_on_map(to)):
        return conversion
    x, y, z = search.statement.site_offset if by_site else (*to, 0.0)
    turn, site_turn = complex(conversion.abscissa, conversion.ordinate), complex(*search.statement.site_axis)
    if by_site and abs(math.degrees(cmath.phase(turn / site_turn))) < _SAME_TURN_DEG:
        turn = 1.0 + 0.0j
    moved = conversion.scale * turn / abs(turn) * complex(x, y)
    lowered = z if abs(z - conversion.height) < _SAME_HEIGHT_M else 0.0
    search.notes.append(sentences.twice(math.dist((x, y), to)))
    return Helmert(
        eastings=conversion.eastings - moved.real,
        northings=conversion.northings - moved.imag,
        height=conversion.height - lowered,
        abscissa=turn.real,
        ordinate=turn.imag,
        scale=conversion.scale,
    )


def _compare_north(search: _Search, found: Georeference) -> None:
    """Note where the file's true north is not that of the place; programs often write grid north for it."""
    if search.true_north is None or search.options.heading_deg is not None:
        return
    stated = heading_of(search.true_north)
    off = wrapped(stated - found.placement.heading_deg)
    if abs(off) > _ODD_TURN_DEG:
        search.notes.append(sentences.north_differs(off))
