"""Synthetic objects at risk from wind: signs, scaffolds, cranes, trees, sheds, plant and canopies."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from shapely import STRtree
from shapely.geometry import LineString, Point, Polygon

from . import fabric, facts, naming, water
from .fabric import CORE, Estate, House
from .feature import SYNTHETIC, Feature, Value
from .ground import Ground, ground
from .plane import inside
from .rng import Rng
from .streets import Grid
from .walls import Wall, facing

Item = TypeVar("Item")

SIGNS, SCAFFOLDS, PLANTS, CANOPIES = 60, 12, 20, 15
TOWER_CRANES, SITES_WITH_CRANE = 6, 3
KIOSKS, TENTS = 4, 4
AVENUE_TREES, STREET_TREES = 100, 150
TREE_STEP_M = 18.0
AVENUE_ROW_M = 22.0  # the rows of Century Avenue stand inside its sixty metres
LAST_YEAR = 2025
GROUND_SCAFFOLD_M = 50.0  # a scaffold of tubes on the ground should not be higher (JGJ 130)
SPECIES = {"悬铃木": 0.4, "香樟": 0.32, "银杏": 0.12, "栾树": 0.1, "榉树": 0.06}
MACHINES = (("冷却塔", "玻璃钢"), ("空调机组", "钢"), ("通信天线", "钢"), ("光伏板", "铝框玻璃"))
STATES = {
    "sign": {"in_use": 0.85, "idle": 0.1, "dismantled": 0.05},
    "scaffold": {"in_use": 0.85, "idle": 0.15},
    "tower_crane": {"in_use": 0.8, "idle": 0.2},
}


@dataclass(frozen=True)
class City:
    """Streets, houses and ground on which the objects are placed."""

    grid: Grid
    houses: list[House]
    ground: Ground
    streets: list[LineString]
    street_tree: STRtree

    def wall(self, house: House) -> Wall:
        """The wall of a house towards its street."""
        return facing(house.plan.shape, self.streets, self.street_tree)

    def of_use(self, *uses: fabric.Use) -> list[House]:
        """The houses of some uses east of the river."""
        return [house for house in self.houses if house.estate.use in uses and house.estate.block.division == "310115"]


def sources(grid: Grid, houses: list[House]) -> list[Feature]:
    """Rows of the layer ``risk_sources``."""
    streets = grid.middles()
    city = City(grid, houses, ground(grid, houses), streets, STRtree(streets))
    makers: tuple[Callable[[City], Iterator[Feature]], ...] = (
        signs, scaffolds, cranes, trees, temporaries, plants, canopies,
    )  # fmt: skip
    return [feature for make in makers for feature in make(city)]


def _nearest_to_core(
    kind: str, items: Sequence[Item], count: int, key: Callable[[Item], tuple[str, Point]]
) -> list[Item]:
    """``count`` of the items, drawn at random with a preference for those near the core, in the order of their draw."""

    def draw(item: Item) -> float:
        name, place = key(item)
        return CORE.distance(place) * Rng("risk", kind, name).unit()

    return sorted(items, key=draw)[:count]


def _houses(kind: str, houses: list[House], count: int) -> list[House]:
    return _nearest_to_core(kind, houses, count, lambda house: (house.key, house.plan.shape.centroid))


def _risk(kind: str, tail: str, place: Point, properties: dict[str, Value]) -> Feature:
    states = STATES.get(kind, {"in_use": 1.0})
    full: dict[str, Value] = {
        **properties,
        "name": f"{properties['name']}{naming.TAG}",
        "kind": kind,
        "state": Rng("risk state", kind, tail).weigh(states),
    }
    return Feature(f"synthetic/risk/{kind.replace('_', '-')}/{tail}", place, SYNTHETIC, full)


def _tail(house: House) -> str:
    """Block and number of a house."""
    return house.key.removeprefix("synthetic/building/")


def _since(house: House, earliest: int, rng: Rng) -> int:
    """A year in which something may have been put on a house."""
    return rng.whole(max(earliest, int(house.feature.properties["start_year"] or earliest)), LAST_YEAR - 1)


def signs(city: City) -> Iterator[Feature]:
    """Signs on façades and roofs of offices and shops, their tops 6 to 120 m above ground."""
    for house in _houses("sign", city.of_use(fabric.OFFICES, fabric.SHOPS), SIGNS):
        rng, wall = Rng("sign", house.key), city.wall(house)
        size = rng.between(2.0, 4.0)
        on_roof = house.plan.height_m < 9 or (house.plan.height_m + size <= 120 and rng.chance(0.3))
        highest = min(house.plan.height_m - 0.5, 120.0)
        top = house.plan.height_m + size if on_roof else 6 + (highest - 6) * rng.unit() ** 1.5
        properties: dict[str, Value] = {
            "name": f"{house.feature.properties['name']}{'屋顶' if on_roof else '外墙'}广告牌",
            "height_m": round(top, 1),
            "width_m": round(min(rng.between(3, 15), wall.length_m * 0.8), 1),
            "material": rng.weigh({"钢架铝塑板": 0.45, "钢架灯箱布": 0.3, "LED显示屏": 0.25}),
            "built_year": _since(house, 2008, rng),
            **naming.contact("广告公司", rng.whole(1, 6)),
            "note": "设于屋顶" if on_roof else "设于外墙",
        }
        yield _risk("sign", _tail(house), wall.beside(rng.between(0.3, 0.7), -1.5 if on_roof else 0.3), properties)


def _sites(city: City) -> list[House]:
    """Tall offices whose façades are made-up construction sites; the first of them have cranes as well."""
    tall = [house for house in city.of_use(fabric.OFFICES) if house.plan.height_m >= 40]
    return _houses("scaffold", tall, SCAFFOLDS)


def scaffolds(city: City) -> Iterator[Feature]:
    """Scaffolds along whole façades, 1.5 m above their tops."""
    for house in _sites(city):
        rng, wall = Rng("scaffold", house.key), city.wall(house)
        stands_on_ground = house.plan.height_m + 1.5 <= GROUND_SCAFFOLD_M
        properties: dict[str, Value] = {
            "name": f"{house.feature.properties['name']}外墙改造脚手架",
            "height_m": round(house.plan.height_m + 1.5, 1),
            "width_m": round(wall.length_m, 1),
            "material": "落地式钢管脚手架" if stands_on_ground else "附着式升降脚手架",
            "built_year": LAST_YEAR,
            **naming.contact("建设公司", rng.whole(1, 5)),
            "note": rng.pick(("外挂密目安全网", "外挂钢网片")),
        }
        yield _risk("scaffold", _tail(house), wall.beside(0.5, 0.9), properties)


def cranes(city: City) -> Iterator[Feature]:
    """Tower cranes on the construction sites nearest to the core, and at tall offices under conversion."""
    for estate in _building_sites(city)[:SITES_WITH_CRANE]:
        rng = Rng("crane", estate.block.number)
        place = inside(estate.block.shape, rng.between(0.4, 0.6), rng.between(0.4, 0.6))
        yield _crane(f"{estate.block.number:03d}/000", estate.name, place, rng.between(40, 110))
    tall = sorted(_sites(city), key=lambda house: (-house.plan.height_m, house.key))
    beside = [(house, city.wall(house).beside(0.5, 5.0)) for house in tall]
    free = [(house, place) for house, place in beside if city.ground.is_free(place, 2.0)]
    for house, place in free[: TOWER_CRANES - SITES_WITH_CRANE]:
        top = min(house.plan.height_m + Rng("crane", house.key).between(30, 60), 220.0)
        yield _crane(_tail(house), f"{house.feature.properties['name']}改造工地", place, top)


def _crane(tail: str, site: str, place: Point, top_m: float) -> Feature:
    rng = Rng("crane", tail)
    properties: dict[str, Value] = {
        "name": f"{site}塔吊",
        "height_m": round(top_m, 1),
        "width_m": rng.pick((50.0, 55.0, 60.0)),
        "material": "钢",
        "built_year": rng.whole(LAST_YEAR - 1, LAST_YEAR),
        **naming.contact("建筑机械租赁公司", rng.whole(1, 3)),
        "note": rng.pick(("平头式，非工作状态臂架可随风回转", "塔头式，非工作状态臂架可随风回转")),
    }
    return _risk("tower_crane", tail, place, properties)


def _building_sites(city: City) -> list[Estate]:
    """The blocks under construction, the nearest to the core first."""
    sites = [estate for estate in fabric.estates(city.grid) if estate.use is fabric.SITE]
    return sorted(sites, key=lambda estate: round(CORE.distance(estate.block.shape), 3))


@dataclass(frozen=True)
class _Spot:
    """A possible place of a street tree: its road, and its number along it."""

    road: facts.Road
    number: int
    place: Point


def trees(city: City) -> Iterator[Feature]:
    """Trees in rows along the main roads east of the river, and within Century Avenue."""
    spots = [spot for road in city.grid.roads if road.on_ground for spot in _row(road, city.ground)]
    avenue = [spot for spot in spots if spot.road.name == "世纪大道"]
    street_trees = [spot for spot in spots if spot.road.name != "世纪大道"]
    for some, count in ((avenue, AVENUE_TREES), (street_trees, STREET_TREES)):
        yield from map(
            _tree, _nearest_to_core("tree", some, count, lambda spot: (f"{spot.road.key}/{spot.number}", spot.place))
        )


def _row(road: facts.Road, ground: Ground) -> Iterator[_Spot]:
    """Free places on both sides of a street, within the subdistricts."""
    out = AVENUE_ROW_M if road.name == "世纪大道" else road.width_m / 2 + 1.6
    for number in range(1, int(road.middle.length // TREE_STEP_M)):
        point, next_point = (road.middle.interpolate(number * TREE_STEP_M + step) for step in (0.0, 0.5))
        place = Wall((point.x, point.y), (next_point.x, next_point.y)).beside(0.0, out if number % 2 else -out)
        if _governed(place) and ground.is_free(place, 1.5, road):
            yield _Spot(road, number, place)


def _governed(place: Point) -> bool:
    """Tell whether a place lies in one of the subdistricts."""
    return any(shape.contains(place) for _, shape in facts.areas("boundaries"))


def _tree(spot: _Spot) -> Feature:
    tail = f"{spot.road.key.rpartition('/')[2]}/{spot.number:03d}"
    rng = Rng("tree", tail)
    height = rng.between(6, 14)
    properties: dict[str, Value] = {
        "name": f"{spot.road.name}行道树{spot.number}",
        "height_m": round(height, 1),
        "width_m": round(height * rng.between(0.45, 0.75), 1),
        "material": Rng("species", spot.road.key, spot.number % 2).weigh(SPECIES),
        "built_year": rng.whole(1996, 2018),
        **naming.contact("绿化养护公司", Rng("gardener", spot.road.key).whole(1, 4)),
        "note": rng.weigh({"": 0.8, "树干倾斜": 0.06, "树池积水": 0.08, "树穴硬化，根系受限": 0.06}),
    }
    return _risk("tree", tail, spot.place, properties)


def temporaries(city: City) -> Iterator[Feature]:
    """Huts of building sites, kiosks on the promenade, tents on the central green."""
    for estate in _building_sites(city):
        place = inside(estate.block.shape, 0.25, 0.3)
        hut = ("工地活动板房", "彩钢夹芯板", "建设公司")
        yield _temporary(f"{estate.block.number:03d}", estate.name.removesuffix("工地"), place, hut)
    for number in range(KIOSKS):
        kiosk = (f"售货亭{number + 1}", "钢木", "市集运营公司")
        yield _temporary(f"kiosk-{number + 1}", "滨江大道", _on_promenade(0.12 + 0.07 * number), kiosk)
    green = next(shape for row, shape in facts.areas("green") if row["key"] == "central-green")
    for number, place in enumerate(_on_lawn(green), 1):
        tent = (f"活动篷房{number}", "铝合金膜结构", "市集运营公司")
        yield _temporary(f"tent-{number}", "陆家嘴中心绿地", place, tent)


def _on_promenade(share: float) -> Point:
    """A place on the promenade, 8 m from its edge on the river's side."""
    strip = water.promenade()
    edge = strip.exterior.interpolate(share, normalized=True)
    inner = strip.buffer(-8.0, join_style="mitre").exterior
    return inner.interpolate(inner.project(edge))


