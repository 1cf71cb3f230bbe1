"""Impacts of wind: façades, things outdoors and places with people, from arrays to one ranked list."""

from collections.abc import Iterable

from twin.hazard import Impact, rank
from twin.scenarios.wind.risk.facade_impact import FacadeLoad, facade_impacts
from twin.scenarios.wind.risk.object_impact import ObjectLoad, object_impacts
from twin.scenarios.wind.risk.place_impact import PlaceLoad, place_impacts
from twin.scenarios.wind.risk.steps import Worst, worst_over_steps, worst_together

__all__ = [
    "FacadeLoad",
    "ObjectLoad",
    "PlaceLoad",
    "Worst",
    "facade_impacts",
    "object_impacts",
    "place_impacts",
    "ranked",
    "worst_over_steps",
    "worst_together",
]


def ranked(*lists: Iterable[Impact]) -> tuple[Impact, ...]:
    """Return the impacts of all lists, the worst first."""
    return rank(impact for impacts in lists for impact in impacts)
