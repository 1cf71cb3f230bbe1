"""Indicators of what stands on a site: areas on the ellipsoid, heights, distances; pure.

Floor area ratio 容积率 is floor area by area of the site, building density 建筑密度 the area that buildings cover from
above, green ratio 绿地率 that of green ground which no building covers. Setbacks 退界 are the least distances of
buildings to the border of the site. Distances are those of a plane about the site, areas those of the ellipsoid of
CGCS2000 between geodesics (C. F. F. Karney, "Algorithms for geodesics", Journal of Geodesy 87, 2013).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from pyproj import Geod
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from bim.schemes.figures import Figure, Known, named, unknown
from layers.space import LocalPlane
from layers.title import Title

_ELLIPSOID = Geod(a=6378137.0, rf=298.257222101)
# Buildings nearer than that touch, metres: outlines are kept to a tenth of a millimetre.
_TOUCH_M = 1e-3
# A building begins on another whose top is no further from its base, metres.
_JOINT_M = 0.5
# Quarters of the compass that a side of the site faces, by the direction of its outward normal from north.
SIDES = ("north", "east", "south", "west")
_GROUND = Title("地面", "the ground")
_SIDE_TITLES = {
    "north": Title("北侧", "north"),
    "east": Title("东侧", "east"),
    "south": Title("南侧", "south"),
    "west": Title("西侧", "west"),
}


@dataclass(frozen=True)
class Massing:
    """One building as it is measured: its outline from above in degrees (EPSG:4490), valid, and what it reaches up to.

    ``base_m`` and ``top_m`` are metres over the ground, ``top_m`` None where it is not known; ``datum`` says what is
    taken for the ground.
    """

    id: str
    name: str
    outline: Any
    base_m: float
    top_m: float | None
    storeys: Known
    floor_area_m2: Known
    datum: Title = _GROUND

    @property
    def label(self) -> str:
        """Return what people call it."""
        return self.name or self.id


@dataclass(frozen=True)
class Ground:
    """The site in degrees (EPSG:4490), and what is known of it.

    ``green`` is the green ground, None where it is not known, and ``green_basis`` where that is from or why there is
    none. ``place_m`` is how far buildings may be off their place, None where nothing states it.
    """

    site: Any
    green: Any
    green_basis: Title
    place_m: float | None = None


def ellipsoidal_area(shape: Any) -> float:
    """Return the area of a (multi)polygon in degrees, square metres; of anything else 0."""
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and not part.is_empty]
    return sum(abs(_ELLIPSOID.geometry_area_perimeter(shapely.orient_polygons(part))[0]) for part in polygons)


def measure(ground: Ground, massings: Sequence[Massing]) -> tuple[Figure, ...]:
    """Return all indicators of a site and what stands on it, in the order in which they are read."""
    survey = _Survey(ground, tuple(massings))
    made: list[Figure] = []
    for name, title, unit, find in _INDICATORS:
        known = find(survey)
        loose = ground.place_m if name.startswith("setback") and known.value is not None else None
        made.append(Figure(name, title, unit, known.value, known.basis, loose))
    return tuple(made)


@dataclass(frozen=True)
class _Survey:
    ground: Ground
    massings: tuple[Massing, ...]

    @cached_property
    def plane(self) -> LocalPlane:
        middle = shapely.centroid(self.ground.site)
        return LocalPlane(middle.x, middle.y)

    @cached_property
    def site(self) -> Any:
        return self._flat([self.ground.site])[0]

    @cached_property
    def outlines(self) -> Any:
        return self._flat([one.outline for one in self.massings])

    @cached_property
    def covered(self) -> Any:
        """Return what all buildings cover, in degrees."""
        return shapely.union_all(np.array([one.outline for one in self.massings], dtype=object))

    @cached_property
    def site_m2(self) -> float:
        return ellipsoidal_area(self.ground.site)

    @cached_property
    def covered_m2(self) -> float:
        return ellipsoidal_area(self.covered)

    @cached_property
    def green_m2(self) -> float | None:
        if self.ground.green is None:
            return None
        return ellipsoidal_area(
            shapely.difference(shapely.intersection(self.ground.green, self.ground.site), self.covered)
        )

    @cached_property
    def structures(self) -> Any:
        """Return what stands apart, in the plane: buildings that touch are one."""
        pairs = shapely.STRtree(self.outlines).query(self.outlines, predicate="dwithin", distance=_TOUCH_M)
        count = len(self.outlines)
        _, of = connected_components(coo_array((np.ones(pairs.shape[1]), tuple(pairs)), (count, count)), directed=False)
        return np.array([shapely.union_all(self.outlines[of == number]) for number in np.unique(of)], dtype=object)

    @cached_property
    def setbacks(self) -> list[float]:
        """Return the distance of each building to the border; below 0, how far it reaches beyond it."""
        return [_to_border(outline, self.site) for outline in self.outlines]

    @cached_property
    def stacked(self) -> list[float]:
        """Return the storeys of each building with those of the tallest that it stands on; all have to be known."""
        counts = [one.storeys.value or 0.0 for one in self.massings]
        pairs = shapely.STRtree(self.outlines).query(self.outlines, predicate="intersects").T
        for upper in sorted(range(len(counts)), key=lambda number: self.massings[number].base_m):
            below = [counts[lower] for lower in pairs[pairs[:, 0] == upper, 1].tolist() if self._carries(lower, upper)]
            counts[upper] += max(below, default=0.0)
        return counts

    def _carries(self, lower: int, upper: int) -> bool:
        """Tell whether one building stands on another: it begins where that one ends, and over it."""
        top, base = self.massings[lower].top_m, self.massings[upper].base_m
        if lower == upper or top is None or base <= 0.0 or abs(top - base) > _JOINT_M:
            return False
        return bool(shapely.area(shapely.intersection(self.outlines[lower], self.outlines[upper])) > _TOUCH_M)

    def _flat(self, shapes: list[Any]) -> Any:
        return self.plane.to_plane(np.array(shapes, dtype=object))

    def of_all(self, value: Callable[[Massing], float | None]) -> tuple[list[float], list[str]]:
        """Return a value of each building, and the names of those where it is not known."""
        values = [(one.label, value(one)) for one in self.massings]
        return [each for _, each in values if each is not None], [name for name, each in values if each is None]


def setbacks(site: Any, massings: Sequence[Massing]) -> list[float]:
    """Return the distance of each building to the border of a site, metres; below 0, how far it reaches beyond it."""
    return _Survey(Ground(site, None, Title("", "")), tuple(massings)).setbacks if massings else []


def _to_border(outline: Any, site: Any) -> float:
    beyond = shapely.difference(outline, site)
    if shapely.area(beyond) <= _TOUCH_M:
        return float(shapely.distance(outline, shapely.boundary(site)))
    away = shapely.distance(shapely.points(shapely.get_coordinates(beyond)), site)
    return -float(away.max())


def _to_side(outline: Any, site: Any, border: Any) -> float:
    """Return the distance of a building to one side of the border; below 0 it reaches so far over that side."""
    beyond = shapely.difference(outline, site)
    if shapely.area(beyond) > _TOUCH_M:
        places = shapely.points(shapely.get_coordinates(beyond))
        away, aside = shapely.distance(places, site), shapely.distance(places, border)
        # What lies outside is over the side that it is nearest to.
        over = away[(away > 0) & (aside <= away + _TOUCH_M)]
        if len(over):
            return -float(over.max())
    return float(shapely.distance(outline, border))


def _site_area(survey: _Survey) -> Known:
    return Known(survey.site_m2, Title("用地红线，椭球面积", "the site's border, area on the ellipsoid"))


def _buildings(survey: _Survey) -> Known:
    return Known(float(len(survey.massings)), Title("单体数", "as many as are told apart"))


def _footprint(survey: _Survey) -> Known:
    return Known(survey.covered_m2, _FROM_ABOVE)


def _density(survey: _Survey) -> Known:
    return Known(100.0 * survey.covered_m2 / survey.site_m2, _FROM_ABOVE)


def _floor_area(survey: _Survey) -> Known:
    values, missing = survey.of_all(lambda one: one.floor_area_m2.value)
    if missing:
        why = next(one.floor_area_m2.basis for one in survey.massings if one.floor_area_m2.value is None)
        zh, en = why.zh.removeprefix("未知："), why.en.removeprefix("unknown: ")
        return unknown(f"{named(missing)}：{zh}", f"{named(missing)}: {en}")
    bases = list(dict.fromkeys(one.floor_area_m2.basis for one in survey.massings))
    joined = Title("；".join(one.zh for one in bases), "; ".join(one.en for one in bases))
    return Known(sum(values), joined if bases else Title("无建筑", "there is no building"))


def _ratio(survey: _Survey) -> Known:
    area = _floor_area(survey)
    return area if area.value is None else Known(area.value / survey.site_m2, area.basis)


def _height(survey: _Survey) -> Known:
    values, missing = survey.of_all(lambda one: one.top_m)
    if missing:
        return unknown(f"{named(missing)} 的高度缺失", f"the height of {named(missing)} is missing")
    zeros = list(dict.fromkeys(one.datum for one in survey.massings))
    told = Title("、".join(one.zh for one in zeros), "; ".join(one.en for one in zeros))
    return Known(max(values, default=0.0), Title(f"最高点，自{told.zh}起算", f"the highest top, from {told.en}"))


def _storeys(survey: _Survey) -> Known:
    _, missing = survey.of_all(lambda one: one.storeys.value)
    if missing:
        return unknown(f"{named(missing)} 的层数缺失", f"the storeys of {named(missing)} are not stated")
    return Known(max(survey.stacked, default=0.0), Title("最多的一栋，含其下裙房", "the most, with what it stands on"))


def _green(survey: _Survey) -> Known:
    return Known(survey.green_m2, survey.ground.green_basis)


def _green_share(survey: _Survey) -> Known:
    green = survey.green_m2
    return Known(None if green is None else 100.0 * green / survey.site_m2, survey.ground.green_basis)


def _setback(survey: _Survey, side: str | None = None) -> Known:
    """Return the least distance of buildings to the border, or to one side; below 0 they reach so far beyond it."""
    if not survey.massings:
        return unknown("用地内无建筑", "there is no building on the site")
    distances = survey.setbacks
    if side is not None:
        border = _facing(survey.site, side)
        if shapely.is_empty(border):
            return unknown("用地没有朝向该侧的边", "no side of the site faces there")
        distances = [_to_side(outline, survey.site, border) for outline in survey.outlines]
    nearest = survey.massings[int(np.argmin(distances))].label
    if min(distances) < 0:
        return Known(float(min(distances)), Title(f"超出用地红线：{nearest}", f"it reaches beyond the site: {nearest}"))
    return Known(float(min(distances)), Title(f"最近处：{nearest}", f"nearest: {nearest}"))


def _spacing(survey: _Survey) -> Known:
    structures = survey.structures if survey.massings else ()
    if len(structures) < 2:
        return unknown("没有两栋相互分开的建筑", "there are no two buildings apart from each other")
    tree = shapely.STRtree(structures)
    _, distances = tree.query_nearest(structures, exclusive=True, return_distance=True)
    return Known(float(distances.min()), Title("相接的建筑视为一栋", "buildings that touch are one"))


def _beyond(survey: _Survey) -> Known:
    outside = ellipsoidal_area(shapely.difference(survey.covered, survey.ground.site))
    return Known(outside, Title("基底超出用地红线的部分", "what buildings cover beyond the site"))


def _facing(site: Any, side: str) -> Any:
    """Return the edges of a site, its outer borders, whose outward normal is nearest to a point of the compass."""
    edges = [edge for part in shapely.get_parts(site) for edge in _edges(part)]
    return shapely.MultiLineString([line for line, faces in edges if faces == side])


def _edges(polygon: Any) -> Iterator[tuple[Any, str]]:
    corners = shapely.get_coordinates(shapely.orient_polygons(polygon).exterior)
    for start, end in pairwise(corners):
        east, north = end - start
        # The border runs counter-clockwise, so that outside is to the right.
        azimuth = np.degrees(np.arctan2(north, -east)) % 360.0
        yield shapely.linestrings([start, end]), SIDES[int(((azimuth + 45.0) % 360.0) // 90.0)]


_FROM_ABOVE = Title(
    "各单体轮廓俯视投影之并，含挑檐、阳台等突出部分", "the outlines from above together, with eaves and balconies"
)
Find = Callable[[_Survey], Known]


def _by_side(side: str) -> Find:
    return lambda survey: _setback(survey, side)


_INDICATORS: tuple[tuple[str, Title, str, Find], ...] = (
    ("site_area_m2", Title("用地面积", "site area"), "m²", _site_area),
    ("buildings", Title("建筑单体数", "buildings"), "", _buildings),
    ("footprint_m2", Title("建筑基底面积", "footprint area"), "m²", _footprint),
    ("density_pct", Title("建筑密度", "building density"), "%", _density),
    ("floor_area_m2", Title("总建筑面积", "gross floor area"), "m²", _floor_area),
    ("far", Title("容积率", "floor area ratio"), "", _ratio),
    ("height_m", Title("最大高度", "greatest height"), "m", _height),
    ("storeys", Title("最多层数", "most storeys"), "", _storeys),
    ("green_m2", Title("绿地面积", "green area"), "m²", _green),
    ("green_pct", Title("绿地率", "green ratio"), "%", _green_share),
    ("setback_m", Title("最小退界", "least setback"), "m", _setback),
    *(
        (
            f"setback_{side}_m",
            Title(f"{title.zh}退界", f"setback to the {title.en}"),
            "m",
            _by_side(side),
        )
        for side, title in _SIDE_TITLES.items()
    ),
    ("spacing_m", Title("最小建筑间距", "least spacing of buildings"), "m", _spacing),
    ("beyond_site_m2", Title("超出红线面积", "area beyond the site"), "m²", _beyond),
)
