"""Reviews of design schemes: what stands on their site, its indicators, and whether it keeps the limits of its plot."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, func, select

from bim.catalog import DESIGN_SCHEMES, SCHEME_ELEMENTS
from bim.models import ModelsQuery, ModelVersion, models
from bim.schemes.buildings import base_buildings, built_by, green_of_the_map, stands_on
from bim.schemes.figures import Figure
from bim.schemes.given import REPLACEABLE
from bim.schemes.indicators import Ground, Massing, ellipsoidal_area, measure, setbacks
from bim.schemes.register import BASE, Scheme, scheme_of
from bim.schemes.rules import NO_LIMITS, RULES, Limits, Verdict, judge
from bim.tileset import View
from layers.access import visible
from layers.errors import InputError, ParameterError
from layers.space import accuracy_m, parse_crs
from layers.title import Title

# Gives what a reader sees of a layer by its name.
Sees = Callable[[str], View]
PLOTS, BUILDINGS, GREEN = "planning_plots", "buildings", "green"
BASE_TITLE = Title("现状", "as it is")
# A plot is that of a site of which it covers so much: both were drawn by hand.
_OF_A_PLOT = 0.98
_MOST_REPLACED = 5_000
_MOST_COMPARED = 6


@dataclass(frozen=True)
class Review:
    """A scheme, or the district as it is on the site of one, as a reader sees it."""

    id: str
    title: Title
    scheme: Scheme
    models: tuple[ModelVersion, ...]
    massings: tuple[Massing, ...]
    green: Any
    figures: tuple[Figure, ...]
    limits: Limits
    verdicts: tuple[Verdict, ...]

    @cached_property
    def setbacks(self) -> list[float]:
        """Return the distance of each building to the border of the site; below 0, how far it reaches beyond."""
        return setbacks(self.scheme.site, self.massings)

    @property
    def is_base(self) -> bool:
        """Tell whether this is the district as it is."""
        return self.id == BASE


def review(connection: Connection, sees: Sees, scheme_id: str) -> Review:
    """Review a scheme; raises NotFound for one that the reader may not see, as for one that is not there."""
    scheme = scheme_of(connection, sees(DESIGN_SCHEMES.id), scheme_id)
    view = sees(SCHEME_ELEMENTS.id)
    versions = models(connection, view, ModelsQuery(scheme.id))
    built = built_by(connection, view, versions)
    if built.green is not None:
        ground = Ground(scheme.site, built.green, _GIVEN, place_m=place_of_models(versions))
    else:
        ground = _on_the_map(connection, sees, scheme, place_of_models(versions))
    return _judged(connection, sees, Review(
        scheme.id, scheme.title, scheme, tuple(versions), built.massings, ground.green,
        measure(ground, built.massings), NO_LIMITS, (),
    ))  # fmt: skip


def review_base(connection: Connection, sees: Sees, scheme_id: str) -> Review:
    """Review the district as it is on the site of a scheme."""
    scheme = scheme_of(connection, sees(DESIGN_SCHEMES.id), scheme_id)
    massings = base_buildings(connection, sees(BUILDINGS), scheme.site)
    ground = _on_the_map(connection, sees, scheme, None)
    return _judged(connection, sees, Review(
        BASE, BASE_TITLE, scheme, (), massings, ground.green, measure(ground, massings), NO_LIMITS, (),
    ))  # fmt: skip


def compare(connection: Connection, sees: Sees, ids: Sequence[str]) -> tuple[Review, ...]:
    """Review several schemes; ``base`` among them is the district as it is on the site of the first scheme."""
    wanted = list(dict.fromkeys(ids))
    named = [one for one in wanted if one != BASE]
    if len(wanted) < len(ids):
        raise ParameterError("schemes", "one of them is named twice")
    if not named or len(wanted) < 2 or len(wanted) > _MOST_COMPARED:
        raise ParameterError(
            "schemes", f"two to {_MOST_COMPARED} are compared, one of them a scheme at least: schemes=a,b or a,{BASE}"
        )
    return tuple(
        review_base(connection, sees, named[0]) if one == BASE else review(connection, sees, one) for one in wanted
    )


def replaced(connection: Connection, sees: Sees, scheme: Scheme) -> dict[str, list[int]]:
    """Return the things of the base map, by layer, in whose place a scheme stands, as far as a reader sees them.

    Those that it names; else the buildings, and parts of buildings, whose inner point lies in its site.
    """
    ground = func.ST_GeomFromWKB(bytes(shapely.to_wkb(scheme.site)), 4490)
    found = {}
    for name in REPLACEABLE:
        view = sees(name)
        things = visible(view.layer, view.decision, view.when).subquery("thing")
        if scheme.replaces is None:
            condition = stands_on(things, ground)
        else:
            condition = things.c.fid == func.any([one.fid for one in scheme.replaces if one.layer == name])
        statement = select(things.c.fid).where(condition).order_by(things.c.fid).limit(_MOST_REPLACED)
        found[name] = sorted(set(connection.execute(statement).scalars()))
    return found


def place_of_models(versions: Sequence[ModelVersion]) -> float | None:
    """Return how far models may be off their place: the worst that their files and their placing state, or None."""
    stated = [_stated(one) for one in versions]
    known = [one for one in stated if one is not None]
    return max(known) if known and len(known) == len(stated) else None


def _stated(version: ModelVersion) -> float | None:
    """Return what a file and its placing state of how far a model is off: the fit, and the way of its coordinates."""
    fit, way = version.georeference.get("residual_m"), version.header.get("accuracy_m")
    if way is None and fit is not None:
        way = _accuracy(str(version.georeference.get("crs") or ""))
    return None if way is None else max(float(way), float(fit or 0.0))


def _accuracy(crs: str) -> float | None:
    try:
        return accuracy_m(parse_crs(crs))
    except InputError:
        return None


_GIVEN = Title("方案给出的绿地，扣除建筑基底", "green ground of the scheme, less what buildings cover")
_OF_THE_MAP = Title("底图绿地，扣除建筑基底", "green space of the base map, less what buildings cover")
_NO_GREEN = Title(
    "未知：方案未给出绿地，底图在用地内也没有",
    "unknown: the scheme gives no green ground, and the base map has none on the site",
)


def _on_the_map(connection: Connection, sees: Sees, scheme: Scheme, place_m: float | None) -> Ground:
    green = green_of_the_map(connection, sees(GREEN), scheme.site)
    return Ground(scheme.site, green, _NO_GREEN if green is None else _OF_THE_MAP, place_m=place_m)


def _judged(connection: Connection, sees: Sees, made: Review) -> Review:
    limits = made.scheme.limits or limits_of_plot(connection, sees(PLOTS), made.scheme.site)
    verdicts = judge(made.figures, limits)
    return Review(
        made.id, made.title, made.scheme, made.models, made.massings, made.green, made.figures, limits, verdicts
    )


def limits_of_plot(connection: Connection, view: View, site: Any) -> Limits:
    """Return the limits of the plot that covers a site, or none and why."""
    things = visible(view.layer, view.decision, view.when).subquery("plot")
    ground = func.ST_GeomFromWKB(bytes(shapely.to_wkb(site)), 4490)
    names = ("name", "plot_code", "basis", "approved", *(rule.id for rule in RULES))
    statement = select(*(things.c[name] for name in names), func.ST_AsBinary(things.c.geom).label("wkb"))
    rows = connection.execute(statement.where(func.ST_Intersects(things.c.geom, ground))).mappings().all()
    shares = [ellipsoidal_area(shapely.intersection(shapely.from_wkb(bytes(row["wkb"])), site)) for row in rows]
    area = ellipsoidal_area(site)
    if not rows or max(shares) < _OF_A_PLOT * area:
        met = sum(share > (1 - _OF_A_PLOT) * area for share in shares)
        return Limits({}, "", None, Title(
            f"未知：没有控规地块覆盖本用地（相交 {met} 块）",
            f"unknown: no plot of the layer {PLOTS} covers the site ({met} reach into it)",
        ))  # fmt: skip
    return _limits(rows[int(np.argmax(shares))], max(shares) / area)


def _limits(row: Any, share: float) -> Limits:
    called = row["plot_code"] or row["name"] or "?"
    values = {rule.id: float(row[rule.id]) for rule in RULES if row[rule.id] is not None}
    found = Title(
        f"控规地块 {called}，覆盖用地 {100 * share:.1f}%", f"plot {called}, which covers {100 * share:.1f}% of the site"
    )
    return Limits(values, row["basis"] or "", row["approved"], found)
