"""Impacts on outdoor objects: signs, scaffolds, cranes, trees, sheds, plant, canopies."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.grades import Grade
from twin.hazard import Impact, Level, score
from twin.scenarios.wind.risk.fragility import (
    WORK_STOP_KINDS,
    WORK_STOP_MS,
    Fragility,
    fragility_of,
    remaining_share,
)
from twin.scenarios.wind.risk.levels import level_rule
from twin.scenarios.wind.risk.object_finding import ObjectFinding
from twin.scenarios.wind.risk.steps import Worst

GONE, WORKING = "dismantled", "in_use"

Floats = NDArray[np.float64]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class ObjectLoad:
    """The worst gust at each object's own height, the people near it, and the year that counts for its age."""

    gust: Worst
    people: ArrayLike
    year: int


@dataclass(frozen=True)
class _Batch:
    """Objects of one kind and state, as arrays."""

    curve: Fragility
    state: str
    index: NDArray[np.int64]  # into all rows
    gust: Floats
    gust_error: Floats
    share: Floats
    probability: Floats
    error: Floats
    if_secured: Floats | None
    work_stops: NDArray[np.bool_]


def object_impacts(rows: Sequence[Row], load: ObjectLoad) -> list[Impact]:
    """Return an impact for each object at blue or above; dismantled objects have none.

    A row has ``key``, ``kind``, ``name``, ``height_m``, ``built_year``, ``state``, ``owner``, ``phone``; all but key
    and kind may be missing, and an unknown state counts as in use. Raises ``InputError`` for a kind that has no
    fragility. Where a gust stops work, the level is at least blue: that is a standard, not a screening conclusion.
    """
    people = np.broadcast_to(np.asarray(load.people, dtype=np.float64), (len(rows),))
    return [impact for batch in _batches(rows, load) for impact in _impacts(rows, load, batch, people[batch.index])]


def _batches(rows: Sequence[Row], load: ObjectLoad) -> Iterator[_Batch]:
    members: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        members[str(row["kind"]), str(row.get("state") or WORKING)].append(number)
    for (kind, state), numbers in members.items():
        if state != GONE:
            yield _batch(fragility_of(kind, state), state, np.array(numbers, dtype=np.int64), (rows, load))


def _batch(curve: Fragility, state: str, index: NDArray[np.int64], inputs: tuple[Sequence[Row], ObjectLoad]) -> _Batch:
    rows, load = inputs
    built = np.array([rows[i].get("built_year") for i in index.tolist()], dtype=np.float64)
    share = remaining_share(curve.kind, built, load.year)
    gust = np.nan_to_num(load.gust.values[index])
    gust_error = load.gust.gust_error()[index] * gust
    secured = fragility_of(curve.kind)
    return _Batch(
        curve=curve,
        state=state,
        index=index,
        gust=gust,
        gust_error=gust_error,
        share=share,
        probability=curve.probability(gust, share),
        error=curve.slope(gust, share) * gust_error,
        if_secured=None if secured is curve else secured.probability(gust, share),
        work_stops=(gust >= WORK_STOP_MS) & (curve.kind in WORK_STOP_KINDS and state == WORKING),
    )


def _impacts(rows: Sequence[Row], load: ObjectLoad, batch: _Batch, people: Floats) -> Iterator[Impact]:
    rule = level_rule("fragility")
    fragility_levels = rule.levels(batch.probability)
    levels = np.maximum(fragility_levels, np.where(batch.work_stops, Level.BLUE, Level.NONE))
    scores = score(np.maximum(rule.severity(batch.probability), batch.work_stops), people)
    times, from_deg = load.gust.winds, load.gust.from_deg()[batch.index]
    for i in np.flatnonzero(levels >= Level.BLUE).tolist():
        row, number = rows[int(batch.index[i])], int(batch.index[i])
        finding = _finding(row, batch, i, float(from_deg[i]))
        yield Impact(
            key=str(row["key"]),
            kind=batch.curve.kind,
            name=str(row.get("name") or ""),
            level=Level(int(levels[i])),
            score=float(scores[i]),
            demand=finding.probability,
            measure=rule.measure,
            at=times[int(load.gust.step[number])].time,
            reason=finding.reason(),
            uncertainty=finding.error,
            people=float(people[i]),
            owner=str(row.get("owner") or ""),
            phone=str(row.get("phone") or ""),
            evidence=finding.evidence() | ({"street": row["street"]} if row.get("street") else {}),
            screening=bool(fragility_levels[i]),
            grade=Grade(row.get("grade", Grade.OPEN)),
            sources=tuple(row.get("sources", ())),
        )


def _finding(row: Row, batch: _Batch, i: int, from_deg: float) -> ObjectFinding:
    height, year = row.get("height_m"), row.get("built_year")
    return ObjectFinding(
        curve=batch.curve,
        height_m=None if height is None else float(height),
        built_year=None if year is None else int(year),
        state=batch.state,
        gust_ms=float(batch.gust[i]),
        gust_error_ms=float(batch.gust_error[i]),
        probability=float(batch.probability[i]),
        error=float(batch.error[i]),
        share=float(batch.share[i]),
        wind_from_deg=from_deg,
        work_stops=bool(batch.work_stops[i]),
        if_secured=None if batch.if_secured is None else float(batch.if_secured[i]),
    )
