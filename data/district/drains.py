"""Synthetic drains under the main roads: manholes, pipes between them, inlets beside them, and a station at the end."""

from collections.abc import Iterator
from dataclasses import dataclass

from shapely.geometry import LineString, Point
from shapely.ops import unary_union

from . import facts, naming
from .feature import SYNTHETIC, Feature, Value
from .rng import Rng

STEP_M = 90.0
SYSTEMS = {"rain": 0.6, "sewage": 0.3, "combined": 0.1}
DEPARTMENT = "区排水管理单位"
GROUND_M = 4.2  # the ground of Pudong lies some four metres above the city's datum
FALL = 0.0015  # of a pipe, metres for each metre
DIAMETERS_MM = (600, 800, 1000, 1200, 1500)


@dataclass(frozen=True)
class Run:
    """The manholes under one road, from upstream to downstream."""

    number: int
    road: facts.Road
    system: str
    manholes: list[Point]

    def key(self, index: int) -> str:
        """The key of a manhole."""
        return f"synthetic/drain/{self.number:03d}-{index:03d}"

    def invert_m(self, index: int) -> float:
        """The level of a manhole's bottom."""
        return round(GROUND_M - 1.8 - index * STEP_M * FALL, 2)


def runs(roads: list[facts.Road]) -> list[Run]:
    """One run per named road, within the two subdistricts."""
    area = unary_union([shape for _, shape in facts.areas("boundaries")])
    runs_by_road = []
    for road in roads:
        steps = range(1, int(road.middle.length // STEP_M))
        points = [point for point in (road.middle.interpolate(step * STEP_M) for step in steps) if area.contains(point)]
        if len(points) > 1:
            runs_by_road.append(Run(len(runs_by_road) + 1, road, Rng("drain", road.key).weigh(SYSTEMS), points))
    return runs_by_road


def nodes(roads: list[facts.Road]) -> list[Feature]:
    """Rows of the layer ``drainage_nodes``."""
    return [row for run in runs(roads) for row in _nodes(run)]


def pipes(roads: list[facts.Road]) -> list[Feature]:
    """Rows of the layer ``drainage_pipes``: straight from manhole to manhole, wider the farther downstream."""
    return [_pipe(run, index) for run in runs(roads) for index in range(len(run.manholes) - 1)]


def _nodes(run: Run) -> Iterator[Feature]:
    last_index = len(run.manholes) - 1
    for index, point in enumerate(run.manholes):
        kind = (
            "pumping_station"
            if index == last_index and last_index > 6
            else "outfall"
            if index == last_index
            else "manhole"
        )
        word = {"pumping_station": "泵站", "outfall": "排放口", "manhole": "检查井"}[kind]
        yield _node(
            run, run.key(index), point, kind, f"{run.road.name}{word}{index + 1}{naming.TAG}", run.invert_m(index)
        )
        if run.system != "sewage" and kind == "manhole":
            kerb = Point(point.x + run.road.width_m / 2, point.y)
            name = f"{run.road.name}雨水口{index + 1}{naming.TAG}"
            yield _node(run, f"{run.key(index)}-inlet", kerb, "inlet", name, GROUND_M - 0.8)


def _node(run: Run, key: str, point: Point, kind: str, name: str, invert_m: float) -> Feature:
    state = "完好" if Rng("drain state", key).chance(0.94) else "淤积"
    properties: dict[str, Value] = {"name": name, "kind": kind, "system": run.system, "ground_m": GROUND_M}
    properties |= {"invert_m": round(invert_m, 2), "department": DEPARTMENT, "state": state}
    return Feature(key, point, SYNTHETIC, properties)


def _pipe(run: Run, index: int) -> Feature:
    rng = Rng("pipe", run.key(index))
    properties: dict[str, Value] = {
        "name": f"{run.road.name}管段{index + 1}{naming.TAG}",
        "system": run.system,
        "diameter_mm": DIAMETERS_MM[min(index // 4, len(DIAMETERS_MM) - 1)],
        "material": "钢筋混凝土" if rng.chance(0.7) else "HDPE",
        "built_year": rng.whole(1992, 2022),
        "upstream": run.key(index),
        "downstream": run.key(index + 1),
    }
    line = LineString(run.manholes[index : index + 2])
    return Feature(f"synthetic/pipe/{run.number:03d}-{index:03d}", line, SYNTHETIC, properties)
