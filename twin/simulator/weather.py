"""The weather of a district at many times: wind over open country, rain, temperature, moisture, clouds, pressure.

Means and spreads are counted from three years of hourly observations of Shanghai, 2013-2015: a yearly mean of 17.9 °C
with 11.2 °C to either side, anomalies of days of 3.1 °C, a daily course from 15.4 °C at five to 21.2 °C at two, a dew
point 6.1 °C below the mean of the day, which changes little within it, and a pressure of 1015.7 ± 10.8 hPa by season.
Wind: 3.2 m/s over open country, from the north-west in winter and from the south-east in summer (the monsoon).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twin.simulator.calendar import DAY_S, HOUR_S, hour_of_day, season, sun_height
from twin.simulator.noise import smooth
from twin.simulator.rain import shower_rate
from twin.simulator.storm import Storm

F64 = NDArray[np.float64]
_COLDEST_H, _WARMEST_H = 5.0, 14.0


@dataclass(frozen=True)
class Weather:
    """The weather at ``times_s`` (n,), seconds since 1970; the same for a seed and a storm always."""

    times_s: F64
    seed: int = 1
    storm: Storm | None = None

    def noise(self, name: str, scale_s: float) -> F64:
        """Return a standard normal process of a name over the times."""
        return smooth(self.seed, name, self.times_s, scale_s)

    @cached_property
    def hour(self) -> F64:
        """Return the hour of the day, [0, 24)."""
        return hour_of_day(self.times_s)

    @cached_property
    def sun(self) -> F64:
        """Return the sine of the sun's height, 0 at night."""
        return sun_height(self.times_s)

    @cached_property
    def _storm(self) -> tuple[F64, F64, F64, F64]:
        if self.storm is None:
            nothing = np.zeros(len(self.times_s))
            return nothing, nothing, nothing, nothing
        return self.storm.at(self.times_s)

    @cached_property
    def rain(self) -> F64:
        """Return the rain, mm/h."""
        return shower_rate(self.seed, self.times_s) + self._storm[2]

    @cached_property
    def cloud(self) -> F64:
        """Return the share of the sky that is covered, 0 to 1."""
        covered = 1.0 / (1.0 + np.exp(-1.8 * self.noise("cloud", 0.8 * DAY_S) - 2.0 * np.minimum(self.rain, 2.0)))
        return np.asarray(covered)

    @cached_property
    def _day_c(self) -> F64:
        """Return the mean temperature of the days, °C."""
        return 17.9 + 11.2 * season(self.times_s) + 3.1 * self.noise("warmth", 3.0 * DAY_S)

    @cached_property
    def dew_c(self) -> F64:
        """Return the dew point, °C: nearest to the temperature of the air under clouds and in rain."""
        dryness = np.exp(0.55 * self.noise("dryness", 2.0 * DAY_S) - 0.5 * np.minimum(self.rain, 2.0))
        return np.asarray(self._day_c - 5.3 * dryness)

    @cached_property
    def air_c(self) -> F64:
        """Return the temperature of the air, °C; dew forms before it falls below the dew point."""
        swing = (1.8 + 2.4 * (1.0 - self.cloud)) * daily_course(self.hour)
        return np.maximum(self._day_c + swing + 0.3 * self.noise("warm air", HOUR_S), self.dew_c)

    @cached_property
    def depression_c(self) -> F64:
        """Return how far the dew point is below the temperature, °C."""
        return self.air_c - self.dew_c

    @cached_property
    def humidity(self) -> F64:
        """Return the relative humidity, 0 to 1, by the formula of Magnus (Alduchov and Eskridge 1996)."""
        return np.asarray(vapour_hpa(self.dew_c) / vapour_hpa(self.air_c))

    @cached_property
    def pressure_hpa(self) -> F64:
        """Return the pressure at sea level, hPa."""
        calm = 1015.7 - 10.8 * season(self.times_s) + 4.0 * self.noise("pressure", 2.5 * DAY_S)
        return np.asarray(calm - self._storm[3])

    @cached_property
    def _flow(self) -> tuple[F64, F64]:
        """Return the wind east and north: that of a typhoon, or the usual one where it blows little."""
        speed = 3.2 * np.exp(0.35 * self.noise("wind", 1.5 * DAY_S) + 0.12 * self.noise("breeze", HOUR_S))
        speed *= 1.0 + 0.25 * daily_course(self.hour)
        monsoon = -30.0 + 82.5 * (1.0 + season(self.times_s))
        turn = 45.0 * self.noise("veering", 1.5 * DAY_S) + 8.0 * self.noise("swinging", 0.5 * HOUR_S)
        angle = np.radians(monsoon + turn)
        east, north = self._storm[:2]
        usual = np.exp(-np.hypot(east, north) / 6.0)
        return east - usual * speed * np.sin(angle), north - usual * speed * np.cos(angle)

    @cached_property
    def wind_ms(self) -> F64:
        """Return the mean wind of ten minutes at 10 m over open flat country, m/s."""
        east, north = self._flow
        gusty = 1.0 + 0.05 * self.noise("squall", 0.4 * HOUR_S)
        return np.asarray(np.hypot(east, north) * gusty)

    @cached_property
    def from_deg(self) -> F64:
        """Return where it blows from, degrees clockwise from north, [0, 360)."""
        east, north = self._flow
        return np.asarray(np.degrees(np.arctan2(-east, -north)) % 360.0)

    def rain_before(self, fall_s: float, step_s: float) -> F64:
        """Return the rain before each time, mm, each part the less the longer ago, by exp(-age / ``fall_s``).

        Counted in steps; what fell eight times ``fall_s`` ago is forgotten.
        """
        return remembered(lambda times: Weather(times, self.seed, self.storm).rain, self.times_s, fall_s, step_s)


def remembered(rate: Callable[[F64], F64], times_s: F64, fall_s: float, step_s: float) -> F64:
    """Return the sum over the past of a rate per hour with exponentially falling weights, at times."""
    taps = int(8 * fall_s / step_s)
    ends = np.floor(times_s / step_s).astype(np.int64)
    first, last = int(ends.min()) - taps, int(ends.max()) + 1
    middles = (np.arange(first, last + 1, dtype=np.float64) - 0.5) * step_s
    amounts = rate(middles) * step_s / HOUR_S
    weights = np.exp(-(np.arange(taps) + 0.5) * step_s / fall_s)
    sums = np.convolve(amounts, weights, mode="valid")
    # The last of the steps behind sums[i] is first + taps - 1 + i.
    offset = first + taps - 1
    share = times_s / step_s - ends
    return np.asarray(sums[ends - offset] + share * (sums[ends + 1 - offset] - sums[ends - offset]))


def daily_course(hours: F64) -> F64:
    """Return -1 at five in the morning and 1 at two in the afternoon, by cosines between."""
    since_coldest = (hours - _COLDEST_H) % 24.0
    rising = _WARMEST_H - _COLDEST_H
    falling = 24.0 - rising
    rise = -np.cos(np.pi * since_coldest / rising)
    fall = np.cos(np.pi * (since_coldest - rising) / falling)
    return np.asarray(np.where(since_coldest < rising, rise, fall))


def vapour_hpa(celsius: F64) -> F64:
    """Return the pressure of saturated vapour over water, hPa."""
    return np.asarray(6.1094 * np.exp(17.625 * celsius / (celsius + 243.04)))
