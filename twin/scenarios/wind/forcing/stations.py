"""Fuses the readings of several stations to one reference wind: each is converted, checked, and weighted.

A reading is converted by the ratio of the wind at the station over the reference wind: by the profile of
GB 50009-2012 over the station's terrain (through the wind at gradient height that all terrains share), or, better, by a
ratio that the field library has for that place and direction (``local_ratio``).
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from layers.errors import InputError
from layers.title import Title
from twin.scenarios.wind.forcing import averaging
from twin.scenarios.wind.forcing.averaging import Exposure
from twin.scenarios.wind.forcing.readings import Mount, Reading, Station
from twin.scenarios.wind.forcing.reference import ReferenceWind, Window, to_utc, turn_deg
from twin.scenarios.wind.terrain import Terrain
from twin.warnings.beaufort import FASTEST_MS

LocalRatio = Callable[[Station, float], float]
"""Mean speed at a station over the reference wind, for a reference wind from a direction in degrees."""

_EXPOSURES = {
    Terrain.A: Exposure.OFF_SEA,
    Terrain.B: Exposure.OFF_LAND,
    Terrain.C: Exposure.IN_LAND,
    Terrain.D: Exposure.IN_LAND,
}
# Relative uncertainty of the ratio, by profile and by local ratio, and uncertainty of the direction in degrees. By
# judgement: roofs speed the wind up by 0-30 %, streets shelter and turn it.
_RATIO_SHARE = {Mount.MAST: (0.10, 0.10), Mount.ROOF: (0.20, 0.12), Mount.STREET: (0.50, 0.25)}
_DIRECTION_DEG = {Mount.MAST: 10.0, Mount.ROOF: 20.0, Mount.STREET: 45.0}
_STUCK_AFTER, _STUCK_WITHIN = 6, timedelta(hours=3)
_CALM_MS = 0.5
# An anemometer in the field.
_INSTRUMENT_MS = 0.3
# An outlier lies beyond 3.5 scaled median deviations (Iglewicz and Hoaglin 1993), but never within 20 % or 1 m/s.
_MAD_LIMIT, _MAD_SCALE, _LEAST_SHARE, _LEAST_MS = 3.5, 1.4826, 0.06, 0.3
_TURN_LIMIT_DEG, _TURN_FROM_MS = 75.0, 2.0
# At a place with less than this share of the wind, the reference wind cannot be derived.
_LEAST_RATIO = 0.05
_GUST_LIMIT = 4.0


@dataclass(frozen=True)
class FusionRules:
    """How old readings may be, and the source of local ratios, if any."""

    oldest: timedelta = timedelta(minutes=30)
    local_ratio: LocalRatio | None = None


@dataclass(frozen=True)
class Refusal:
    """A station's reading that was not used, and why."""

    reading: Reading
    reason: Title


@dataclass(frozen=True)
class Estimate:
    """The reference wind derived from one reading, m/s and degrees; the direction is NaN in a calm.

    ``share`` is its relative uncertainty, ``least_ms`` the absolute part. They apply to the common speed: an
    uncertainty by its own speed would give sheltered stations too much weight.
    """

    reading: Reading
    speed_ms: float
    share: float
    least_ms: float
    from_deg: float
    spread_deg: float

    def sigma_ms(self, common_ms: float) -> float:
        """Return the standard uncertainty at this common speed, m/s."""
        return math.hypot(self.share * common_ms, self.least_ms)


@dataclass(frozen=True)
class Fusion:
    """The fused wind, the estimates behind it, and what was refused."""

    wind: ReferenceWind
    used: tuple[Estimate, ...]
    refused: tuple[Refusal, ...]


def fuse(readings: Iterable[Reading], time: datetime, rules: FusionRules | None = None) -> Fusion:
    """Return the reference wind at a time by the latest reading of each station before it."""
    applied, instant = rules or FusionRules(), to_utc(time, "time")
    latest, unsound = _sound(list(readings), instant, applied)
    used, doubted = _agreeing(*_estimates(latest, None, applied))
    # Ratios depend on the wind's direction, which stations in streets do not show: repeat with the common one.
    direction = _direction(used)
    if applied.local_ratio is not None and not math.isnan(direction):
        used, doubted = _agreeing(*_estimates(latest, direction, applied))
    refused = unsound + doubted
    if not used:
        reasons = "; ".join(f"{each.reading.station.id}: {each.reason.en}" for each in refused) or "there are none"
        raise InputError(f"no station reading before {instant.isoformat()} can be used ({reasons})")
    return Fusion(_fused(used, len(refused), instant), tuple(used), tuple(refused))


def station_series(
    readings: Sequence[Reading], window: Window, rules: FusionRules | None = None
) -> list[ReferenceWind]:
    """Return the fused wind for each time of a window."""
    return [fuse(readings, time, rules).wind for time in window.times()]


