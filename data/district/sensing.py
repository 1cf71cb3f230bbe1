"""Sensors of ten categories: on towers and lamp posts, roofs, banks, fields and roads, in car parks, under covers."""

from collections.abc import Iterable
from typing import Any

from shapely.geometry import Point

from . import facts, landmarks, naming, places, water
from .fabric import HOUSES, OFFICES, SHOPS, House
from .feature import Feature, lon_lat

Row = dict[str, Any]
# What stations are called, in Chinese and English.
_NAMES = {
    "wind_mast": ("测风杆", "wind mast"),
    "visibility": ("能见度站", "visibility station"),
    "rain_gauge": ("雨量站", "rain gauge"),
    "water_level": ("水位站", "water level gauge"),
    "air_quality": ("空气站", "air quality station"),
    "soil": ("土壤站", "soil station"),
    "crop_station": ("农田气象站", "crop station"),
    "traffic": ("车流检测", "traffic counter"),
    "parking": ("停车场", "car park"),
    "manhole": ("智能井盖", "smart cover"),
}
_RAIN, _AIR, _COVERS, _TRAFFIC = 12, 10, 18, 12
_USES = (("office", OFFICES, 4), ("shop", SHOPS, 3), ("home", HOUSES, 3))


def sensors(houses: list[House], parts: list[Feature], roads: list[facts.Road]) -> list[Row]:
    """All stations, those of a category together."""
    schools = [house for house in houses if house.estate.use.key == "school" and house.number == 1]
    covers = [part for part in parts if part.properties["subclass"] in ("雨水井盖", "污水井盖")]
    streets = [road for road in roads if road.kind in ("primary", "secondary")]
    return [
        *_on_towers(),
        *_on_posts(streets),
        *_sights(),
        *[_roof("rain_gauge", number, house) for number, house in _evenly_chosen(schools, _RAIN)],
        *[_roof("air_quality", number, house) for number, house in _evenly_chosen(schools[1:], _AIR)],
        *_on_banks(),
        *_on_fields(),
        *_counters(streets),
        *_car_parks(houses),
        *[_cover(number, cover) for number, cover in _evenly_chosen(covers, _COVERS)],
    ]


def _evenly_chosen(items: list[Any], count: int) -> list[tuple[int, Any]]:
    """``count`` of the items, evenly spaced along the list, numbered from one."""
    return [(number + 1, items[number * len(items) // count]) for number in range(count)]


def _station(category: str, number: int, name: tuple[str, str], place: Any, height_m: float) -> Row:
    title, title_en = _NAMES[category]
    lon, lat = lon_lat(place)
    return {
        "id": f"{category}-{number:02d}",
        "category": category,
        "name": f"{name[0]}{title}{naming.TAG}",
        "name_en": f"{name[1]}: {title_en} {number} (sample)",
        "lon": lon,
        "lat": lat,
        "height_m": height_m,
    }


def _on_towers() -> list[Row]:
    """Wind masts ten metres above the roofs of the eight highest landmarks."""
    tall = sorted(landmarks.buildings(), key=lambda row: (-float(row.properties["height_m"] or 0), row.source_key))
    return [_on_tower(number, row) for number, row in enumerate(tall[:8], 1)]


def _on_tower(number: int, row: Feature) -> Row:
    height_m = round(float(row.properties["height_m"] or 0) + 10, 1)
    name = str(row.properties["name"]), str(row.properties.get("name_en") or row.properties["name"])
    return _station("wind_mast", number, name, row.geometry, height_m) | {"mount": "roof", "terrain": "D"}


def _on_posts(roads: list[facts.Road]) -> list[Row]:
    """Wind sensors on lamp posts, six metres above streets."""
    rows = []
    for number, road in _evenly_chosen(roads, 4):
        place = road.middle.interpolate(0.5, normalized=True)
        rows.append(_station("wind_mast", 8 + number, _of_road(road), place, 6.0) | {"mount": "street", "terrain": "D"})
    return rows


def _sights() -> list[Row]:
    """Visibility on the promenade at the river, where fog lies first."""
    bank = water.promenade().exterior
    shares = (0.05, 0.2, 0.35)
    return [
        _station(
            "visibility",
            number,
            (f"滨江{number}号", f"Riverside {number}"),
            bank.interpolate(share, normalized=True),
            10.0,
        )
        for number, share in enumerate(shares, 1)
    ]


def _roof(category: str, number: int, house: House) -> Row:
    name = house.estate.name, f"School {number}"
    return _station(category, number, name, house.plan.shape, round(house.plan.height_m + 1.5, 1))


def _on_banks() -> list[Row]:
    """Gauges on the Pudong bank of the Huangpu, and in the middle of the creeks."""
    bank = water.promenade().exterior
    rows = [
        _level(number, (f"黄浦江{number}号", f"Huangpu {number}"), bank.interpolate(share, normalized=True), "river")
        for number, share in enumerate((0.02, 0.1, 0.18, 0.26, 0.34, 0.42), 1)
    ]
    for row, middle in water.creeks():
        for share in (0.3, 0.7):
            place = middle.interpolate(share, normalized=True)
            rows.append(_level(len(rows) + 1, (row["name"], row.get("name_en") or row["name"]), place, "creek"))
    return rows


def _level(number: int, name: tuple[str, str], place: Point, kind: str) -> Row:
    return _station("water_level", number, name, place, 0.0) | {"water": kind}


def _on_fields() -> list[Row]:
    """Soil stations in eight fields, and crop stations in four others."""
    fields = places.fields()
    return [*_in_fields("soil", fields, 8, -0.2), *_in_fields("crop_station", fields[3:], 4, 2.0)]


def _in_fields(category: str, fields: list[Feature], count: int, height_m: float) -> Iterable[Row]:
    for number, row in _evenly_chosen(fields, count):
        name = str(row.properties["name"]).removesuffix(naming.TAG), f"Field {row.source_key.rsplit('-', 1)[-1]}"
        yield _station(category, number, name, row.geometry, height_m) | {"crop": row.properties["crop"]}


def _counters(roads: list[facts.Road]) -> list[Row]:
    rows = []
    for number, road in _evenly_chosen(roads, _TRAFFIC):
        place = road.middle.interpolate(0.4, normalized=True)
        lanes = {"lanes": max(2, round(road.width_m / 3.5))}
        rows.append(_station("traffic", number, _of_road(road), place, 6.0) | lanes)
    return rows


def _of_road(road: facts.Road) -> tuple[str, str]:
    return road.name, road.row.get("name_en") or road.name


def _car_parks(houses: list[House]) -> list[Row]:
    rows: list[Row] = []
    for use, kind, count in _USES:
        first = [house for house in houses if house.estate.use is kind and house.number == 1]
        for _, house in _evenly_chosen(first, count):
            number = len(rows) + 1
            spaces = 80 + 40 * (number * 7 % 11)
            name = house.estate.name, use.capitalize()
            rows.append(_station("parking", number, name, house.plan.shape, 0.0) | {"use": use, "spaces": spaces})
    return rows


def _cover(number: int, cover: Feature) -> Row:
    name = str(cover.properties["name"])
    kind = "sewage" if cover.properties["subclass"] == "污水井盖" else "rain"
    row = _station("manhole", number, (name, "Street"), cover.geometry, -2.5)
    return row | {"water": kind, "part_code": cover.properties["part_code"]}
