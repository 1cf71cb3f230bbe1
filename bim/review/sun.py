"""Where the sun stands, true solar time 真太阳时, and the days of the solar terms 节气, by the algorithm SPA of pvlib.

Reda and Andreas, Solar Position Algorithm for Solar Radiation Applications, NREL/TP-560-34302, 2008. Instants are
seconds since 1970-01-01T00:00Z. Refraction is left out: rays of shadows are straight lines, and rules count by the
geometric sun. Seen through the air the sun stands higher, by 0.1° at 8° of elevation and by 0.5° at the horizon.
"""

import math
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Term = Literal["winter_solstice", "great_cold"]
# China has one legal time, that of 120° E.
BEIJING = timezone(timedelta(hours=8))
# The sun's apparent longitude at a solar term, degrees (GB/T 33661-2017), and a day near which it has it.
_TERMS: dict[Term, tuple[float, tuple[int, int]]] = {
    "winter_solstice": (270.0, (12, 21)),
    "great_cold": (300.0, (1, 20)),
}
_SECONDS_PER_DEGREE_OF_LONGITUDE = 240.0
# Tropical year over the circle: how long the sun takes for a degree of its longitude, seconds.
_SECONDS_PER_DEGREE_OF_SUN = 365.2422 * 86400.0 / 360.0


class Sun(NamedTuple):
    """Where the sun's middle is: azimuth clockwise from true north and geometric elevation, degrees, each (n,).

    The equation of time (n,), minutes, is true minus mean solar time.
    """

    azimuth_deg: Floats
    elevation_deg: Floats
    equation_of_time_min: Floats

    @property
    def directions(self) -> Floats:
        """Return unit vectors towards the sun (n, 3): east, north, up."""
        azimuth, elevation = np.radians(self.azimuth_deg), np.radians(self.elevation_deg)
        flat = np.cos(elevation)
        return np.column_stack([np.sin(azimuth) * flat, np.cos(azimuth) * flat, np.sin(elevation)])


def sun_at(instants: Floats, lon: float, lat: float) -> Sun:
    """Return where the sun stands at instants (n,) over a place (degrees, EPSG:4490) at height 0."""
    spa = _spa()
    times = np.atleast_1d(np.asarray(instants, np.float64))
    # Of both pressure and refraction at the horizon the geometric elevation knows nothing.
    found = spa.solar_position_numpy(times, lat, lon, 0.0, 1013.25, 12.0, _delta_t(times), 0.5667, 1)
    return Sun(np.asarray(found[4]), np.asarray(found[3]), np.asarray(found[5]))


def true_solar(instants: Floats, lon: float) -> Floats:
    """Return the true solar clock of a longitude at instants (n,), seconds since 1970-01-01T00:00 of that clock.

    It is Beijing time + equation of time − (120° − longitude) · 4 min.
    """
    times = np.atleast_1d(np.asarray(instants, np.float64))
    return times + lon * _SECONDS_PER_DEGREE_OF_LONGITUDE + 60.0 * _equation_of_time(times)


def from_true_solar(clock: Floats, lon: float) -> Floats:
    """Return the instants (n,) at which the true solar clock of a longitude shows these seconds."""
    shown = np.atleast_1d(np.asarray(clock, np.float64)) - lon * _SECONDS_PER_DEGREE_OF_LONGITUDE
    times = shown
    # The equation of time changes by 30 s a day at most: the third pass moves nothing by a microsecond.
    for _ in range(3):
        times = shown - 60.0 * _equation_of_time(times)
    return times


def apparent_longitude(instants: Floats) -> Floats:
    """Return the sun's apparent geocentric longitude (n,), degrees."""
    spa = _spa()
    times = np.atleast_1d(np.asarray(instants, np.float64))
    century = spa.julian_ephemeris_century(spa.julian_ephemeris_day(spa.julian_day(times), _delta_t(times)))
    millennium = spa.julian_ephemeris_millennium(century)
    nutation = np.empty((2, len(times)))
    arguments = (
        spa.mean_elongation, spa.mean_anomaly_sun, spa.mean_anomaly_moon, spa.moon_argument_latitude,
        spa.moon_ascending_longitude,
    )  # fmt: skip
    spa.longitude_obliquity_nutation(century, *(argument(century) for argument in arguments), nutation)
    geometric = spa.geocentric_longitude(spa.heliocentric_longitude(millennium))
    aberration = spa.aberration_correction(spa.heliocentric_radius_vector(millennium))
    return np.asarray(spa.apparent_sun_longitude(geometric, nutation[0], aberration)) % 360.0


@lru_cache(maxsize=512)
def term_instant(term: Term, year: int) -> datetime:
    """Return when the sun reaches the longitude of a solar term, within seconds, in Beijing time.

    冬至 of a year is in its December, 大寒 in its January.
    """
    longitude, (month, day) = _TERMS[term]
    at = datetime(year, month, day, tzinfo=BEIJING).timestamp()
    # The sun's pace differs from its mean by 3 in 100 at most: after five passes a millisecond is left.
    for _ in range(5):
        off = (longitude - float(apparent_longitude(np.array([at]))[0]) + 180.0) % 360.0 - 180.0
        at += off * _SECONDS_PER_DEGREE_OF_SUN
    return datetime.fromtimestamp(at, BEIJING)


def term_day(term: Term, year: int) -> date:
    """Return the day of a solar term in Beijing time, as calendars have it."""
    return term_instant(term, year).date()


def clock_seconds(day: date, hours: float) -> float:
    """Return the seconds since 1970-01-01T00:00 that a clock shows on a day at an hour, whatever clock it is."""
    return (day - date(1970, 1, 1)).days * 86400.0 + hours * 3600.0


def shadow_length(height_m: float, elevation_deg: float) -> float:
    """Return the length of an upright edge's shadow on level ground, metres; infinite under a sun on the horizon."""
    slope = math.tan(math.radians(elevation_deg))
    return height_m / slope if slope > 0 else math.inf


def _equation_of_time(times: Floats) -> Floats:
    return sun_at(times, 0.0, 0.0).equation_of_time_min


def _delta_t(times: Floats) -> float:
    """Return the seconds from universal to dynamical time, of the middle of the instants."""
    middle = (
        datetime.fromtimestamp(float(np.mean(times)), BEIJING) if len(times) else datetime(2000, 1, 1, tzinfo=BEIJING)
    )
    return float(_spa().calculate_deltat(middle.year, middle.month))


def _spa() -> Any:
    # It takes a second to import, with all of pvlib.
    from pvlib import spa

    return spa
