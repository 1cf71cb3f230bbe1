"""Design schemes as documents."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import shapely

from api.links import HTML, JSON, link
from bim.schemes import Review, Scheme
from layers.temporal import rfc3339

Json = dict[str, Any]


def scheme_json(scheme: Scheme, base: str) -> Json:
    """Return what a list says of a scheme."""
    own = f"{base}/bim/schemes/{quote(scheme.id)}"
    return {
        "id": scheme.id,
        "title": scheme.title.json(),
        "site": shapely.geometry.mapping(scheme.site),
        "date": None if scheme.date is None else rfc3339(scheme.date),
        "grade": scheme.grade.title.en,
        "made_by": scheme.made_by,
        "names": None if scheme.replaces is None else [str(one) for one in scheme.replaces],
        "links": [
            link("self", own, JSON, scheme.title.zh),
            link("models", f"{base}/bim/models?scheme={quote(scheme.id)}", JSON, "Its building models"),
            link("report", f"{own}/report", HTML, "Report"),
        ],
    }


def review_json(made: Review, base: str) -> Json:
    """Return a scheme with its indicators and verdicts."""
    return {**scheme_json(made.scheme, base), **_judged(made), "buildings": buildings_json(made)}


def comparison_json(reviews: Sequence[Review], base: str) -> Json:
    """Return several reviews; ``differences`` are values of each less those of the first, None where one is unknown."""
    first = {figure.name: figure.value for figure in reviews[0].figures}
    return {
        "schemes": [
            {
                "id": made.id,
                "title": made.title.json(),
                **_judged(made),
                "differences": {figure.name: _less(figure.value, first[figure.name]) for figure in made.figures},
            }
            for made in reviews
        ],
        "links": [
            link("item", f"{base}/bim/schemes/{quote(made.id)}", JSON, made.title.zh)
            for made in reviews
            if not made.is_base
        ],
    }


def buildings_json(made: Review) -> list[Json]:
    """Return the buildings of a review one by one, metres over the ground and square metres."""
    return [
        {
            "id": one.id,
            "name": one.name,
            "base_m": one.base_m,
            "top_m": one.top_m,
            "storeys": one.storeys.value,
            "floor_area_m2": one.floor_area_m2.value,
            "basis": one.floor_area_m2.basis.json(),
            "setback_m": setback,
        }
        for one, setback in zip(made.massings, made.setbacks, strict=True)
    ]


def _judged(made: Review) -> Json:
    return {
        "indicators": [figure.json() for figure in made.figures],
        "limits": made.limits.json(),
        "verdicts": [verdict.json() for verdict in made.verdicts],
    }


def _less(value: float | None, first: float | None) -> float | None:
    return None if value is None or first is None else value - first
