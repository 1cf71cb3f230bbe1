"""Rows about places: boundaries, parks, metro, points of interest, fields."""

from collections.abc import Iterator

from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from . import facts, naming, water
from .fabric import CLINIC, HOUSES, OFFICES, SCHOOL, SHOPS, House
from .feature import DRAWN, FACT, SYNTHETIC, Feature, Value
from .plane import Frame, inside, line, tight_frame, to_plane
from .rng import Rng

SHOP_KINDS = {
    ("restaurant", "amenity", "家常菜馆"): 0.2,
    ("fast_food", "amenity", "面馆"): 0.14,
    ("cafe", "amenity", "咖啡"): 0.14,
    ("convenience", "shop", "便利店"): 0.18,
    ("supermarket", "shop", "生活超市"): 0.08,
    ("clothes", "shop", "服饰"): 0.1,
    ("pharmacy", "amenity", "药房"): 0.08,
    ("bank", "amenity", "银行网点"): 0.08,
}
HOUSE_KINDS = {
    OFFICES: ("company", "office", "商务中心"),
    CLINIC: ("clinic", "amenity", "门诊部"),
    HOUSES: ("convenience", "shop", "便民小店"),
}
CROPS = {
    ("paddy", "水稻"): 0.34,
    ("vegetable", "青菜"): 0.24,
    ("orchard", "黄桃"): 0.14,
    ("orchard", "葡萄"): 0.08,
    ("greenhouse", "草莓"): 0.1,
    ("farmland", "油菜"): 0.1,
}
FIELD_M = (63.0, 128.0)
PATH_M = 5.0


def boundaries() -> list[Feature]:
    """Rows of the layer ``boundaries``: names and codes are facts, the outlines are synthetic but plausible."""
    return [_boundary(row, shape) for row, shape in facts.areas("boundaries")]


def _boundary(row: facts.Row, shape: Polygon) -> Feature:
    properties: dict[str, Value] = {
        "name": row["name"],
        "name_en": row["name_en"],
        "class": row["class"],
        "admin_level": int(row["admin_level"]),
        "division_code": row["division_code"],
    }
    return Feature(f"synthetic/boundary/{row['division_code']}", shape, SYNTHETIC, properties)


def parks() -> list[Feature]:
    """Rows of the layer ``green`` with a real name."""
    rows = [_park(row["key"], row["name"], row["name_en"], shape) for row, shape in facts.areas("green")]
    return [
        *rows,
        _park("riverside-promenade", "滨江大道", "Riverside Promenade", water.promenade()),
        _park("bund-promenade", "外滩滨江步道", "Bund Promenade", water.bund().difference(_carriageways())),
    ]


def _carriageways() -> BaseGeometry:
    return unary_union([road.band(1.0) for road in facts.roads() if road.on_ground])


def _park(key: str, name: str, name_en: str, shape: BaseGeometry) -> Feature:
    return Feature(f"drawn/green/{key}", shape, DRAWN, {"name": name, "name_en": name_en, "class": "park"})


def railways() -> list[Feature]:
    """Rows of the layer ``railways``: pieces of the metro lines."""
    return [
        Feature(
            f"drawn/railway/metro-{row['ref']}",
            line(facts.points(row["line"])),
            DRAWN,
            {
                **{name: row[name] for name in ("name", "name_en", "class", "ref", "colour")},
                "bridge": False,
                "tunnel": row["tunnel"] == "yes",
            },
        )
        for row in facts.table("metro")
    ]


def stations() -> list[Feature]:
    """Rows of the layer ``stations``."""
    return [
        Feature(f"fact/station/{number:02d}", _point(row), FACT, _texts(row, ("name", "name_en", "class", "lines")))
        for number, row in enumerate(facts.table("stations"), 1)
    ]


def sights() -> list[Feature]:
    """Rows of the layer ``poi`` that are real."""
    names = ("name", "name_en", "class", "category", "address")
    return [
        Feature(f"fact/poi/{number:02d}", _point(row), FACT, _texts(row, names))
        for number, row in enumerate(facts.table("sights"), 1)
    ]


def _texts(row: facts.Row, names: tuple[str, ...]) -> dict[str, Value]:
    return {name: row[name] for name in names}


def _point(row: facts.Row) -> Point:
    return Point(to_plane(float(row["lon"]), float(row["lat"])))


def shops(houses: list[House]) -> list[Feature]:
    """Rows of the layer ``poi`` that are synthetic, inside the synthetic houses."""
    rows: list[Feature] = []
    for house in houses:
        for share, (kind, category, word) in _tenants(house):
            name = f"{naming.word(len(rows) + 41)}{word}{naming.TAG}"
            properties: dict[str, Value] = {"name": name, "class": kind, "category": category}
            properties["address"] = house.feature.properties["address"]
            properties["opening_hours"] = "Mo-Su 09:00-21:00" if category == "shop" else None
            point = inside(house.plan.shape, share, 0.5)
            rows.append(Feature(f"synthetic/poi/{len(rows) + 1:04d}", point, SYNTHETIC, properties))
    return rows


def _tenants(house: House) -> Iterator[tuple[float, tuple[str, str, str]]]:
    """The tenants of a house: position along the house, kind, category and name ending."""
    rng, use = Rng("tenants", house.key), house.estate.use
    if use is SHOPS:
        count = rng.whole(1, 2)
        yield from (((index + 0.5) / count, rng.weigh(SHOP_KINDS)) for index in range(count))
    elif use is SCHOOL and house.number == 1:
        kind = "kindergarten" if house.estate.name.endswith("幼儿园") else "school"
        yield 0.5, (kind, "amenity", house.estate.name[2:])
    elif use in HOUSE_KINDS and house.number == 1 and rng.chance(0.25 if use is HOUSES else 0.6):
        yield 0.5, HOUSE_KINDS[use]


def fields() -> list[Feature]:
    """Rows of the layer ``farmland``: strips on both sides of narrow paths; areas on the ellipsoid."""
    rows: list[Feature] = []
    for row, ground in facts.areas("fields"):
        for shape in _strips(ground):
            key = f"synthetic/farmland/{row['key']}-{len(rows) + 1:03d}"
            kind, crop = Rng("field", key).weigh(CROPS)
            bare = Feature(key, shape, SYNTHETIC)
            properties: dict[str, Value] = {"name": f"样例地块{len(rows) + 1:03d}", "class": kind, "crop": crop}
            rows.append(Feature(key, shape, SYNTHETIC, {**properties, "area_m2": bare.area_m2()}))
    return rows


def _strips(ground: Polygon) -> Iterator[Polygon]:
    frame = Frame(tight_frame(ground).origin, 0.06)
    west, south, east, north = frame.bounds(ground)
    width, length = FIELD_M
    for column in range(int((east - west) // (width + PATH_M))):
        for rank in range(int((north - south) // (length + PATH_M))):
            centre = (west + (column + 0.5) * (width + PATH_M), south + (rank + 0.5) * (length + PATH_M))
            shape = frame.box(centre, width, length)
            if ground.contains(shape):
                yield shape
