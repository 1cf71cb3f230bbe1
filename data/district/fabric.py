"""The synthetic city between the landmarks: blocks with a use, and houses with addresses."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from shapely import STRtree
from shapely.geometry import Point, Polygon

from . import facts, forms, landmarks, naming, office_block
from .feature import SYNTHETIC, Feature, Value
from .forms import Plan, inner
from .plane import to_plane
from .rng import Rng
from .streets import Block, Grid, lane_roads

CORE = Point(to_plane(121.5015, 31.2385))
CORE_M = 900.0
AVENUE_M = 170.0
CITY = {"310115": "浦东新区", "310101": "黄浦区"}


@dataclass(frozen=True)
class Use:
    """The use of a block, and the endings of its houses' names."""

    key: str
    landuse: str
    use: str
    kind: str
    endings: tuple[str, ...]
    setback_m: float = 8.0


HOUSES = Use("houses", "residential", "residential", "apartments", ("苑", "小区", "公寓", "花园", "新村"))
OFFICES = Use("offices", "commercial", "office", "office", ("大厦", "中心", "商务楼", "广场"))
SHOPS = Use("shops", "retail", "retail", "retail", ("商场", "购物中心", "市集"))
SCHOOL = Use("school", "education", "education", "school", ("小学", "中学", "幼儿园"), 10)
CLINIC = Use("clinic", "institutional", "medical", "hospital", ("社区卫生服务中心", "医院"), 10)
WORKS = Use("works", "industrial", "industrial", "industrial", ("工业园", "仓库"))
PARK = Use("park", "", "", "", ("公园", "绿地"))
SITE = Use("site", "construction", "", "", ("工地",))

MIXES = {
    "landmark": {OFFICES: 0.75, PARK: 0.25},
    "core": {OFFICES: 0.8, SHOPS: 0.1, PARK: 0.1},
    "avenue": {OFFICES: 0.55, SHOPS: 0.17, HOUSES: 0.18, PARK: 0.1},
    "old town": {HOUSES: 0.6, OFFICES: 0.22, SHOPS: 0.12, SCHOOL: 0.03, PARK: 0.03},
    "quarter": {
        HOUSES: 0.66, OFFICES: 0.07, SHOPS: 0.06, SCHOOL: 0.08, CLINIC: 0.025, PARK: 0.065, SITE: 0.02, WORKS: 0.02,
    },
}  # fmt: skip


@dataclass(frozen=True)
class Estate:
    """A block with its use, its name, the street of its entrance, and its number there."""

    block: Block
    use: Use
    name: str
    street: str
    lane: int

    @property
    def address(self) -> str:
        """The address of the whole, such as 浦东新区潍坊路153弄."""
        sort = "弄" if self.use is HOUSES else "号"
        return f"{CITY[self.block.division]}{self.street}{self.lane}{sort}"


@dataclass(frozen=True)
class House:
    """A synthetic building on an estate."""

    key: str
    estate: Estate
    number: int
    plan: Plan
    feature: Feature


def estates(grid: Grid) -> list[Estate]:
    """Give every block a use, a name and an address."""
    streets = [road for road in grid.roads if road.on_ground] + lane_roads(grid)
    tree = STRtree([road.middle for road in streets])
    avenue = next(road.middle for road in grid.roads if road.name == "世纪大道")
    used_numbers: Counter[str] = Counter()
    result = []
    for block in grid.blocks:
        street = streets[int(tree.nearest(block.shape.representative_point()))]
        used_numbers[street.key] += 1
        zone = _zone(block, grid.kept.intersects(block.shape), avenue.distance(block.shape) < AVENUE_M)
        result.append(_estate(block, street, used_numbers[street.key], zone))
    return result


def _estate(block: Block, street: facts.Road, rank: int, zone: str) -> Estate:
    rng = Rng("estate", block.division, block.number)
    use = rng.weigh(MIXES[zone])
    name = naming.compound(block.number, rng.pick(use.endings))
    return Estate(block, use, name, street.name, rank * 48 + rng.whole(0, 40))


