"""The sunlight of a building, or of a piece of ground, by a rule: with what it rests on, and how sure it is."""

import math
from dataclasses import dataclass
from typing import Literal

import shapely
from sqlalchemy import Connection

from bim.review.facades import Placing, SamplePoints, facade_points, grid_size, ground_points
from bim.review.rule import SunlightRule
from bim.review.scene import Prisms
from bim.review.sunlight import Progress, Sunlight, sunlight
from bim.review.surroundings import (
    HEIGHT_SHARE,
    Reach,
    Sources,
    Surroundings,
    read_building,
    read_prisms,
    read_surroundings,
)
from layers.errors import InputError, NotFound, ParameterError
from layers.query import Bbox

Target = Literal["facade", "ground"]
# A sun lower than this throws shadows farther than anything is read, degrees.
_LEAST_ELEVATION_DEG = 1.0


@dataclass(frozen=True)
class SunlightQuestion:
    """What is asked: by which rule, in which year, of the façades of a building or of all that touches ``bbox``.

    ``target`` "ground" asks for the ground within ``bbox``, at points ``placing.spacing_m`` apart.
    """

    rule: SunlightRule
    year: int
    target: Target
    placing: Placing
    building: str | None = None
    bbox: Bbox | None = None

    def __post_init__(self) -> None:
        """Refuse what asks for two places or none, or for a year that is out of reach."""
        if (self.building is None) == (self.bbox is None):
            raise ParameterError("bbox", "name either a building (building=buildings/12) or a bbox, and not both")
        if self.target == "ground" and self.bbox is None:
            raise ParameterError("bbox", "the ground is asked for by a bbox")
        if self.bbox is not None and self.bbox.west > self.bbox.east:
            raise ParameterError("bbox", "its west lies east of its east")
        self.rule.day_in(self.year)


@dataclass(frozen=True)
class Limits:
    """The most that a question may ask for: points times instants, and triangles of building models."""

    rays: int
    triangles: int


@dataclass(frozen=True, eq=False)
class Prepared:
    """What was read for a question: where sun is counted, and what stands around, up to ``reach``."""

    question: SunlightQuestion
    samples: SamplePoints
    surroundings: Surroundings
    reach: Reach


@dataclass(frozen=True, eq=False)
class Assessment:
    """The sunlight of points as heights are stated, and with all heights a tenth more and a tenth less."""

    prepared: Prepared
    stated: Sunlight
    higher: Sunlight
    lower: Sunlight


def prepare(connection: Connection, sources: Sources, question: SunlightQuestion, limits: Limits) -> Prepared:
    """Read what a question is about; raises InputError where it asks for too much, before any ray is cast.

    Where the sources have a design, it is answered as if that were built.
    """
    targets = _targets(connection, sources, question)
    area = question.bbox if targets is None or question.bbox is not None else _box_of(targets)
    assert area is not None  # noqa: S101 - a question has a building or a bbox
    reach = reach_of(question.rule, question.year, area)
    most = limits.rays // question.rule.looks // (2 if question.placing.window_m else 1)
    keep = [] if targets is None else targets.owners.tolist()
    around = read_surroundings(connection, sources, area, reach, keep, limits.triangles)
    samples = _samples(question, area, targets, around, most)
    return Prepared(question, samples, around, reach)


def assess(prepared: Prepared, progress: Progress | None = None) -> Assessment:
    """Count the sun in three scenes: heights as stated, a tenth more, and a tenth less."""
    question, around = prepared.question, prepared.surroundings
    cases = [(around.scene, prepared.samples)]
    cases += [(around.scaled(one), prepared.samples.scaled(one)) for one in (1 + HEIGHT_SHARE, 1 - HEIGHT_SHARE)]
    found = []
    for number, (scene, samples) in enumerate(cases):
        told = None if progress is None else _in_all(progress, number, len(cases))
        found.append(sunlight(scene, samples, question.rule, question.year, told))
    return Assessment(prepared, *found)


def _targets(connection: Connection, sources: Sources, question: SunlightQuestion) -> Prisms | None:
    """Return the solids whose façades are asked about, or None for the ground."""
    if question.target == "ground":
        return None
    if question.building is not None:
        return read_building(connection, sources, question.building)
    assert question.bbox is not None  # noqa: S101 - a question has a building or a bbox
    found, _ = read_prisms(connection, sources, question.bbox, Reach(math.inf))
    return found.chosen(shapely.intersects(found.outlines, question.bbox.area()))


def _box_of(prisms: Prisms) -> Bbox:
    west, south, east, north = shapely.total_bounds(prisms.outlines).tolist()
    return Bbox(west, south, east, north)


def reach_of(rule: SunlightRule, year: int, area: Bbox) -> Reach:
    """Return how far away something can take sun from an area on the day of a rule."""
    lon, lat = (area.west + area.east) / 2, (area.south + area.north) / 2
    elevation = rule.sun(year, lon, lat).elevation_deg
    up = elevation[elevation > _LEAST_ELEVATION_DEG]
    if not len(up):
        raise InputError(f"the sun does not rise at {lon:.2f}, {lat:.2f} in the hours of the rule {rule.id}")
    return Reach(math.tan(math.radians(float(up.min()))))


def _samples(
    question: SunlightQuestion, area: Bbox, targets: Prisms | None, around: Surroundings, most: int
) -> SamplePoints:
    frame, placing = around.scene.frame, question.placing
    if targets is None:
        whole = area.area()
        _require(grid_size(whole, placing.spacing_m, frame), most, question)
        made = ground_points(whole, placing.spacing_m, frame, around.prisms)
    else:
        made = facade_points(targets, placing, frame, around.prisms)
        _require(len(made), most, question)
    if not len(made):
        raise NotFound("nothing here can have sun: no façade of a building, and no free ground")
    return made


def _require(points: int, most: int, question: SunlightQuestion) -> None:
    if points > most:
        ways = "a larger spacing" if question.target == "ground" else "the lowest storey alone, or a larger spacing"
        raise InputError(
            f"these are {points:,} points, and {most:,} is the most: ask for a smaller "
            f"place, {ways}; the command line (twin bim sunlight) takes far more"
        )


def _in_all(progress: Progress, number: int, scenes: int) -> Progress:
    def told(done: int, total: int) -> None:
        progress(number * total + done, scenes * total)

    return told
