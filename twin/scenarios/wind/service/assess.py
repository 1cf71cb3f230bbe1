"""Assesses the risk of a storm from winds and fields: what is in danger, when and how severely."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.hazard import Impact
from twin.scenarios.wind.forcing.reference import ReferenceWind
from twin.scenarios.wind.library.library import Library
from twin.scenarios.wind.risk.facade import eta
from twin.scenarios.wind.risk.facade_impact import FacadeLoad, facade_impacts
from twin.scenarios.wind.risk.impact import ranked, worst_over_steps, worst_together
from twin.scenarios.wind.risk.levels import level_rule
from twin.scenarios.wind.risk.object_impact import ObjectLoad, object_impacts
from twin.scenarios.wind.risk.pedestrians import along_segments
from twin.scenarios.wind.risk.place_impact import PlaceLoad, place_impacts
from twin.scenarios.wind.risk.steps import Worst
from twin.scenarios.wind.service.exposure import Exposed
from twin.scenarios.wind.terrain import Terrain

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Assessment:
    """The effects of a storm: series (steps, n) of streets and façades, gusts at objects, and ranked impacts."""

    winds: Sequence[ReferenceWind]
    terrain: Terrain
    street_gusts: F64
    facade_eta: F64
    facade_worst: Worst
    facade_gust: F64
    object_worst: Worst
    object_gusts: F64
    impacts: tuple[Impact, ...]


def assess_storm(exposed: Exposed, library: Library, winds: Sequence[ReferenceWind], w0_years: int = 50) -> Assessment:
    """Look the winds up at everything exposed, and assess the impacts."""
    strongest = max(winds, key=lambda wind: wind.speed_ms)
    terrain = exposed.city.district.terrain(strongest.from_deg)
    street_gusts, street_impacts = _streets(exposed, library, winds)
    etas = np.array([row[0] for row in _facade_rows(exposed, library, winds, (terrain, w0_years))])
    worst, rows = worst_together(_facade_rows(exposed, library, winds, (terrain, w0_years)), winds)
    load = FacadeLoad(worst, rows[1], terrain, w0_years, exposed.facades.ageing)
    facades = facade_impacts(exposed.facades.cells, load, exposed.facades.buildings)
    object_gusts = _gusts(exposed.object_points, library, winds)
    object_worst = worst_over_steps(object_gusts, winds)
    loads = ObjectLoad(object_worst, exposed.object_people, strongest.time.year)
    objects = object_impacts(exposed.objects, loads) if exposed.objects else []
    place_worst = worst_over_steps(_gusts(exposed.place_points, library, winds), winds)
    places = place_impacts(exposed.places, PlaceLoad(place_worst)) if exposed.places else []
    impacts = ranked(facades, objects, places, street_impacts)
    return Assessment(winds, terrain, street_gusts, etas, worst, rows[1], object_worst, object_gusts, impacts)


def _facade_rows(
    exposed: Exposed, library: Library, winds: Sequence[ReferenceWind], design: tuple[Terrain, int]
) -> Iterator[F64]:
    cells = exposed.facades.cells
    for wind in winds:
        gust = library.facade_gusts(wind)
        yield np.stack([eta(cells, wind, gust, *design), gust])


def _gusts(points: F64, library: Library, winds: Sequence[ReferenceWind]) -> F64:
    """Return the gust (steps, n) at points."""
    if len(points) == 0:
        return np.zeros((len(winds), 0))
    samples = library.sample(points, winds)
    return np.stack([samples.speeds(wind)[1] for wind in winds])


def _streets(exposed: Exposed, library: Library, winds: Sequence[ReferenceWind]) -> tuple[F64, list[Impact]]:
    """Return the worst gust on each piece (steps, pieces), and the impacts by road."""
    streets = exposed.streets
    if not len(streets.pieces):
        return np.zeros((len(winds), 0)), []
    gusts = _gusts(streets.points, library, winds)
    gusts[:, library.inside(streets.points)] = np.nan
    count = len(streets.pieces)
    by_piece = np.stack([along_segments(streets.piece_of_point, gust, count).worst_ms for gust in gusts])
    road_of_point = streets.road[streets.piece_of_point]
    by_road = [along_segments(road_of_point, gust, len(exposed.roads)) for gust in gusts]
    worst, rows = worst_together((np.stack([road.worst_ms, road.share]) for road in by_road), winds)
    return by_piece, place_impacts(exposed.roads, PlaceLoad(worst, rows[1]))


def street_levels(gusts: F64) -> NDArray[np.int8]:
    """Return the level of gusts on streets."""
    return level_rule("street").levels(gusts)


def facade_levels(values: F64) -> NDArray[np.int8]:
    """Return the level of demands on façades."""
    return level_rule("facade").levels(values)
