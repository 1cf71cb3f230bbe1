"""Converts forecast values, hourly or coarser, to the reference wind."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from layers.errors import InputError, ParameterError
from twin.scenarios.wind.forcing import averaging
from twin.scenarios.wind.forcing.averaging import Exposure
from twin.scenarios.wind.forcing.reference import (
    ReferenceWind,
    Window,
    check_direction,
    check_range,
    check_speed,
    components,
    from_components,
    to_utc,
)
from twin.scenarios.wind.terrain import Terrain

MOST_VALUES = 2000
# Between values farther apart than this the wind is not interpolated.
_LONGEST_GAP = timedelta(hours=12)
# Errors of forecast wind over a city: 10 % or 1 m/s at the beginning, and 5 % more for each day ahead, by judgement;
# ten degrees of direction, and ten more each day.
_SHARE, _SHARE_PER_DAY, _LEAST_MS, _TURN_DEG = 0.10, 0.05, 1.0, 10.0


@dataclass(frozen=True)
class ForecastValue:
    """The wind that a forecast gives for a time (aware), m/s, blowing from degrees clockwise from north."""

    time: datetime
    speed_ms: float
    from_deg: float

    def __post_init__(self) -> None:
        """Refuse impossible speeds and directions."""
        object.__setattr__(self, "time", to_utc(self.time, "time"))
        check_speed(self.speed_ms, "speed_ms")
        object.__setattr__(self, "from_deg", check_direction(self.from_deg, "from_deg"))


@dataclass(frozen=True)
class ForecastBasis:
    """What the wind of a forecast refers to: averaging period, height above the ground, terrain, and time of issue.

    ``highest`` marks the strongest mean within each step rather than the mean at its time.
    """

    averaging_s: float = averaging.REFERENCE_S
    height_m: float = 10.0
    terrain: Terrain = Terrain.B
    highest: bool = False
    issued: datetime | None = None
    name: str = "forecast"

    def __post_init__(self) -> None:
        """Refuse averaging periods and heights out of range."""
        check_range(self.averaging_s, "averaging_s", (3.0, 3600.0), "s")
        check_range(self.height_m, "height_m", (2.0, 500.0), "m")
        if self.issued is not None:
            object.__setattr__(self, "issued", to_utc(self.issued, "issued"))


def forecast_series(
    values: Sequence[ForecastValue], window: Window, basis: ForecastBasis | None = None
) -> list[ReferenceWind]:
    """Return the reference wind for each time of a window within the forecast.

    Between values the wind is interpolated as a vector in direction and linearly in speed.
    """
    applied = basis or ForecastBasis()
    _check_order(values)
    return [_at(values, time, applied) for time in window.times()]


def to_reference_ms(speed_ms: float, basis: ForecastBasis) -> float:
    """Return the reference speed of a forecast's speed, m/s."""
    if basis.highest:
        speed_ms = averaging.convert(speed_ms, basis.averaging_s, averaging.REFERENCE_S, Exposure.OFF_LAND)
    return speed_ms / float(basis.terrain.mean_ratio(basis.height_m))


def _check_order(values: Sequence[ForecastValue]) -> None:
    if not 1 <= len(values) <= MOST_VALUES:
        raise InputError(f"a forecast of {len(values)} values cannot be used; it takes 1 to {MOST_VALUES}")
    for place, (first, second) in enumerate(pairwise(values), start=1):
        if second.time <= first.time:
            raise ParameterError(
                f"values[{place}].time", f"{second.time.isoformat()} is not after {first.time.isoformat()}"
            )


def _at(values: Sequence[ForecastValue], time: datetime, basis: ForecastBasis) -> ReferenceWind:
    if not values[0].time <= time <= values[-1].time:
        raise ParameterError(
            "time",
            f"{time.isoformat()} is outside the forecast, "
            f"{values[0].time.isoformat()} to {values[-1].time.isoformat()}",
        )
    after = min(bisect_right(values, time, key=lambda value: value.time), len(values) - 1)
    first, second = values[max(after - 1, 0)], values[after]
    if second.time - first.time > _LONGEST_GAP and time not in (first.time, second.time):
        raise ParameterError("time", f"the forecast has a gap around {time.isoformat()} of {second.time - first.time}")
    speed, from_deg = _interpolated(first, second, time)
    speed = check_speed(to_reference_ms(speed, basis), "speed_ms")
    days = max((time - basis.issued).total_seconds() / 86400.0, 0.0) if basis.issued else 0.0
    return ReferenceWind(
        time,
        speed,
        from_deg,
        sigma_ms=max((_SHARE + _SHARE_PER_DAY * days) * speed, _LEAST_MS),
        spread_deg=min(_TURN_DEG * (1.0 + days), 90.0),
        source=(
            f"预报 {basis.name}（{basis.height_m:g} m，{basis.averaging_s:g} 秒平均，{basis.terrain.value} 类地貌）"
            f" / {basis.name} ({basis.height_m:g} m, means of {basis.averaging_s:g} s, terrain {basis.terrain.value})"
        ),
    )


def _interpolated(first: ForecastValue, second: ForecastValue, time: datetime) -> tuple[float, float]:
    if second.time == first.time:
        return first.speed_ms, first.from_deg
    share = (time - first.time) / (second.time - first.time)
    (east1, north1), (east2, north2) = (components(each.speed_ms, each.from_deg) for each in (first, second))
    length, from_deg = from_components(east1 + share * (east2 - east1), north1 + share * (north2 - north1))
    speed = first.speed_ms + share * (second.speed_ms - first.speed_ms)
    # Opposite winds of equal speed cancel; then the direction of the nearer value is taken.
    if length < 1e-9 or math.isclose(speed, 0.0):
        from_deg = first.from_deg if share < 0.5 else second.from_deg
    return speed, from_deg
