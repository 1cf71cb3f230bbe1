"""What a design takes from, or gives to, the sunlight of its neighbours, by a rule."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, select

from bim.review.assessment import Limits, reach_of
from bim.review.facades import Placing, SamplePoints, facade_points
from bim.review.rule import SunlightRule
from bim.review.scene import Prisms
from bim.review.sunlight import Bools, Floats, sunlight
from bim.review.surroundings import Reach, Sources, Surroundings, extended, read_prisms, read_surroundings
from layers.access import visible
from layers.errors import InputError
from layers.query import Bbox

# Minutes that differ by less are those of steps.
_NOTICED_MIN = 1.0


@dataclass(frozen=True)
class ImpactQuestion:
    """By which rule and in which year; the lowest storeys of buildings up to ``within_m`` from the ``site``."""

    rule: SunlightRule
    year: int
    site: Any
    within_m: float = 150.0
    spacing_m: float = 3.0
    storey_m: float = 3.0

    @property
    def placing(self) -> Placing:
        """Return how points are laid along the walls."""
        return Placing(self.rule.sill_m, self.spacing_m, self.storey_m, window_m=self.rule.window_m)


@dataclass(frozen=True)
class Neighbour:
    """The sunlight of one building before and after: points in all, those that meet the rule, and the most lost, min.

    ``breaks`` are points that met the rule before and no more.
    """

    building: str
    name: str
    points: int
    met_before: int
    met_after: int
    breaks: int
    most_lost_min: float


@dataclass(frozen=True)
class Impact:
    """All neighbours, those that lose most first, and what it was counted from."""

    question: ImpactQuestion
    neighbours: tuple[Neighbour, ...]
    around: Surroundings

    @property
    def harmed(self) -> tuple[Neighbour, ...]:
        """Return those of which points meet the rule no more."""
        return tuple(one for one in self.neighbours if one.breaks)


def impact(
    connection: Connection, base: Sources, designed: Sources, question: ImpactQuestion, limits: Limits
) -> Impact:
    """Return the sunlight of the neighbours of a site without and with the design that ``designed`` has.

    Raises InputError where these are too many points, with the number that goes.
    """
    area = extended(Bbox(*question.site.bounds), question.within_m)
    reach = reach_of(question.rule, question.year, area)
    targets, _ = read_prisms(connection, base, area, Reach(math.inf))
    near = shapely.intersects(targets.outlines, area.area())
    gone = frozenset() if designed.design is None else designed.design.gone
    targets = targets.chosen(near).without(gone)
    before = read_surroundings(connection, base, area, reach, targets.owners.tolist(), limits.triangles)
    after = read_surroundings(connection, designed, area, reach, targets.owners.tolist(), limits.triangles)
    samples = facade_points(targets, question.placing, before.scene.frame, before.prisms)
    # Two scenes, and both ends of each window.
    _require(len(samples), limits.rays // ((4 if question.rule.window_m else 2) * question.rule.looks))
    had, has = (sunlight(one.scene, samples, question.rule, question.year).minutes for one in (before, after))
    names = _names(connection, base, targets)
    return Impact(question, _neighbours(samples, had, has, question.rule, names), after)


def _neighbours(
    samples: SamplePoints, before: Floats, after: Floats, rule: SunlightRule, names: dict[str, str]
) -> tuple[Neighbour, ...]:
    """Return the neighbours, by the minutes of their points before and after."""
    met_before, met_after = _met(before, rule), _met(after, rule)
    found = []
    for owner in np.unique(samples.owners).tolist():
        own = samples.owners == owner
        lost = float((before[own] - after[own]).max())
        found.append(Neighbour(
            building=owner,
            name=names.get(owner, ""),
            points=int(own.sum()),
            met_before=int(met_before[own].sum()),
            met_after=int(met_after[own].sum()),
            breaks=int((met_before[own] & ~met_after[own]).sum()),
            most_lost_min=lost if lost >= _NOTICED_MIN else 0.0,
        ))  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.breaks, -one.most_lost_min, one.building)))


def _met(minutes: Floats, rule: SunlightRule) -> Bools:
    return np.asarray(minutes >= rule.required_min - 1e-6)


def _names(connection: Connection, sources: Sources, prisms: Prisms) -> dict[str, str]:
    """Return the names of buildings by their owners, as a reader sees them."""
    found: dict[str, str] = {}
    for shown in sources.footprints:
        layer = shown.layer.id
        fids = [int(owner.partition("/")[2]) for owner in prisms.owners.tolist() if owner.startswith(f"{layer}/")]
        rows = visible(shown.layer, shown.decision, shown.when).subquery("thing")
        statement = select(rows.c.fid, rows.c.name).where(rows.c.fid.in_(fids))
        found |= {f"{layer}/{fid}": name or "" for fid, name in connection.execute(statement)}
    return found


def _require(points: int, most: int) -> None:
    if points > most:
        raise InputError(f"the neighbours have {points:,} points, and {most:,} is the most: ask for a smaller within=")
