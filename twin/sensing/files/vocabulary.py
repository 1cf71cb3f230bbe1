"""Quantities and units by the names that files use; definitions are those of the CF standard names (NERC P07)."""

from layers.errors import ParameterError
from twin.sensing.files.series import Observed, Unit

_CF = "http://vocab.nerc.ac.uk/standard_name/"
# A name of ours, what it is called, and its standard name.
_QUANTITIES = (
    ("air_temperature", "气温", "air temperature", "air_temperature"),
    ("dew_point", "露点温度", "dew point temperature", "dew_point_temperature"),
    ("relative_humidity", "相对湿度", "relative humidity", "relative_humidity"),
    ("air_pressure", "气压", "air pressure", "air_pressure"),
    ("wind_speed", "风速", "wind speed", "wind_speed"),
    ("wind_direction", "风向", "wind direction (from)", "wind_from_direction"),
    ("gust_speed", "阵风", "gust", "wind_speed_of_gust"),
    ("precipitation", "降水量", "precipitation", "lwe_thickness_of_precipitation_amount"),
    ("visibility", "能见度", "visibility", "visibility_in_air"),
    ("cloud_cover", "总云量", "cloud cover", "cloud_area_fraction"),
    ("pm2_5", "PM2.5", "PM2.5", "mass_concentration_of_pm2p5_ambient_aerosol_particles_in_air"),
    ("pm10", "PM10", "PM10", "mass_concentration_of_pm10_ambient_aerosol_particles_in_air"),
    ("water_level", "水位", "water level", "water_surface_height_above_reference_datum"),
    ("soil_moisture", "土壤体积含水率", "soil moisture", "volume_fraction_of_condensed_water_in_soil"),
    ("soil_temperature", "土壤温度", "soil temperature", "soil_temperature"),
    ("snow_depth", "积雪深度", "snow depth", "surface_snow_thickness"),
    ("global_horizontal_radiation", "水平面总辐射", "global horizontal radiation", None),
    ("direct_normal_radiation", "法向直接辐射", "direct normal radiation", None),
    ("diffuse_horizontal_radiation", "水平面散射辐射", "diffuse horizontal radiation", None),
    ("horizontal_infrared_radiation", "水平面红外辐射", "horizontal infrared radiation", None),
)
QUANTITIES = {name: Observed(zh, f"{_CF}{standard}/" if standard else "", en) for name, zh, en, standard in _QUANTITIES}
_UNITS = (
    Unit("Cel", "degree Celsius", "°C"),
    Unit("K", "kelvin", "K"),
    Unit("%", "percent", "%"),
    Unit("Pa", "pascal", "Pa"),
    Unit("hPa", "hectopascal", "hPa"),
    Unit("kPa", "kilopascal", "kPa"),
    Unit("m/s", "metre per second", "m/s"),
    Unit("km/h", "kilometre per hour", "km/h"),
    Unit("deg", "degree", "°"),
    Unit("mm", "millimetre", "mm"),
    Unit("cm", "centimetre", "cm"),
    Unit("m", "metre", "m"),
    Unit("km", "kilometre", "km"),
    Unit("h", "hour", "h"),
    Unit("d", "day", "d"),
    Unit("mm/h", "millimetre per hour", "mm/h"),
    Unit("ug/m3", "microgram per cubic metre", "µg/m³"),
    Unit("mg/m3", "milligram per cubic metre", "mg/m³"),
    Unit("W/m2", "watt per square metre", "W/m²"),
    Unit("W.h/m2", "watt hour per square metre", "Wh/m²"),
    Unit("lx", "lux", "lx"),
    Unit("cd/m2", "candela per square metre", "cd/m²"),
    Unit("10*-1", "tenth", "/10"),
    Unit("1", "one", ""),
)
UNITS = {unit.code: unit for unit in _UNITS}
_SAID = {
    "℃": "Cel", "°c": "Cel", "degc": "Cel", "deg c": "Cel", "µg/m³": "ug/m3", "μg/m³": "ug/m3", "μg/m3": "ug/m3",
    "µg/m3": "ug/m3", "ug/m³": "ug/m3", "mg/m³": "mg/m3", "°": "deg", "degree": "deg", "degrees": "deg",
    "w/m²": "W/m2", "w/m^2": "W/m2", "wh/m2": "W.h/m2", "wh/m²": "W.h/m2", "lux": "lx", "米/秒": "m/s", "毫米": "mm",
    "摄氏度": "Cel", "百帕": "hPa", "percent": "%", "％": "%",
}  # fmt: skip


def unit_of(code: str) -> Unit:
    """Return the unit of a UCUM code; one that we have no name for is named by its code. Raises ParameterError."""
    code = code.strip()
    if not code or not code.isascii() or any(letter.isspace() for letter in code) or len(code) > 60:
        raise ParameterError("unit", f"{code[:60]!r} is no code of UCUM, such as Cel, m/s, % or ug/m3")
    return UNITS.get(code) or Unit(code, code, code)


def unit_said(text: str) -> Unit | None:
    """Return the unit that people write so, or None for what we do not know."""
    text = text.strip()
    folded = {code.lower(): code for code in UNITS}
    code = text if text in UNITS else _SAID.get(text.lower()) or (folded.get(text.lower()) if len(text) > 2 else None)
    return None if code is None else UNITS[code]


def observed(name: str) -> Observed:
    """Return the observed property of one of our names, or one of that name without a definition."""
    return QUANTITIES.get(name) or Observed(name)