def _on_lawn(green: Polygon) -> list[Point]:
    """Places on the lawn, away from its pond."""
    wet = [shape.buffer(5.0) for _, shape in facts.areas("water")]
    rng = Rng("tents")
    candidates = (inside(green, rng.between(0.1, 0.9), rng.between(0.1, 0.9)) for _ in range(60))
    dry = [place for place in candidates if not any(shape.contains(place) for shape in wet)]
    return list(dict.fromkeys(dry))[:TENTS]


def _temporary(tail: str, where: str, place: Point, form: tuple[str, str, str]) -> Feature:
    word, material, trade = form
    rng = Rng("temporary", tail)
    properties: dict[str, Value] = {
        "name": f"{where}{word}",
        "height_m": round(rng.between(2.8, 6.2), 1),
        "width_m": round(rng.between(3, 18), 1),
        "material": material,
        "built_year": rng.whole(LAST_YEAR - 2, LAST_YEAR),
        **naming.contact(trade, rng.whole(1, 4)),
    }
    return _risk("temporary", tail, place, properties)


def plants(city: City) -> Iterator[Feature]:
    """Machines on the roofs of offices, shops and clinics."""
    for house in _houses("plant", city.of_use(fabric.OFFICES, fabric.SHOPS, fabric.CLINIC), PLANTS):
        rng = Rng("plant", house.key)
        word, material = rng.pick(MACHINES)
        properties: dict[str, Value] = {
            "name": f"{house.feature.properties['name']}屋顶{word}",
            "height_m": round(house.plan.height_m + rng.between(1.5, 5), 1),
            "width_m": round(rng.between(2, 9), 1),
            "material": material,
            "built_year": _since(house, 2005, rng),
            **naming.contact("物业管理公司", rng.whole(1, 9)),
        }
        place = inside(house.plan.shape, rng.between(0.3, 0.7), rng.between(0.35, 0.65))
        yield _risk("rooftop_plant", _tail(house), place, properties)


def canopies(city: City) -> Iterator[Feature]:
    """Canopies over the doors of shops and offices."""
    for house in _houses("canopy", city.of_use(fabric.OFFICES, fabric.SHOPS), CANOPIES):
        rng, wall = Rng("canopy", house.key), city.wall(house)
        properties: dict[str, Value] = {
            "name": f"{house.feature.properties['name']}入口雨棚",
            "height_m": round(min(rng.between(3.8, 6.5), house.plan.height_m), 1),
            "width_m": round(min(rng.between(4, 16), wall.length_m * 0.8), 1),
            "material": rng.pick(("钢架夹胶玻璃", "钢架阳光板", "张拉膜")),
            "built_year": _since(house, 2000, rng),
            **naming.contact("物业管理公司", rng.whole(1, 9)),
        }
        yield _risk("canopy", _tail(house), wall.beside(0.5, 1.5), properties)
