"""City parts along the streets of two subdistricts, with codes by the national scheme."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from shapely import STRtree
from shapely.geometry import Point
from shapely.ops import unary_union

from . import facts
from .feature import SYNTHETIC, Feature, Value
from .rng import Rng

DISTRICT = "310115"
STEP_M = 33.0
STATES = {"完好": 0.9, "破损": 0.05, "丢失": 0.01, "占用": 0.04}


@dataclass(frozen=True)
class Sort:
    """One subclass of parts: the four digits of its code, its names, and the department in charge."""

    digits: str
    main: str
    sub: str
    department: str


# Classes and subclasses as in CJ/T 214 (digits: two of the class, two of the subclass).
SORTS = {
    Sort("0118", "公用设施", "路灯", "区道路照明管理单位"): 0.26,
    Sort("0101", "公用设施", "上水井盖", "供水企业"): 0.1,
    Sort("0102", "公用设施", "污水井盖", "区排水管理单位"): 0.11,
    Sort("0103", "公用设施", "雨水井盖", "区排水管理单位"): 0.13,
    Sort("0105", "公用设施", "电力井盖", "供电企业"): 0.06,
    Sort("0107", "公用设施", "通信井盖", "通信企业"): 0.06,
    Sort("0113", "公用设施", "消防设施", "区消防救援机构"): 0.07,
    Sort("0209", "道路交通", "交通标志牌", "区公安交警部门"): 0.06,
    Sort("0210", "道路交通", "交通信号灯", "区公安交警部门"): 0.03,
    Sort("0305", "市容环境", "垃圾箱", "区市容环卫部门"): 0.06,
    Sort("0402", "园林绿化", "行道树", "区绿化管理部门"): 0.06,
}


def parts(roads: list[facts.Road]) -> list[Feature]:
    """Rows of the layer ``city_parts``: at the kerb of the named streets, never on another carriageway."""
    area = unary_union([shape for _, shape in facts.areas("boundaries")])
    tree = STRtree([road.band(-0.5) for road in roads])
    serials: Counter[str] = Counter()
    rows: list[Feature] = []
    for road in roads:
        for index, point in enumerate(_kerb(road)):
            if area.contains(point) and not len(tree.query(point, predicate="intersects")):
                sort = Rng("part", road.key, index).weigh(SORTS)
                serials[sort.digits] += 1
                rows.append(_part(sort, serials[sort.digits], road, point))
    return rows


def _kerb(road: facts.Road) -> Iterator[Point]:
    """Points beside a street, left and right in turn."""
    for index in range(1, int(road.middle.length // STEP_M)):
        point, next_point = road.middle.interpolate(index * STEP_M), road.middle.interpolate(index * STEP_M + 0.5)
        east, north = (next_point.x - point.x) * 2, (next_point.y - point.y) * 2
        side = (road.width_m / 2 + 1.2) * (1 if index % 2 else -1)
        yield Point(point.x - north * side, point.y + east * side)


def _part(sort: Sort, serial: int, road: facts.Road, point: Point) -> Feature:
    code = f"{DISTRICT}{sort.digits}{serial:06d}"
    properties: dict[str, Value] = {
        "name": f"{road.name}{sort.sub}{serial}",
        "part_code": code,
        "class": sort.main,
        "subclass": sort.sub,
        "department": sort.department,
        "state": Rng("state", code).weigh(STATES),
    }
    return Feature(f"synthetic/part/{code}", point, SYNTHETIC, properties)
