"""A plot with made-up limits around the sample office block, a view over it, and two design schemes: all made up."""

from dataclasses import dataclass

from shapely.geometry import LineString, Polygon

from .feature import SYNTHETIC, Feature, Value, collection
from .office_block import DEPTH_M, LENGTH_M, PLACE, TURN
from .outlines import rectangle
from .plane import XY, Frame, to_plane

MARGIN_M = 9.0  # houses keep ten metres away
# Where the view begins, and the middle of Shanghai Tower: longitude, latitude.
_EYE, _TOWER = (121.52589, 31.22763), (121.5013, 31.2356)
_FRAME = Frame(to_plane(*PLACE), TURN)
_LONG, _DEEP = LENGTH_M + 2 * MARGIN_M, DEPTH_M + 2 * MARGIN_M


@dataclass(frozen=True)
class Design:
    """A design scheme: id, titles, and the features of its file."""

    id: str
    title_zh: str
    title_en: str
    features: tuple[Feature, ...]

    def text(self) -> str:
        """The file of the scheme: its site, buildings and green ground."""
        site = Feature("site", _box(_LONG, _DEEP), SYNTHETIC, {"kind": "site", "name": self.title_zh})
        return collection(self.title_zh, [site, *self.features])


def plots() -> list[Feature]:
    """The plot of a made-up detailed plan, with limits as such plans have them."""
    limits: dict[str, Value] = {
        "name": "样例控规地块",
        "plot_code": "样例-01-01",
        "use_class": "B",
        "use": "B2 商务用地（样例）",
        "max_height_m": 60.0,
        "max_far": 3.2,
        "max_density_pct": 40.0,
        "min_green_pct": 15.0,
        "min_setback_m": 5.0,
        "min_setback_west_m": 6.0,
        "basis": "样例数据，规划条件均为虚构 (synthetic: the limits are made up)",
        "approved": "2026-01-01T00:00:00+08:00",
    }
    return [Feature("synthetic/plot/office-block", _box(_LONG, _DEEP), SYNTHETIC, limits)]


def corridors() -> list[Feature]:
    """A made-up protected view over the plot: from the park behind it, the upper fifth of Shanghai Tower."""
    limits: dict[str, Value] = {
        "name": "样例视廊：泰溪公园望上海中心大厦",
        "corridor_code": "样例-视廊-01",
        "eye_height_m": 1.6,
        "target_base_m": 505.6,
        "target_top_m": 632.0,
        "width_m": 40.0,
        "permitted_pct": 10.0,
        "basis": "样例数据，视廊为虚构 (synthetic: the corridor is made up)",
        "approved": "2026-01-01T00:00:00+08:00",
    }
    line = LineString([to_plane(*_EYE), to_plane(*_TOWER)])
    return [Feature("synthetic/corridor/shanghai-tower", line, SYNTHETIC, limits)]


def designs() -> list[Design]:
    """One scheme that keeps the limits, and one that is too high, too dense and too near to its border."""
    tower = _building("tower", "甲楼", _box(28, 18, (4, 0)), 13, 4.2, 0.0)
    lobby = _building("lobby", "门厅", _box(14, 14, (-17, 0)), 1, 5.4, 0.0)
    podium = _building("podium", "裙房", _box(58, 26), 4, 4.8, 0.0)
    slab = _building("slab", "乙楼", _box(30, 20, (6, 0)), 12, 4.0, 4 * 4.8)
    lawns = _green("lawn-long", _box(_LONG - 4, 6.5, (0, -12.25))), _green("lawn-end", _box(8, 18, (27, 2)))
    verge = _green("verge", _box(_LONG - 4, 3, (0, -15.5)))
    return [
        Design("sample-a", "样例方案甲", "Sample scheme A", (tower, lobby, *lawns)),
        Design("sample-b", "样例方案乙", "Sample scheme B", (podium, slab, verge)),
    ]


def _box(length: float, depth: float, centre: XY = (0.0, 0.0)) -> Polygon:
    return _FRAME.place(rectangle(length, depth), centre)


def _building(key: str, name: str, plan: Polygon, storeys: int, storey_m: float, base_m: float) -> Feature:
    properties: dict[str, Value] = {
        "name": name,
        "use": "office",
        "height_m": round(base_m + storeys * storey_m, 1),
        "min_height_m": base_m or None,
        "storeys": storeys,
        "storey_height_m": storey_m,
    }
    return Feature(key, plan, SYNTHETIC, properties)


def _green(key: str, plan: Polygon) -> Feature:
    return Feature(key, plan, SYNTHETIC, {"kind": "green", "name": "绿地"})
