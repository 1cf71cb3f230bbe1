"""The kinds of weather warnings that China's meteorological offices issue, as data."""

from dataclasses import dataclass

from layers.errors import ParameterError
from layers.title import Title
from twin.hazard import Level

_DAY = (24.0, 24.0, 24.0, 24.0)


@dataclass(frozen=True)
class Kind:
    """One kind of warning.

    ``event`` is its code in the national catalogue of emergency events (11B.. for weather), as CAP messages carry it.
    ``hours`` is how long a warning of this kind holds by its criterion, for blue, yellow, orange and red: the horizon
    of the national signals ("within 12 hours ..."), used only where a notice states no time.
    """

    code: str
    title: Title
    event: str
    hours: tuple[float, float, float, float] = _DAY

    def horizon_h(self, level: Level) -> float:
        """Return for how many hours a warning of this level holds when its text states no end."""
        return self.hours[max(int(level), 1) - 1]


def _kind(code: str, zh: str, en: str, event: str, hours: tuple[float, float, float, float] = _DAY) -> Kind:
    return Kind(code, Title(zh, en), event, hours)


# Names and horizons: CMA order no. 16 (2007) and its criteria as issued today; codes: the national event catalogue.
_ALL = (
    _kind("typhoon", "台风", "typhoon", "11B01", (24, 24, 12, 6)),
    _kind("tornado", "龙卷风", "tornado", "11B02", (2, 2, 2, 2)),
    _kind("rainstorm", "暴雨", "rainstorm", "11B03", (12, 6, 3, 3)),
    _kind("snowstorm", "暴雪", "snowstorm", "11B04", (12, 12, 6, 6)),
    _kind("cold_wave", "寒潮", "cold wave", "11B05", (48, 24, 24, 24)),
    _kind("gale", "大风", "gale", "11B06", (24, 12, 6, 6)),
    _kind("sandstorm", "沙尘暴", "sandstorm", "11B07", (12, 12, 6, 6)),
    _kind("freeze", "低温冻害", "freezing damage", "11B08"),
    _kind("heat", "高温", "heat", "11B09"),
    _kind("dry_hot_wind", "干热风", "dry hot wind", "11B11"),
    _kind("downburst", "下击暴流", "downburst", "11B12", (2, 2, 2, 2)),
    _kind("lightning", "雷电", "lightning", "11B14", (6, 6, 2, 2)),
    _kind("hail", "冰雹", "hail", "11B15", (6, 6, 6, 2)),
    _kind("frost", "霜冻", "frost", "11B16", (48, 24, 24, 24)),
    _kind("fog", "大雾", "fog", "11B17", (12, 12, 6, 2)),
    _kind("wind_shear", "低空风切变", "low-level wind shear", "11B18", (2, 2, 2, 2)),
    _kind("haze", "霾", "haze", "11B19"),
    _kind("thunderstorm_gale", "雷雨大风", "thunderstorm gale", "11B20", (6, 6, 2, 2)),
    _kind("road_ice", "道路结冰", "road icing", "11B21", (12, 12, 6, 2)),
    _kind("drought", "干旱", "drought", "11B22", (168, 168, 168, 168)),
    _kind("sea_gale", "海上大风", "gale at sea", "11B23", (24, 24, 12, 6)),
    _kind("forest_fire", "森林火险", "forest fire danger", "11B25"),
    _kind("ice", "冰冻", "freezing", "11B27"),
    _kind("heavy_pollution", "重污染", "heavy air pollution", "11B29"),
    _kind("convection", "强对流", "severe convection", "11B31", (6, 6, 2, 2)),
    _kind("ozone", "臭氧", "ozone", "11B32"),
    _kind("cold", "寒冷", "cold", "11B34"),
)
KINDS: dict[str, Kind] = {kind.code: kind for kind in _ALL}
_SYNONYMS = {"雷暴大风": "thunderstorm_gale", "海区大风": "sea_gale", "灰霾": "haze", "雷雨强风": "thunderstorm_gale"}
_BY_ZH = {kind.title.zh: kind.code for kind in _ALL} | _SYNONYMS
_BY_EVENT = {kind.event: kind.code for kind in _ALL}
_BY_EN = {kind.title.en: kind.code for kind in _ALL} | {"fog": "fog", "strong wind": "gale", "high temperature": "heat"}

NAMES = "|".join(sorted(_BY_ZH, key=len, reverse=True))
"""All Chinese names as alternatives of a regular expression, the longest first (雷雨大风 before 大风)."""


def find_kind(name: str) -> str | None:
    """Return the code of a kind by its code, event code, Chinese or English name; None where nothing has that name."""
    plain = name.strip().removesuffix("预警信号").removesuffix("预警")
    if plain.lower() in KINDS:
        return plain.lower()
    return _BY_ZH.get(plain) or _BY_EVENT.get(plain.upper()) or _BY_EN.get(plain.lower())


def kind_named(name: str, field: str) -> str:
    """Return the code of a kind by any of its names; an unknown one is an error of ``field``."""
    code = find_kind(name)
    if code is None:
        names = "、".join(kind.title.zh for kind in _ALL)
        raise ParameterError(field, f"{name!r} is not a kind of weather warning; the kinds are {names}")
    return code
