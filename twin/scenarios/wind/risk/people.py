"""Estimates how many people are at a place, by use, street class or kind, at a time of day in Beijing time.

Amounts at the busiest hour and their course over the day are data: ``people.csv`` and ``people_hours.csv``. Most of
it is judgement: good for ranking, not for counting.
"""

import csv
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import ArrayLike, NDArray

BEIJING = ZoneInfo("Asia/Shanghai")
_AMOUNTS = Path(__file__).with_name("people.csv")
_HOURS = Path(__file__).with_name("people_hours.csv")
_TICKS = tuple(range(0, 25, 3))

Floats = NDArray[np.float64]


def people_in_buildings(uses: Sequence[str | None], floor_area_m2: ArrayLike, at: datetime) -> Floats:
    """Return persons in each building, by its use and gross floor area."""
    area = np.nan_to_num(np.asarray(floor_area_m2, dtype=np.float64))
    return np.asarray(area * _each(uses, "building", at, inverse=True))


def people_on_streets(classes: Sequence[str | None], length_m: ArrayLike, at: datetime) -> Floats:
    """Return persons on foot along each street, by its class and length."""
    return np.asarray(np.asarray(length_m, dtype=np.float64) / 100.0 * _each(classes, "street", at))


def people_at_places(kinds: Sequence[str | None], capacity: ArrayLike, at: datetime) -> Floats:
    """Return persons at each gathering place, by its kind and capacity."""
    capacities = np.nan_to_num(np.asarray(capacity, dtype=np.float64))
    return np.asarray(capacities * _each(kinds, "gathering", at))


def share_of_day(profile: str, at: datetime) -> float:
    """Return a profile's share of the busiest hour at an aware time, interpolated between three-hourly values."""
    local = at.astimezone(BEIJING)
    day = "weekend" if local.weekday() >= 5 else "weekday"
    values = _profiles()[profile, day]
    return float(np.interp(local.hour + local.minute / 60.0, _TICKS, (*values, values[0])))


def _each(names: Sequence[str | None], place: str, at: datetime, inverse: bool = False) -> Floats:
    amounts = _amounts()
    amount_by_name: dict[str | None, float] = {}
    for name in set(names):
        amount, profile = amounts.get((place, name or "*")) or amounts[place, "*"]
        amount_by_name[name] = share_of_day(profile, at) * (1.0 / amount if inverse else amount)
    return np.array([amount_by_name[name] for name in names], dtype=np.float64)


@cache
def _amounts() -> dict[tuple[str, str], tuple[float, str]]:
    with _AMOUNTS.open(encoding="utf-8") as file:
        return {(row["place"], row["class"]): (float(row["amount"]), row["profile"]) for row in csv.DictReader(file)}


@cache
def _profiles() -> dict[tuple[str, str], tuple[float, ...]]:
    hours = [f"h{tick:02d}" for tick in _TICKS[:-1]]
    with _HOURS.open(encoding="utf-8") as file:
        return {(row["profile"], row["day"]): tuple(float(row[h]) for h in hours) for row in csv.DictReader(file)}
