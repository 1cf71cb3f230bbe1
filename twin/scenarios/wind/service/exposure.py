"""The exposure of a district, and the points at which the wind is looked up for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
import shapely.ops
from numpy.typing import NDArray

from layers.grades import Grade
from twin.hazard import Exposure
from twin.scenarios.wind.library.places import core_blocks, facades_of
from twin.scenarios.wind.risk.facade import FacadeCells
from twin.scenarios.wind.risk.glass import age_factor
from twin.scenarios.wind.risk.people import people_at_places, people_in_buildings, people_on_streets
from twin.scenarios.wind.service.city import City
from twin.scenarios.wind.service.survey import Rows, Survey

F64 = NDArray[np.float64]
HEAD_M = 2.0
_PIECE_M, _POINT_M = 60.0, 8.0
_STOREY_M = 4.0
# People within this distance of an object that may fall are counted, metres.
_BELOW_M = 30.0


@dataclass(frozen=True)
class Streets:
    """Pieces of streets of at most 60 m, in metres of the plane, and points along them 2 m above the ground."""

    pieces: NDArray[np.object_]
    road: NDArray[np.int64]
    points: F64
    piece_of_point: NDArray[np.int64]


@dataclass(frozen=True)
class Facades:
    """Façade cells of the core, and for each of their blocks the building and the age factor of its glass."""

    cells: FacadeCells
    buildings: tuple[Exposure, ...]
    outlines: NDArray[np.object_]
    ageing: F64


@dataclass(frozen=True)
class Exposed:
    """The exposure of a run at one time of day."""

    survey: Survey
    city: City
    at: datetime

    @cached_property
    def streets(self) -> Streets:
        """Return the streets of the core in pieces."""
        return _streets(self.survey)

    @cached_property
    def roads(self) -> list[Exposure]:
        """Return each road as one exposure with the people on foot along it."""
        roads = self.survey.roads
        if not roads.rows:
            return []
        people = people_on_streets(roads.column("class"), shapely.length(roads.shapes), self.at)
        return [
            Exposure(roads.key(n), "street", row["name"] or "", float(people[n]), grade=roads.grade(n))
            for n, row in enumerate(roads.rows)
        ]

    @cached_property
    def facades(self) -> Facades:
        """Return the façades of the core."""
        return _facades(self.city, self.at)

    @cached_property
    def street_grades(self) -> NDArray[np.int64]:
        """Return the grade of each piece of a street."""
        return np.array([road.grade for road in self.roads], dtype=np.int64)[self.streets.road]

    @cached_property
    def facade_grades(self) -> NDArray[np.int64]:
        """Return the grade of each façade cell, which is its building's."""
        grades = np.array([building.grade for building in self.facades.buildings], dtype=np.int64)
        return grades[self.facades.cells.block]

    @cached_property
    def objects(self) -> list[dict[str, Any]]:
        """Return the risk sources as rows of the impact model, each with the street it stands at."""
        return _objects(self.survey)

    @cached_property
    def object_points(self) -> F64:
        """Return the point at which the wind acts on each risk source: its top."""
        return _points(self.survey.risk_sources, self.survey.risk_sources.column("height_m"))

    @cached_property
    def object_people(self) -> F64:
        """Return the people on foot below each risk source, from the streets around."""
        return _people_below(self)

    @cached_property
    def places(self) -> list[Exposure]:
        """Return the gathering places with the people at them."""
        rows = self.survey.gathering_places
        if not rows.rows:
            return []
        people = people_at_places(rows.column("kind"), [float(c or 0) for c in rows.column("capacity")], self.at)
        return [
            Exposure(
                rows.key(n),
                row["kind"] or "square",
                row["name"] or "",
                float(people[n]),
                row["owner"] or "",
                row["phone"] or "",
                rows.grade(n),
            )
            for n, row in enumerate(rows.rows)
        ]

    @cached_property
    def place_points(self) -> F64:
        """Return where people stand at each gathering place: above its floor."""
        heights = [float(height or 0.0) for height in self.survey.gathering_places.column("height_m")]
        return _points(self.survey.gathering_places, [height + HEAD_M for height in heights])


def _points(rows: Rows, heights: Sequence[float | None]) -> F64:
    if not rows.rows:
        return np.empty((0, 3))
    xy = shapely.get_coordinates(shapely.centroid(rows.shapes))
    return np.column_stack([xy, [max(float(height or HEAD_M), HEAD_M) for height in heights]])