def _zone(block: Block, has_landmark: bool, on_avenue: bool) -> str:
    """The zone of a block, which selects its mix of uses."""
    if has_landmark:
        return "landmark"
    if block.division == "310101":
        return "old town"
    if block.shape.distance(CORE) < CORE_M:
        return "core"
    return "avenue" if on_avenue else "quarter"


def plans(estate: Estate) -> Iterator[Plan]:
    """The houses of one estate."""
    rng = Rng("plans", estate.block.division, estate.block.number)
    plots = inner(estate.block.shape, estate.use.setback_m)
    return chain.from_iterable(_on_plot(estate, plot, rng) for plot in plots)


def _on_plot(estate: Estate, plot: Polygon, rng: Rng) -> Iterator[Plan]:
    use, core = estate.use, estate.block.shape.distance(CORE) < CORE_M
    if use is HOUSES:
        mix = forms.OLD_HOUSING if estate.block.division == "310101" else forms.HOUSING
        return forms.rows(plot, rng.weigh(mix), rng)
    if use is OFFICES:
        old = estate.block.division == "310101"
        return forms.offices(plot, rng, 40 if core and not old else 14 if old else 26, 5200 if core else 3600)
    if use in (SHOPS, WORKS):
        return forms.halls(plot, rng, 7000, 4.5 if use is SHOPS else 7.5, use is SHOPS)
    if use in (SCHOOL, CLINIC):
        return forms.yard(plot, rng, 3, 5) if use is SCHOOL else forms.yard(plot, rng, 4, 9)
    return iter(())


def houses(grid: Grid) -> list[House]:
    """All synthetic buildings that do not collide with landmarks."""
    obstacles = [landmark.plan.buffer(14) for landmark in landmarks.landmarks()] + [
        office_block.ground_plan().buffer(10)
    ]
    tree = STRtree(obstacles)
    result: list[House] = []
    for estate in estates(grid):
        free = [plan for plan in plans(estate) if not len(tree.query(plan.shape, predicate="intersects"))]
        result.extend(_house(estate, number, plan) for number, plan in enumerate(free, 1))
    return result


def _house(estate: Estate, number: int, plan: Plan) -> House:
    key = f"synthetic/building/{estate.block.number:03d}/{number:03d}"
    rng = Rng("house", key)
    old = plan.height_m < 12 and estate.use is HOUSES
    properties: dict[str, Value] = {
        "name": _name(estate, number),
        "class": "house" if old else estate.use.kind,
        "use": estate.use.use,
        "height_m": plan.height_m,
        "floors": plan.floors,
        "height_source": "floors" if plan.floors else "estimated",
        "has_parts": False,
        "address": estate.address + (f"{number}号" if estate.use is HOUSES else f"{number}幢"),
        "start_year": rng.whole(1920, 1948) if old else _year(estate, plan),
    }
    return House(key, estate, number, plan, Feature(key, plan.shape, SYNTHETIC, properties))


def _name(estate: Estate, number: int) -> str:
    return f"{estate.name}{number}{'号楼' if estate.use is HOUSES else '幢'}"


def _year(estate: Estate, plan: Plan) -> int:
    """Low slabs are older than towers; one year for a whole estate."""
    rng = Rng("year", estate.block.number)
    return rng.whole(1978, 1996) if plan.height_m <= 20 else rng.whole(1994, 2021)


def landuse(grid: Grid) -> list[Feature]:
    """Rows of the layer ``landuse``: every block that is not a park."""
    return [_ground("landuse", estate, estate.use.landuse) for estate in estates(grid) if estate.use is not PARK]


def parks(grid: Grid) -> list[Feature]:
    """Rows of the layer ``green`` for the made-up parks."""
    return [_ground("green", estate, "park") for estate in estates(grid) if estate.use is PARK]


def _ground(layer: str, estate: Estate, kind: str) -> Feature:
    key = f"synthetic/{layer}/{estate.block.number:03d}"
    return Feature(key, estate.block.shape, SYNTHETIC, {"name": estate.name, "class": kind})
