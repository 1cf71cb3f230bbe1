"""The fields of EnergyPlus weather files (EPW), by their data dictionary (Auxiliary Programs, chapter 2.9).

A value that is not below ``missing`` was not observed; one outside ``least`` and ``most`` is none of its quantity.
"""

from dataclasses import dataclass

from twin.sensing.files.series import LeftOut, Observed, Unit
from twin.sensing.files.vocabulary import UNITS, observed

# Year, month, day, hour, minute, and flags of where values are from.
FIRST = 6


@dataclass(frozen=True)
class Field:
    """A field: its place in a row, and whether it is of the time before the one that is stated, not of that instant."""

    at: int
    name: str
    observed: Observed
    unit: Unit
    missing: float
    least: float = float("-inf")
    most: float = float("inf")
    before: bool = False


def _field(at: int, name: str, quantity: str, unit: str, missing: float, **more: float) -> Field:
    least, most = more.get("least", float("-inf")), more.get("most", float("inf"))
    return Field(at, name, observed(quantity), UNITS[unit], missing, least, most)


def _before(at: int, name: str, quantity: str, unit: str, missing: float) -> Field:
    return Field(at, name, observed(quantity), UNITS[unit], missing, 0, before=True)


FIELDS = (
    _field(6, "dry_bulb", "air_temperature", "Cel", 99.9, least=-70, most=70),
    _field(7, "dew_point", "dew_point", "Cel", 99.9, least=-70, most=70),
    _field(8, "relative_humidity", "relative_humidity", "%", 999, least=0, most=110),
    _field(9, "station_pressure", "air_pressure", "Pa", 999_999, least=31_000, most=120_000),
    _before(10, "extraterrestrial_horizontal", "extraterrestrial horizontal radiation", "W.h/m2", 9999),
    _before(11, "extraterrestrial_normal", "extraterrestrial direct normal radiation", "W.h/m2", 9999),
    _before(12, "horizontal_infrared", "horizontal_infrared_radiation", "W.h/m2", 9999),
    _before(13, "global_horizontal", "global_horizontal_radiation", "W.h/m2", 9999),
    _before(14, "direct_normal", "direct_normal_radiation", "W.h/m2", 9999),
    _before(15, "diffuse_horizontal", "diffuse_horizontal_radiation", "W.h/m2", 9999),
    _before(16, "global_illuminance", "global horizontal illuminance", "lx", 999_900),
    _before(17, "direct_illuminance", "direct normal illuminance", "lx", 999_900),
    _before(18, "diffuse_illuminance", "diffuse horizontal illuminance", "lx", 999_900),
    _before(19, "zenith_luminance", "zenith luminance", "cd/m2", 9999),
    _field(20, "wind_direction", "wind_direction", "deg", 999, least=0, most=360),
    _field(21, "wind_speed", "wind_speed", "m/s", 999, least=0, most=40),
    _field(22, "total_sky_cover", "cloud_cover", "10*-1", 99, least=0, most=10),
    _field(23, "opaque_sky_cover", "opaque sky cover", "10*-1", 99, least=0, most=10),
    _field(24, "visibility", "visibility", "km", 9999, least=0),
    _field(25, "ceiling_height", "ceiling height", "m", 99_999, least=0),
    _field(28, "precipitable_water", "precipitable water", "mm", 999, least=0),
    _field(30, "snow_depth", "snow_depth", "cm", 999, least=0),
    _field(31, "days_since_snow", "days since last snowfall", "d", 99, least=0),
    _field(32, "albedo", "albedo", "1", 999, least=0),
    _before(33, "precipitation", "precipitation", "mm", 999),
)
# The hours over which precipitation fell.
PRECIPITATION, OVER_HOURS, NO_HOURS = 33, 34, 99
LEFT_OUT = (
    LeftOut("present_weather", "they are codes of what was seen, and no quantity"),
    LeftOut("aerosol_optical_depth", "files have it as thousandths and as ones, and do not say which"),
)
WIDTHS = range(22, 36)