def _streets(survey: Survey) -> Streets:
    half = survey.site.half_m
    core = shapely.box(-half, -half, half, half)
    pieces, road = [], []
    for number, shape in enumerate(survey.roads.shapes):
        for line in shapely.get_parts(shapely.intersection(shape, core)):
            if line.geom_type == "LineString" and line.length > 1.0:
                segments = _split(line)
                pieces.extend(segments)
                road.extend([number] * len(segments))
    points, of = [], []
    for number, piece in enumerate(pieces):
        count = max(1, round(piece.length / _POINT_M))
        fractions = (np.arange(count) + 0.5) / count
        points.append(shapely.get_coordinates(shapely.line_interpolate_point(piece, fractions, normalized=True)))
        of.extend([number] * count)
    xy = np.concatenate(points) if points else np.empty((0, 2))
    return Streets(
        np.array(pieces, dtype=object),
        np.array(road, dtype=np.int64),
        np.column_stack([xy, np.full(len(xy), HEAD_M)]),
        np.array(of, dtype=np.int64),
    )


def _split(line: Any) -> list[Any]:
    """Return a line in equal pieces of at most 60 m."""
    count = int(np.ceil(line.length / _PIECE_M))
    edges = np.linspace(0.0, line.length, count + 1)
    return [shapely.ops.substring(line, a, b) for a, b in pairwise(edges)]


def _facades(city: City, at: datetime) -> Facades:
    indices = core_blocks(city.district)
    blocks = [city.district.blocks[n] for n in indices]
    owners = [city.owners[n] for n in indices]
    uses = [None if owner is None else owner["use"] for owner in owners]
    floors = [block.outline.area * (block.top_m - block.base_m) / _STOREY_M for block in blocks]
    people = people_in_buildings(uses, floors, at) if blocks else np.empty(0)
    buildings = [
        _building(block.key, _name(city, block.key, owner), float(people[n]), owner)
        for n, (block, owner) in enumerate(zip(blocks, owners, strict=True))
    ]
    years = np.array([np.nan if o is None or o["start_year"] is None else o["start_year"] for o in owners], dtype=float)
    outlines = np.array([block.outline for block in blocks], dtype=object)
    return Facades(facades_of(city.district), tuple(buildings), outlines, age_factor(years, at.year))


def _building(key: str, name: str, people: float, owner: dict[str, Any] | None) -> Exposure:
    if owner is None:
        return Exposure(key, "facade", name, people)
    return Exposure(key, "facade", name, people, grade=Grade(owner["grade"]), sources=owner["sources"])


def _name(city: City, key: str, owner: dict[str, Any] | None) -> str:
    if owner is None:
        return city.names.get(key, key)
    return str(owner["name"] or owner["address"] or "")


def _objects(survey: Survey) -> list[dict[str, Any]]:
    rows = survey.risk_sources
    if not rows.rows:
        return []
    named_roads = [n for n, row in enumerate(survey.roads.rows) if row["name"]]
    if not named_roads:
        return [dict(row) | {"key": rows.key(n)} for n, row in enumerate(rows.rows)]
    nearest = shapely.STRtree(survey.roads.shapes[named_roads]).nearest(rows.shapes)
    return [_at_street(rows, n, survey.roads, named_roads[int(road)]) for n, road in enumerate(nearest)]


def _at_street(rows: Rows, index: int, roads: Rows, road: int) -> dict[str, Any]:
    """Return a risk source with its street; since it shows the street's name, it has at least the street's grade."""
    row, grade = dict(rows.rows[index]), max(rows.grade(index), roads.grade(road))
    street = {"street": roads.rows[road]["name"], "sources": (roads.key(road),)}
    return row | street | {"key": rows.key(index), "grade": grade}


def _people_below(exposed: Exposed) -> F64:
    rows, roads = exposed.survey.risk_sources, exposed.survey.roads
    people = np.zeros(len(rows.rows))
    if not rows.rows or not roads.rows:
        return people
    lengths = np.maximum(shapely.length(roads.shapes), 1.0)
    density = np.array([road.people for road in exposed.roads]) / lengths
    zones = shapely.buffer(rows.shapes, _BELOW_M)
    zone, road = shapely.STRtree(roads.shapes).query(zones, predicate="intersects")
    np.add.at(people, zone, shapely.length(shapely.intersection(zones[zone], roads.shapes[road])) * density[road])
    return people
