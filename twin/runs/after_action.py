"""The after-action report of a run: its forecasts compared with the damages that were reported."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, Row, Select, func, literal_column, select
from sqlalchemy.sql.elements import ColumnElement

from layers.access import Decision
from layers.temporal import rfc3339
from layers.title import Title
from twin.hazard import Impact, Level
from twin.preplans.after_action import NEAR_M, AfterAction, Damage, ForecastImpact, Hit, Score, Storm, judge
from twin.runs.damages import damages_of
from twin.runs.ground_plan import looked_at
from twin.runs.impact_titles import kind_title
from twin.runs.record import Run
from twin.runs.tasks import acted
from twin.runs.visibility import is_visible
from twin.store.models import run_feature as table
from twin.store.models import warning as warning_table

Json = dict[str, Any]
# A gust that people are exposed to breaks no object: it counts only once harm of that kind is reported.
_PEOPLE_MEASURE = "gust_ms"
# The length of the shortest degree of latitude, metres.
_DEGREE_M = 110_500.0


@dataclass(frozen=True)
class IssuedWarning:
    """The fields of a warning that the report needs."""

    title: Title
    level: Level
    issued: datetime


@dataclass(frozen=True)
class Judged:
    """An after-action report of what one reader may see; damages outside the run's area are not evaluated.

    For a reader who may see more objects, more damages may count as forecast.
    """

    action: AfterAction
    outside: tuple[Damage, ...]
    near_m: float = NEAR_M

    def shown_alarms(self, limit: int) -> list[Impact]:
        """Return the worst false alarms."""
        return sorted(self.action.false_alarms, key=lambda impact: (-impact.level, -impact.score, impact.key))[:limit]

    def json(self, alarms: int = 100, rows: int | None = None) -> Json:
        """Return it as JSON, with at most ``most`` false alarms, and ``rows`` (None: all) damages in each list."""
        kinds = {kind: _score_json(score) for kind, score in self.action.scores().items()}
        return {
            "near_m": self.near_m,
            "from_level": int(self.action.from_level),
            "score": _score_json(self.action.score),
            "kinds": kinds,
            "hits": [self._hit_json(hit) for hit in self.action.hits[:rows]],
            "misses": [_damage_json(damage) for damage in self.action.misses[:rows]],
            "outside": [_damage_json(damage) for damage in self.outside[:rows]],
            "false_alarms": [self._impact_json(impact) for impact in self.shown_alarms(alarms)],
        }

    def _hit_json(self, hit: Hit) -> Json:
        how = {"distance_m": round(hit.distance_m, 1), "acted_before": hit.acted_before}
        return {"damage": _damage_json(hit.damage), "object": self._impact_json(hit.impact), **how}

    def _impact_json(self, impact: Impact) -> Json:
        identity = {
            "key": impact.key,
            "name": impact.name or impact.key,
            "kind": impact.kind,
            "level": int(impact.level),
        }
        return identity | {"color": impact.level.color, "at": rfc3339(impact.at)}


def judged(connection: Connection, run: Run, decision: Decision) -> Judged | None:
    """Return how well a run had forecast the damages reported for it, or None where none was reported."""
    reported = [each.damage for each in damages_of(connection, run.id, decision)]
    if not reported:
        return None
    area = _with_margin(looked_at(connection, run.id, decision) or shapely.Point())
    near_mask = shapely.intersects_xy(area, [each.lon for each in reported], [each.lat for each in reported])
    inside = [each for each, is_near in zip(reported, near_mask, strict=True) if is_near]
    outside = tuple(each for each, is_near in zip(reported, near_mask, strict=True) if not is_near)
    rows = connection.execute(_objects_statement(run.id, decision))
    foreseen = [each for each in _foreseen(rows, run) if _breaks(each.impact, inside)]
    storm = Storm(list(_issued_warnings(connection, run)), foreseen, acted(connection, run.id, decision))
    return Judged(judge(storm, inside), outside)


def _breaks(impact: Impact, reported: Iterable[Damage]) -> bool:
    return impact.measure != _PEOPLE_MEASURE or any(damage.kind == impact.kind for damage in reported)


def _with_margin(area: BaseGeometry) -> BaseGeometry:
    """Return an area in degrees, buffered by ``NEAR_M``; the shorter degree, that of longitude, is used."""
    return area if area.is_empty else area.buffer(NEAR_M / (_DEGREE_M * math.cos(math.radians(area.centroid.y))))


def owner_key() -> ColumnElement[str]:
    """Return the thing that a feature is a part of: of façade cell buildings/12/345, buildings/12."""
    # A constant, not a parameter: PostgreSQL takes two parameters for two groupings.
    return func.substring(table.c.key, literal_column("'^[^/]+/[^/]+'"))


def _objects_statement(run: int, decision: Decision) -> Select[Any]:
    """Select a run's objects, each with the shapes of its parts, such as façade cells, or else its own shape."""
    parts = (
        select(owner_key().label("owner"), func.ST_Collect(table.c.geom).label("geom"))
        .where(table.c.run == run, table.c.kind.in_(("facades", "streets")), is_visible(table, decision))
        .group_by(owner_key())
        .subquery()
    )
    shape = func.ST_AsBinary(func.coalesce(parts.c.geom, table.c.geom)).label("wkb")
    objects = select(*(table.c[name] for name in _SHOWN), shape)
    joined = objects.select_from(table.outerjoin(parts, parts.c.owner == table.c.key))
    own = joined.where(table.c.run == run, table.c.kind == "objects", is_visible(table, decision))
    return own.order_by(table.c.rank, table.c.fid)