def to_reference(reading: Reading, ratio: float, *, by_profile: bool) -> Estimate:
    """Return the reference wind derived from a reading, by the ratio of its place."""
    exposure = _EXPOSURES[reading.station.terrain]
    speed = reading.speed_ms
    if reading.highest:
        speed = averaging.convert(speed, reading.averaging_s, averaging.REFERENCE_S, exposure)
    sampling = 0.0 if reading.highest else averaging.sampling_sigma(1.0, reading.averaging_s, exposure)
    share = math.hypot(sampling, _RATIO_SHARE[reading.station.mount][0 if by_profile else 1])
    calm = speed < _CALM_MS or math.isnan(reading.from_deg)
    from_deg = math.nan if calm else reading.from_deg % 360.0
    return Estimate(
        reading, speed / ratio, share, _INSTRUMENT_MS / ratio, from_deg, _DIRECTION_DEG[reading.station.mount]
    )


def profile_ratio(station: Station) -> float:
    """Return the wind at a station over the reference wind by the profile of its terrain."""
    return float(station.terrain.mean_ratio(station.height_m))


def fault(reading: Reading) -> Title | None:
    """Return why a reading is implausible, or None."""
    speed, direction, gust = reading.speed_ms, reading.from_deg, reading.gust_ms
    if math.isnan(speed):
        return Title("缺风速值", "the speed is missing")
    if not 0.0 <= speed <= FASTEST_MS:
        return Title(f"风速 {speed:g} m/s 不可能", f"a speed of {speed:g} m/s is impossible")
    if not (math.isnan(direction) and speed < _CALM_MS) and not 0.0 <= direction <= 360.0:
        return Title(f"风向 {direction:g}° 不可能", f"a direction of {direction:g} degrees is impossible")
    if gust is not None and not 0.98 * speed <= gust <= FASTEST_MS:
        return Title(
            f"阵风 {gust:g} m/s 与平均 {speed:g} m/s 不符", f"a gust of {gust:g} m/s does not go with {speed:g} m/s"
        )
    if gust is not None and speed > 5.0 and gust > _GUST_LIMIT * speed:
        return Title(f"阵风系数 {gust / speed:.1f} 过大", f"a gust factor of {gust / speed:.1f} is impossible")
    return None


def _sound(readings: list[Reading], instant: datetime, rules: FusionRules) -> tuple[list[Reading], list[Refusal]]:
    """Return the latest plausible reading of each station, and the refused ones with the reason."""
    by_station: dict[str, list[Reading]] = defaultdict(list)
    for reading in sorted(readings, key=lambda each: each.time):
        if reading.time <= instant:
            by_station[reading.station.id].append(reading)
    sound, refused = [], []
    for history in by_station.values():
        reading = history[-1]
        reason = _too_old(reading, instant, rules) or fault(reading) or _stuck(history)
        if reason is None:
            sound.append(reading)
        else:
            refused.append(Refusal(reading, reason))
    return sound, refused


def _too_old(reading: Reading, instant: datetime, rules: FusionRules) -> Title | None:
    age = instant - reading.time
    if age <= rules.oldest:
        return None
    minutes = age.total_seconds() / 60.0
    return Title(f"读数已过时 {minutes:.0f} 分钟", f"the reading is {minutes:.0f} minutes old")


def _stuck(history: list[Reading]) -> Title | None:
    """Return a reason where the latest readings are all the same, as those of a seized anemometer."""
    latest = [reading for reading in history if history[-1].time - reading.time <= _STUCK_WITHIN][-_STUCK_AFTER:]
    values = {(reading.speed_ms, str(reading.from_deg)) for reading in latest}
    if len(latest) < _STUCK_AFTER or len(values) > 1:
        return None
    return Title(
        f"连续 {len(latest)} 次读数不变，疑似卡死", f"{len(latest)} readings in a row are the same: it is stuck"
    )


def _estimates(
    readings: list[Reading], direction: float | None, rules: FusionRules
) -> tuple[list[Estimate], list[Refusal]]:
    """Return the estimate from each reading, and the readings that allow none."""
    estimates, refused = [], []
    for reading in readings:
        ratio, by_profile = _ratio(reading, direction, rules)
        estimate = to_reference(reading, max(ratio, _LEAST_RATIO), by_profile=by_profile)
        if ratio < _LEAST_RATIO:
            reason = Title("测点处于背风静区，不能反推", "the place is in the lee; the wind cannot be derived from it")
            refused.append(Refusal(reading, reason))
        elif estimate.speed_ms > FASTEST_MS:
            text = f"{estimate.speed_ms:.0f} m/s"
            refused.append(Refusal(reading, Title(f"换算后 {text} 不可能", f"{text} at the reference is impossible")))
        else:
            estimates.append(estimate)
    return estimates, refused


