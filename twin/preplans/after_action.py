"""The after-action report: warnings, tasks and damages of a storm, and how well the run had forecast them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from layers.errors import ParameterError
from layers.space import LocalPlane
from layers.title import Title
from twin.hazard import Impact, Level
from twin.preplans.state import State

NEAR_M = 50.0
"""The greatest distance between a reported damage and the forecast that it is matched with, metres."""

_SAME_KIND = {"curtain_wall": "facade", "glass": "facade", "crane": "tower_crane", "advertisement": "sign"}


class IssuedWarning(Protocol):
    """What the report needs of a warning, such as a ``WeatherWarning``."""

    @property
    def title(self) -> Title:
        """Return the warning as people write it."""
        ...

    @property
    def level(self) -> Level:
        """Return its level."""
        ...

    @property
    def issued(self) -> datetime:
        """Return when it was issued, aware."""
        ...


@dataclass(frozen=True)
class ForecastImpact:
    """An impact and its geometry, EPSG:4490, longitude first; distances to lines and areas are to the nearest point."""

    impact: Impact
    geometry: BaseGeometry


@dataclass(frozen=True)
class TaskOutcome:
    """A task, its final state, and the objects that it was about."""

    measure: str
    title: Title
    objects: tuple[str, ...]
    state: State
    deadline: datetime
    finished: datetime | None = None

    @property
    def in_time(self) -> bool:
        """Tell whether it was done by its deadline."""
        return self.state is State.DONE and self.finished is not None and self.finished <= self.deadline


@dataclass(frozen=True)
class Damage:
    """A reported damage; degrees as in EPSG:4490, time aware."""

    kind: str
    lon: float
    lat: float
    at: datetime
    note: str = ""


@dataclass(frozen=True)
class Hit:
    """A damage that was forecast, the distance, and whether a task for the object was done before it happened."""

    damage: Damage
    impact: Impact
    distance_m: float
    acted_before: bool


@dataclass(frozen=True)
class Score:
    """Counts of hits, misses and false alarms, and their ratios; a ratio without cases is None."""

    hits: int
    misses: int
    false_alarms: int

    @property
    def pod(self) -> float | None:
        """Return the probability of detection: hits over damages."""
        return _ratio(self.hits, self.hits + self.misses)

    @property
    def far(self) -> float | None:
        """Return the false alarm ratio: false alarms over forecasts."""
        return _ratio(self.false_alarms, self.hits + self.false_alarms)

    @property
    def csi(self) -> float | None:
        """Return the critical success index: hits over everything that was forecast or happened."""
        return _ratio(self.hits, self.hits + self.misses + self.false_alarms)


@dataclass(frozen=True)
class AfterAction:
    """The after-action report: each damage is matched with at most one forecast, and each forecast with one damage."""

    warnings: tuple[IssuedWarning, ...]
    tasks: tuple[TaskOutcome, ...]
    hits: tuple[Hit, ...]
    misses: tuple[Damage, ...]
    false_alarms: tuple[Impact, ...]
    from_level: Level

    @property
    def score(self) -> Score:
        """Return the score over all kinds."""
        return Score(len(self.hits), len(self.misses), len(self.false_alarms))

    def scores(self) -> dict[str, Score]:
        """Return the score of each kind that was forecast or happened."""
        hits = Counter(hit.impact.kind for hit in self.hits)
        misses = Counter(_kind(damage.kind) for damage in self.misses)
        alarms = Counter(impact.kind for impact in self.false_alarms)
        return {kind: Score(hits[kind], misses[kind], alarms[kind]) for kind in sorted({*hits, *misses, *alarms})}

    def states(self) -> dict[State, int]:
        """Return how many tasks are in each state."""
        counts = Counter(task.state for task in self.tasks)
        return {state: counts[state] for state in State}

    def rows(self) -> list[dict[str, Any]]:
        """Return the report's rows: warnings, tasks and damages by time, then false alarms."""
        timed = [*map(_warning_row, self.warnings), *map(_task_row, self.tasks)]
        timed += [*map(_hit_row, self.hits), *map(_miss_row, self.misses)]
        return [*sorted(timed, key=lambda row: row["at"]), *map(_alarm_row, self.false_alarms)]


