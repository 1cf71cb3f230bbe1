"""What each category of stations observes: property, unit (UCUM), instrument, and the model behind it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from layers.title import Title
from twin.sensing.reading import COUNT, MEASUREMENT, TRUTH
from twin.simulator.signals import air, field, traffic, water, wind
from twin.simulator.station import Station
from twin.simulator.weather import Weather

F64 = NDArray[np.float64]
Signal = Callable[[Station, Weather], F64]
_CF = "http://vocab.nerc.ac.uk/standard_name/"
_OURS = "urn:onemap-twin:property:"


@dataclass(frozen=True)
class Observed:
    """A property that stations of a category observe; values have ``decimals`` and never leave ``low`` to ``high``.

    ``unit`` has name, symbol and code of UCUM; ``definition`` is a URI.
    """

    id: str
    title: Title
    definition: str
    unit: tuple[str, str, str]
    signal: Signal
    decimals: int = 1
    low: float = 0.0
    high: float = 1e9
    kind: str = MEASUREMENT


@dataclass(frozen=True)
class Kind:
    """A category of stations, the instrument that they carry, and what they observe."""

    title: Title
    instrument: Title
    observed: tuple[Observed, ...]


_MS, _DEG = ("metre per second", "m/s", "m/s"), ("degree", "°", "deg")
_CELSIUS, _PERCENT = ("degree Celsius", "°C", "Cel"), ("percent", "%", "%")
_METRE, _UGM3 = ("metre", "m", "m"), ("microgram per cubic metre", "µg/m³", "ug/m3")

_AIR = Observed(
    "air_temperature", Title("气温", "air temperature"), f"{_CF}air_temperature/", _CELSIUS, air.temperature,
    low=-40.0, high=60.0,
)  # fmt: skip
_HUMIDITY = Observed(
    "relative_humidity", Title("相对湿度", "relative humidity"), f"{_CF}relative_humidity/", _PERCENT, air.humidity, 0,
    high=100.0,
)  # fmt: skip

KINDS = {
    "wind_mast": Kind(
        Title("测风杆", "wind mast"),
        Title("超声风速仪（样例）", "ultrasonic anemometer (synthetic)"),
        (
            Observed("wind_speed", Title("风速", "wind speed"), f"{_CF}wind_speed/", _MS, wind.speed, high=80.0),
            Observed("wind_from_direction", Title("风向", "wind direction"), f"{_CF}wind_from_direction/", _DEG,
                     wind.direction, 0, high=359.0),
            Observed("wind_speed_of_gust", Title("阵风", "gust"), f"{_CF}wind_speed_of_gust/", _MS, wind.gust,
                     high=100.0),
        ),
    ),
    "visibility": Kind(
        Title("能见度站", "visibility station"),
        Title("前向散射能见度仪（样例）", "forward-scatter sensor (synthetic)"),
        (
            Observed("visibility", Title("能见度", "visibility"), f"{_CF}visibility_in_air/", _METRE, air.visibility, 0,
                     high=30_000.0),
            _AIR,
            _HUMIDITY,
        ),
    ),
    "rain_gauge": Kind(
        Title("雨量站", "rain gauge"),
        Title("称重式雨量计（样例）", "weighing gauge (synthetic)"),
        (Observed("rainfall_rate", Title("雨强", "rain rate"), f"{_CF}rainfall_rate/",
                  ("millimetre per hour", "mm/h", "mm/h"), water.rain, high=400.0),),
    ),
    "water_level": Kind(
        Title("水位站", "water level gauge"),
        Title("雷达水位计（样例）", "radar level gauge (synthetic)"),
        (Observed("water_level", Title("水位", "water level"), f"{_CF}water_surface_height_above_reference_datum/",
                  _METRE, water.level, 2, low=-2.0, high=8.0),),
    ),
    "air_quality": Kind(
        Title("空气质量站", "air quality station"),
        Title("微型空气站（样例）", "compact air monitor (synthetic)"),
        (
            Observed("pm2p5", Title("PM2.5", "PM2.5"),
                     f"{_CF}mass_concentration_of_pm2p5_ambient_aerosol_particles_in_air/",
                     _UGM3, air.particles, 0, high=1000.0),
            Observed("no2", Title("二氧化氮", "nitrogen dioxide"),
                     f"{_CF}mass_concentration_of_nitrogen_dioxide_in_air/", _UGM3, air.nitrogen_dioxide, 0,
                     high=1000.0),
            Observed("o3", Title("臭氧", "ozone"), f"{_CF}mass_concentration_of_ozone_in_air/", _UGM3, air.ozone, 0,
                     high=1000.0),
        ),
    ),
    "soil": Kind(
        Title("土壤站", "soil station"),
        Title("土壤水分温度计（样例）", "soil moisture and temperature probe (synthetic)"),
        (
            Observed("soil_moisture", Title("土壤体积含水率", "soil moisture"),
                     f"{_CF}volume_fraction_of_condensed_water_in_soil/", _PERCENT, field.soil_moisture, high=60.0),
            Observed("soil_temperature", Title("土壤温度", "soil temperature"), f"{_CF}soil_temperature/", _CELSIUS,
                     field.soil_temperature, low=-10.0, high=50.0),
        ),
    ),
    "crop_station": Kind(
        Title("农田气象站", "crop station"),
        Title("农田小气候仪（样例）", "field weather station (synthetic)"),
        (
            _AIR,
            _HUMIDITY,
            Observed("radiation", Title("太阳辐射", "solar radiation"),
                     f"{_CF}surface_downwelling_shortwave_flux_in_air/", ("watt per square metre", "W/m²", "W/m2"),
                     field.radiation, 0, high=1400.0),
            Observed("leaf_wetness", Title("叶面湿润", "leaf wetness"), f"{_OURS}leaf_wetness", _PERCENT,
                     field.leaf_wetness, 0, high=100.0),
        ),
    ),
    "traffic": Kind(
        Title("交通流检测", "traffic counter"),
        Title("微波车检器（样例）", "microwave vehicle detector (synthetic)"),
        (
            Observed("traffic_flow", Title("车流量", "traffic flow"), f"{_OURS}traffic_flow",
                     ("vehicles per hour", "辆/h", "{vehicle}/h"), traffic.flow, 0, kind=COUNT),
            Observed("vehicle_speed", Title("车速", "vehicle speed"), f"{_OURS}vehicle_speed",
                     ("kilometre per hour", "km/h", "km/h"), traffic.vehicle_speed, high=120.0),
        ),
    ),
    "parking": Kind(
        Title("停车场", "car park"),
        Title("车位检测器（样例）", "parking detectors (synthetic)"),
        (
            Observed("parking_occupancy", Title("占用率", "occupancy"), f"{_OURS}parking_occupancy", _PERCENT,
                     traffic.occupancy, high=100.0),
            Observed("free_spaces", Title("空余车位", "free spaces"), f"{_OURS}free_spaces",
                     ("parking spaces", "个", "{space}"), traffic.free_spaces, 0, kind=COUNT),
        ),
    ),
    "manhole": Kind(
        Title("井盖", "manhole cover"),
        Title("智能井盖（样例）", "smart cover (synthetic)"),
        (
            Observed("sewer_level", Title("井下液位", "level under the cover"), f"{_OURS}sewer_level", _METRE,
                     water.sewer_level, 2, high=10.0),
            Observed("cover_open", Title("井盖开启", "cover open"), f"{_OURS}cover_open", ("none", "", "1"),
                     water.cover_open, 0, high=1.0, kind=TRUTH),
        ),
    ),
}  # fmt: skip
BY_ID = {observed.id: observed for kind in KINDS.values() for observed in kind.observed}