def _ratio(reading: Reading, direction: float | None, rules: FusionRules) -> tuple[float, bool]:
    """Return the wind at a station over the reference wind, and whether the ratio is that of the profile."""
    if rules.local_ratio is not None:
        own = 0.0 if math.isnan(reading.from_deg) else reading.from_deg
        local = rules.local_ratio(reading.station, own if direction is None else direction)
        if math.isfinite(local):
            return local, False
    return profile_ratio(reading.station), True


def _agreeing(estimates: list[Estimate], refused: list[Refusal]) -> tuple[list[Estimate], list[Refusal]]:
    """Return the estimates without outliers; with fewer than three, outliers cannot be identified."""
    if len(estimates) < 3:
        return estimates, refused
    speeds = np.array([estimate.speed_ms for estimate in estimates])
    middle = float(np.median(speeds))
    scale = max(_MAD_SCALE * float(np.median(np.abs(speeds - middle))), _LEAST_SHARE * middle, _LEAST_MS)
    common = _median_direction(estimates)
    reasons = [_outlier(estimate, middle, scale, common) for estimate in estimates]
    judged = list(zip(estimates, reasons, strict=True))
    outliers = [Refusal(estimate.reading, reason) for estimate, reason in judged if reason is not None]
    return [estimate for estimate, reason in judged if reason is None], refused + outliers


def _outlier(estimate: Estimate, middle: float, scale: float, common: float) -> Title | None:
    # A difference within the station's own uncertainty does not make it an outlier.
    if abs(estimate.speed_ms - middle) > max(_MAD_LIMIT * scale, 2.5 * estimate.sigma_ms(middle)):
        text = f"{estimate.speed_ms:.1f} / {middle:.1f} m/s"
        return Title(f"与其他测站相差过大（{text}）", f"it differs too much from the others ({text})")
    if math.isnan(common) or math.isnan(estimate.from_deg) or estimate.speed_ms < _TURN_FROM_MS:
        return None
    turn = turn_deg(estimate.from_deg, common)
    if turn > max(_TURN_LIMIT_DEG, 2.0 * estimate.spread_deg):
        return Title(f"风向与其他测站相差 {turn:.0f}°", f"its direction differs from the others by {turn:.0f} degrees")
    return None


def _median_direction(estimates: list[Estimate]) -> float:
    """Return the direction with the smallest sum of differences to the others, NaN where all are calm."""
    directions = [estimate.from_deg for estimate in estimates if not math.isnan(estimate.from_deg)]
    return min(directions, key=lambda each: sum(turn_deg(each, other) for other in directions), default=math.nan)


def _direction(estimates: Sequence[Estimate]) -> float:
    """Return the weighted vector mean of the directions, NaN where there is none."""
    estimates_with_direction = [estimate for estimate in estimates if not math.isnan(estimate.from_deg)]
    east = sum(math.sin(math.radians(each.from_deg)) / each.spread_deg**2 for each in estimates_with_direction)
    north = sum(math.cos(math.radians(each.from_deg)) / each.spread_deg**2 for each in estimates_with_direction)
    if math.hypot(east, north) < 1e-12:
        return math.nan
    return math.degrees(math.atan2(east, north)) % 360.0


def _fused(used: Sequence[Estimate], refused: int, instant: datetime) -> ReferenceWind:
    """Return the weighted mean, its uncertainty widened where the stations disagree (Birge's ratio)."""
    speeds = np.array([estimate.speed_ms for estimate in used])
    middle = float(np.median(speeds))
    weights = np.array([1.0 / estimate.sigma_ms(middle) ** 2 for estimate in used])
    mean = float(np.sum(weights * speeds) / np.sum(weights))
    chi = float(np.sum(weights * (speeds - mean) ** 2)) / max(len(used) - 1, 1)
    sigma = math.sqrt(max(chi, 1.0) / float(np.sum(weights)))
    direction = _direction(used)
    names = "、".join(estimate.reading.station.id for estimate in used)
    return ReferenceWind(
        instant,
        min(mean, FASTEST_MS),
        0.0 if math.isnan(direction) else direction % 360.0,
        sigma_ms=min(sigma, FASTEST_MS),
        spread_deg=_spread(used, direction),
        source=(
            f"{len(used)} 个测站融合（{names}），剔除 {refused} 个"
            f" / fused from {len(used)} stations ({names}), {refused} refused"
        ),
    )


def _spread(used: Sequence[Estimate], direction: float) -> float:
    """Return the standard uncertainty of the common direction; 180 degrees where there is none."""
    turns = [(turn_deg(each.from_deg, direction), each.spread_deg) for each in used if not math.isnan(each.from_deg)]
    if not turns or math.isnan(direction):
        return 180.0
    weights = [1.0 / spread**2 for _, spread in turns]
    chi = sum(weight * turn**2 for weight, (turn, _) in zip(weights, turns, strict=True)) / max(len(turns) - 1, 1)
    return min(math.sqrt(max(chi, 1.0) / sum(weights)), 180.0)