@dataclass(frozen=True)
class Storm:
    """The forecasts of a run and what was done about them."""

    warnings: Sequence[IssuedWarning]
    foreseen: Sequence[ForecastImpact]
    tasks: Sequence[TaskOutcome]


def judge(
    storm: Storm, damages: Iterable[Damage], from_level: Level = Level.YELLOW, near_m: float = NEAR_M
) -> AfterAction:
    """Match reported damages with forecasts of the same kind at ``from_level`` or above, the nearest pairs first."""
    reported = list(damages)
    for damage in reported:
        if damage.at.tzinfo is None:
            raise ParameterError("at", f"{damage.at.isoformat()} of a damage has no offset from UTC")
    foreseen = [each for each in storm.foreseen if each.impact.level >= from_level]
    pairs = _nearest_pairs(foreseen, reported, near_m)
    finished_at = {key: task.finished for task in storm.tasks if task.state is State.DONE for key in task.objects}
    hits = [_hit(foreseen[i].impact, reported[j], distance, finished_at) for i, j, distance in pairs]
    used_forecasts, used_damages = {i for i, _, _ in pairs}, {j for _, j, _ in pairs}
    return AfterAction(
        warnings=tuple(storm.warnings),
        tasks=tuple(storm.tasks),
        hits=tuple(hits),
        misses=tuple(damage for j, damage in enumerate(reported) if j not in used_damages),
        false_alarms=tuple(each.impact for i, each in enumerate(foreseen) if i not in used_forecasts),
        from_level=from_level,
    )


def _nearest_pairs(
    foreseen: Sequence[ForecastImpact], reported: Sequence[Damage], near_m: float
) -> list[tuple[int, int, float]]:
    """Return pairs of a forecast and a damage with their distance, each used once, the nearest first."""
    if not foreseen or not reported:
        return []
    plane = LocalPlane(reported[0].lon, reported[0].lat)
    places = plane.to_plane(np.array([each.geometry for each in foreseen], dtype=object))
    points = plane.to_plane(shapely.points([each.lon for each in reported], [each.lat for each in reported]))
    damage, forecast = shapely.STRtree(places).query(points, predicate="dwithin", distance=near_m)
    distances = shapely.distance(places[forecast], points[damage])
    pairs, used = [], set()
    for k in np.lexsort((forecast, damage, distances)).tolist():
        i, j = int(forecast[k]), int(damage[k])
        same_kind = foreseen[i].impact.kind == _kind(reported[j].kind)
        if same_kind and ("forecast", i) not in used and ("damage", j) not in used:
            used |= {("forecast", i), ("damage", j)}
            pairs.append((i, j, float(distances[k])))
    return pairs


def _hit(impact: Impact, damage: Damage, distance: float, finished_at: dict[str, datetime | None]) -> Hit:
    finished = finished_at.get(impact.key)
    return Hit(damage, impact, distance, finished is not None and finished <= damage.at)


def _kind(kind: str) -> str:
    return _SAME_KIND.get(kind, kind)


def _ratio(part: int, total: int) -> float | None:
    return part / total if total else None


def _row(what: Title, at: datetime, subject: str, level: Level | None, note: str) -> dict[str, Any]:
    return {
        "what": what.json(),
        "at": at,
        "subject": subject,
        "level": None if level is None else int(level),
        "note": note,
    }


def _warning_row(warning: IssuedWarning) -> dict[str, Any]:
    return _row(Title("预警", "warning"), warning.issued, warning.title.zh, warning.level, "")


def _task_row(task: TaskOutcome) -> dict[str, Any]:
    note = f"{task.state.label.zh}{'，按时' if task.in_time else ''}"
    return _row(Title("任务", "task"), task.finished or task.deadline, task.title.zh, None, note)


def _hit_row(hit: Hit) -> dict[str, Any]:
    note = f"距预测 {hit.distance_m:.0f} m，{'事前已处置' if hit.acted_before else '事前未处置'}"
    return _row(Title("命中", "hit"), hit.damage.at, hit.impact.name or hit.impact.key, hit.impact.level, note)


def _miss_row(damage: Damage) -> dict[str, Any]:
    return _row(Title("漏报", "miss"), damage.at, damage.note or damage.kind, None, "")


def _alarm_row(impact: Impact) -> dict[str, Any]:
    return _row(Title("空报", "false alarm"), impact.at, impact.name or impact.key, impact.level, "")
