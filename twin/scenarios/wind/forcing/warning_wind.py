"""The reference wind of a warning: from its text, else from the criterion of its signal.

Offices forecast winds at 10 m over open country, in grades; their means are of two minutes and the strongest of the
period. The middle of the stated range is taken, as a plateau from the onset to the end. Where only gusts are stated,
the mean in which they are the strongest follows by the gust factor of open country.
"""

import math
from dataclasses import dataclass
from datetime import datetime

from layers.errors import InputError
from twin.scenarios.wind.forcing import averaging
from twin.scenarios.wind.forcing.averaging import Exposure
from twin.scenarios.wind.forcing.reference import ReferenceWind, Window
from twin.warnings.rules import assumed_wind, decide
from twin.warnings.warning import BEIJING, WeatherWarning

_NOTICE_S = 120.0
_GUST_FACTOR_SHARE = 0.10
_STATED_SPREAD_DEG = 25.0


@dataclass(frozen=True)
class Climate:
    """The usual direction of strong winds of a kind and season in Shanghai, and its spread, degrees."""

    from_deg: float
    spread_deg: float
    zh: str
    en: str


# By judgement, after the climate of the Yangtze estuary: cyclones mostly pass south or east of the city or come ashore
# from the south-east; cold surges blow from north-west to north; squall lines come from the west and north-west.
_TYPHOON = Climate(90.0, 60.0, "台风影响期多东到东南风", "winds of typhoons are mostly easterly")
_SQUALL = Climate(300.0, 80.0, "雷雨大风多自西到西北方向来", "squalls mostly come from west to north-west")
_WINTER = Climate(330.0, 70.0, "冷空气大风多西北风", "cold surges blow from the north-west")
_SUMMER = Climate(135.0, 70.0, "暖季大风多东南风", "gales of the warm season are mostly south-easterly")


def warning_series(warning: WeatherWarning, window: Window | None = None) -> list[ReferenceWind]:
    """Return the reference wind of a warning for each time of a window, by default each hour while it holds.

    Times of the window outside the warning's own are left out. Warnings that start no wind scenario are refused.
    """
    decision = decide(warning)
    if decision.scenario != "wind":
        raise InputError(f"{warning.title.zh}: {decision.reason.zh} ({decision.reason.en})")
    times = [time for time in (window or Window(warning.begins, warning.expires)).times() if _holds(warning, time)]
    if not times:
        raise InputError(f"{warning.title.zh}: the window has no time within the validity of the warning")
    speed, sigma, speed_basis = _speed(warning)
    from_deg, spread, direction_basis = _direction(warning)
    zh, en = "，".join((speed_basis[0], direction_basis[0])), ", ".join((speed_basis[1], direction_basis[1]))
    source = f"{warning.title.zh}：{zh} / {warning.title.en}: {en}"
    return [ReferenceWind(time, speed, from_deg, sigma, spread, source) for time in times]


def _holds(warning: WeatherWarning, time: datetime) -> bool:
    return warning.begins <= time <= warning.expires


def _speed(warning: WeatherWarning) -> tuple[float, float, tuple[str, str]]:
    """Return speed and standard uncertainty, m/s, and their origin in Chinese and English."""
    wind = warning.wind
    to_reference = averaging.factor(_NOTICE_S, averaging.REFERENCE_S, Exposure.OFF_LAND)
    if mean := wind.mean or (wind.exposed_mean if not wind.gust else None):
        title = mean.title()
        basis = (f"文中平均风力{title.zh}", f"mean of {title.en} in the text")
        return mean.middle_ms * to_reference, mean.sigma_ms * to_reference, basis
    if gust := wind.gust or wind.exposed_gust:
        title, share = gust.title(), averaging.mean_of_gust(1.0, Exposure.OFF_LAND)
        basis = (f"由文中阵风{title.zh}折算", f"by the gust of {title.en} in the text")
        sigma = math.hypot(gust.sigma_ms, _GUST_FACTOR_SHARE * gust.middle_ms) * share
        return gust.middle_ms * share, sigma, basis
    assumed = assumed_wind(warning.kind, warning.level)
    title = assumed.mean.title()
    basis = (f"文中无风力，按信号标准取平均{title.zh}", f"no figure in the text, {title.en} by the signal's criterion")
    return assumed.mean.middle_ms * to_reference, assumed.mean.sigma_ms * to_reference, basis


def _direction(warning: WeatherWarning) -> tuple[float, float, tuple[str, str]]:
    """Return direction and spread, degrees, and their origin in Chinese and English."""
    from_deg = warning.wind.from_deg
    if from_deg is not None:
        return (
            from_deg,
            _STATED_SPREAD_DEG,
            (f"文中风向 {from_deg:.0f}°", f"direction of {from_deg:.0f} degrees in the text"),
        )
    climate = _climate(warning)
    basis = (
        f"文中无风向，按气候取 {climate.from_deg:.0f}°±{climate.spread_deg:.0f}°（{climate.zh}）",
        f"no direction in the text, {climate.from_deg:.0f}±{climate.spread_deg:.0f} degrees by climate ({climate.en})",
    )
    return climate.from_deg, climate.spread_deg, basis


def _climate(warning: WeatherWarning) -> Climate:
    if warning.kind == "typhoon":
        return _TYPHOON
    if warning.kind == "thunderstorm_gale" or "雷雨大风" in warning.text:
        return _SQUALL
    month = warning.issued.astimezone(BEIJING).month
    return _SUMMER if 4 <= month <= 10 else _WINTER