_SHOWN = ("key", "category", "name", "level", "value", "people", "reason_zh", "reason_en", "detail")


def _foreseen(rows: Iterable[Row[Any]], run: Run) -> Iterable[ForecastImpact]:
    for row in rows:
        yield ForecastImpact(_impact(row, run), shapely.from_wkb(bytes(row.wkb)))


def _impact(row: Row[Any], run: Run) -> Impact:
    detail: Mapping[str, Any] = row.detail
    worst_at = detail.get("at")
    return Impact(
        key=row.key,
        kind=row.category,
        name=row.name,
        level=Level(row.level),
        score=float(detail.get("score", row.level)),
        demand=row.value,
        measure=str(detail.get("measure", "")),
        at=datetime.fromisoformat(worst_at) if isinstance(worst_at, str) else run.times[0],
        reason=Title(row.reason_zh, row.reason_en),
        people=row.people,
    )


def warnings_statement(run: Run) -> Select[Any]:
    """Select the warnings that started a run or that its request names, the earliest first."""
    condition = warning_table.c.run == run.id
    warning_id = run.request.get("warning")
    if isinstance(warning_id, str):
        condition |= warning_table.c.id == warning_id
    return select(warning_table).where(condition).order_by(warning_table.c.issued, warning_table.c.id)


def _issued_warnings(connection: Connection, run: Run) -> Iterable[IssuedWarning]:
    """Return the warnings behind a run."""
    for row in connection.execute(warnings_statement(run)):
        title = row.document.get("title") or {}
        yield IssuedWarning(Title(title.get("zh", row.id), title.get("en", row.id)), Level(row.level), row.issued)


def _score_json(score: Score) -> Json:
    ratios = {name: None if ratio is None else round(ratio, 3) for name, ratio in _ratios(score)}
    return {"hits": score.hits, "misses": score.misses, "false_alarms": score.false_alarms, **ratios}


def _ratios(score: Score) -> Iterable[tuple[str, float | None]]:
    yield from (("pod", score.pod), ("far", score.far), ("csi", score.csi))


def _damage_json(damage: Damage) -> Json:
    place = {"kind": damage.kind, "kind_title": kind_title(damage.kind).json(), "lon": damage.lon, "lat": damage.lat}
    return place | {"time": rfc3339(damage.at), "note": damage.note}
