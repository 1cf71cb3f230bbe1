"""Wind speeds of different averaging periods, converted explicitly.

The highest mean of τ seconds within an hour is G(τ) times the hourly mean. Between two periods the ratio of their
factors converts, there and back. This holds for *highest* means: a gust, the maximum sustained wind of a typhoon
agency, a report of the strongest two minutes. A mean taken at any moment, whatever its length, estimates the ten-minute
mean without bias, only less surely (Harper et al. 2010, section 1.4): ``sampling_sigma`` says how much less.
"""

import math
from enum import Enum

from layers.errors import ParameterError

PERIODS_S = (3.0, 60.0, 120.0, 180.0, 600.0, 3600.0)
"""The periods of the tables; between them factors are interpolated in the logarithm of time."""

REFERENCE_S = 600.0
"""Ten minutes: of WMO's means, of GB 50009's basic wind, and of the reference wind."""


class Exposure(Enum):
    """The surface upwind; the first four are for tropical cyclones."""

    AT_SEA = "at-sea"
    """More than 20 km off the coast."""
    OFF_SEA = "off-sea"
    """Onshore wind at the coast."""
    OFF_LAND = "off-land"
    """Offshore wind at the coast: open flat country, the exposure nearest to category B of GB 50009."""
    IN_LAND = "in-land"
    """Roughly open country inland."""
    DURST = "durst"
    """Open country in winds that are not of tropical cyclones (Durst 1960)."""


# Harper, Kepert and Ginger 2010: Guidelines for converting between various wind averaging periods in tropical cyclone
# conditions, WMO/TD-No. 1555, table 1.1, reference period of one hour.
_HOURLY = {
    Exposure.AT_SEA: (1.30, 1.11, 1.07, 1.06, 1.03, 1.00),
    Exposure.OFF_SEA: (1.45, 1.17, 1.11, 1.09, 1.05, 1.00),
    Exposure.OFF_LAND: (1.60, 1.22, 1.15, 1.12, 1.06, 1.00),
    Exposure.IN_LAND: (1.75, 1.28, 1.19, 1.15, 1.08, 1.00),
}
# Turbulence intensity behind each exposure at 10 m: table 1.1's three-second factors over hourly, peak factor 3.
_TURBULENCE = {
    Exposure.AT_SEA: 0.10,
    Exposure.OFF_SEA: 0.15,
    Exposure.OFF_LAND: 0.20,
    Exposure.IN_LAND: 0.25,
    Exposure.DURST: 0.17,
}
# Integral time scale of longitudinal turbulence at 10 m in strong wind, s.
_TIME_SCALE_S = 10.0


def hourly_factor(period_s: float, exposure: Exposure) -> float:
    """Return the highest mean of a period within an hour over the hourly mean."""
    if not PERIODS_S[0] <= period_s <= PERIODS_S[-1]:
        raise ParameterError("averaging_s", f"{period_s} s is not an averaging period between 3 s and one hour")
    if exposure is Exposure.DURST:
        return _durst(period_s) / _durst(3600.0)
    factors, place = _HOURLY[exposure], 0
    while period_s > PERIODS_S[place + 1]:
        place += 1
    begin, end = math.log(PERIODS_S[place]), math.log(PERIODS_S[place + 1])
    share = (math.log(period_s) - begin) / (end - begin)
    return factors[place] + share * (factors[place + 1] - factors[place])


def factor(from_s: float, to_s: float, exposure: Exposure) -> float:
    """Return what a highest mean of ``from_s`` seconds is multiplied by to become one of ``to_s`` seconds."""
    return hourly_factor(to_s, exposure) / hourly_factor(from_s, exposure)


def convert(speed_ms: float, from_s: float, to_s: float, exposure: Exposure) -> float:
    """Return the highest mean of ``to_s`` seconds that goes with one of ``from_s`` seconds, m/s."""
    return speed_ms * factor(from_s, to_s, exposure)


def mean_of_gust(gust_ms: float, exposure: Exposure, gust_s: float = 3.0) -> float:
    """Return the ten-minute mean in which a gust is the strongest.

    The factor within ten minutes is smaller than the one through an hour's highest mean: G(3 s, 10 min) of table 1.1.
    """
    ten_minutes = {"at-sea": 1.23, "off-sea": 1.38, "off-land": 1.52, "in-land": 1.66}
    longest = ten_minutes.get(exposure.value, factor(REFERENCE_S, 3.0, exposure))
    return gust_ms / (longest * factor(3.0, gust_s, exposure))


def sampling_sigma(speed_ms: float, averaging_s: float, exposure: Exposure) -> float:
    """Return the standard deviation of a short mean from the ten-minute mean around it, m/s.

    Variance of a mean of length τ of a process with integral scale T: σ² · 2T/τ, capped by σ² (Lumley and Panofsky
    1964); nothing is added from ten minutes on.
    """
    if averaging_s >= REFERENCE_S:
        return 0.0
    share = min(2.0 * _TIME_SCALE_S / averaging_s, 1.0) - 2.0 * _TIME_SCALE_S / REFERENCE_S
    return speed_ms * _TURBULENCE[exposure] * math.sqrt(max(share, 0.0))


def _durst(period_s: float) -> float:
    """Return Durst's factor by the fit of the Coastal Engineering Manual (USACE 2015, EM 1110-2-1100, II-2)."""
    return 1.277 + 0.296 * math.tanh(0.9 * math.log10(45.0 / period_s))
