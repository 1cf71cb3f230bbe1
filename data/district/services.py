"""Schools, hospitals and enterprises of the district, all synthetic."""

from shapely.geometry import Point

from . import naming
from .fabric import CLINIC, OFFICES, SCHOOL, House
from .feature import SYNTHETIC, Feature, Value
from .plane import inside
from .rng import Rng

STAGES = {"幼儿园": ("kindergarten", 180, 420), "小学": ("primary", 600, 1400), "中学": ("secondary", 700, 1800)}
INDUSTRIES = {
    ("finance", "资产管理"): 0.3,
    ("information", "信息技术"): 0.25,
    ("business", "商务咨询"): 0.25,
    ("trade", "贸易"): 0.12,
    ("transport", "物流"): 0.08,
}


def schools(houses: list[House]) -> list[Feature]:
    """Rows of the layer ``schools``: one for each estate that is a school."""
    rows = []
    for number, house in enumerate(_first_houses(houses, SCHOOL), 1):
        kind, smallest, largest = next(stage for end, stage in STAGES.items() if house.estate.name.endswith(end))
        students = Rng("students", house.key).whole(smallest // 20, largest // 20) * 20
        rows.append(_row("school", number, house, {"class": kind, "students": students}))
    return rows


def hospitals(houses: list[House]) -> list[Feature]:
    """Rows of the layer ``hospitals``: one for each estate with a clinic or hospital."""
    rows = []
    for number, house in enumerate(_first_houses(houses, CLINIC), 1):
        large = house.estate.name.endswith("医院")
        beds = Rng("beds", house.key).whole(6, 40) * 10 if large else None
        values: dict[str, Value] = {"class": "hospital" if large else "clinic", "beds": beds, "emergency": large}
        rows.append(_row("hospital", number, house, values))
    return rows


def enterprises(houses: list[House]) -> list[Feature]:
    """Rows of the layer ``enterprises``: in half of the offices, without credit codes (might be real)."""
    rows = []
    for house in (one for one in houses if one.estate.use is OFFICES):
        rng = Rng("enterprise", house.key)
        if rng.chance(0.5):
            kind, word = rng.weigh(INDUSTRIES)
            name = f"{naming.word(len(rows) + 307)}{word}有限公司{naming.TAG}"
            values: dict[str, Value] = {"class": kind, "employees": rng.whole(2, 60) * 5}
            rows.append(_row("enterprise", len(rows) + 1, house, values, name))
    return rows


def _first_houses(houses: list[House], use: object) -> list[House]:
    return [house for house in houses if house.estate.use is use and house.number == 1]


def _row(word: str, number: int, house: House, values: dict[str, Value], name: str | None = None) -> Feature:
    place: Point = inside(house.plan.shape, 0.4, 0.5)
    address = {"name": name or f"{house.estate.name}{naming.TAG}", "address": house.feature.properties["address"]}
    return Feature(f"synthetic/{word}/{number:04d}", place, SYNTHETIC, {**address, **values})
