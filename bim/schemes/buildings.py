"""Buildings as a review measures them: those that models have, and those of the base map."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, func, select

from bim.formats.footprints.reading import FACTS
from bim.models import ModelVersion
from bim.schemes.figures import Known, unknown
from bim.schemes.indicators import Massing, ellipsoidal_area
from bim.store import record
from bim.tileset import View
from layers.access import visible
from layers.title import Title

Json = Mapping[str, Mapping[str, Any]]
# Classes of what is green ground: of footprints, CityJSON and IFC.
_GREEN = frozenset({"Green", "PlantCover", "+GreenArea"})
# What is no part of a building, whatever it lies in: kinds, disciplines, and classes of CityJSON.
_GROUND = frozenset({
    "site", "LandUse", "PlantCover", "Railway", "Road", "SolitaryVegetationObject", "TINRelief", "TransportSquare",
    "WaterBody", "WaterSurface", "Waterway",
})  # fmt: skip
# Storeys are told by their number in sets of properties that formats have for it.
_STOREYS = ("storeys", "NumberOfStoreys", "storeysAboveGround")
_FLOOR_AREA = ("GrossFloorArea", "floor_area_m2")
_MOST_STOREYS = 250
_MOST_BUILDINGS = 5_000
# A storey whose top is no higher over the model's zero lies in the ground, metres.
_IN_THE_GROUND_M = 0.5


@dataclass(frozen=True)
class Built:
    """What models put on the ground: buildings, and green ground (degrees, EPSG:4490) or None where they have none."""

    massings: tuple[Massing, ...]
    green: Any


@dataclass
class _Parts:
    """The rows of one building: its own, its storeys, the outlines of what has a shape, and what is taken for ground.

    ``rooms`` are the storeys of the model that have rooms.
    """

    key: str
    name: str
    format: str
    rooms: frozenset[str]
    row: Any = None
    storeys: list[Any] = field(default_factory=list)
    shaped: list[Any] = field(default_factory=list)

    def massing(self) -> Massing:
        outline = shapely.union_all(np.array([shapely.from_wkb(bytes(row["wkb"])) for row in self.shaped]))
        storeys = self._storeys()
        return Massing(
            id=self.key,
            name=self.name,
            outline=_polygonal(outline),
            base_m=min(row["min_height_m"] for row in self.shaped) - self._ground,
            top_m=max(row["height_m"] for row in self.shaped) - self._ground,
            storeys=storeys,
            floor_area_m2=self._floor_area(storeys, outline),
            datum=_DATUMS.get(self.format, _ZERO),
        )

    @cached_property
    def _ground(self) -> float:
        """Return the height of the ground in the model's frame: its zero, unless its heights are those of a map."""
        if self.format != "cityjson":
            return 0.0
        return float(min(row["min_height_m"] for row in self.shaped))

    def _storeys(self) -> Known:
        stated = None if self.row is None else _number(self.row["properties"], _STOREYS)
        if stated is not None and 1 <= stated <= _MOST_STOREYS:
            return Known(stated, _BY_HEIGHT if self._by_height else _STATED)
        if not self.storeys:
            return unknown("文件未载层数", "the file states no storeys")
        levels = len(self.storeys)
        return unknown(
            f"文件有 {levels} 个楼层，未载哪些计入层数（可能含基础、屋面）",
            f"the file has {levels} levels, and does not say which count (foundations, roofs)",
        )

    @property
    def _by_height(self) -> bool:
        return bool((self.row["properties"] or {}).get(FACTS, {}).get("storeys_from") == "storey_height_m")

    def _floor_area(self, storeys: Known, outline: Any) -> Known:
        if self.row is not None:
            stated = _number(self.row["quantities"], _FLOOR_AREA) or _number(self.row["properties"], _FLOOR_AREA)
            if stated:
                return Known(stated, Title("文件所载建筑面积", "floor area as the file states it"))
        areas = [_number(row["quantities"], _FLOOR_AREA) for row in self._inhabited()]
        known = [area for area in areas if area]
        if known and len(known) == len(areas):
            return Known(sum(known), Title("地上各层建筑面积之和", "floor areas of the storeys above ground"))
        if storeys.value is None:
            return unknown("既无建筑面积也无层数", "neither floor area nor storeys are stated")
        return Known(storeys.value * ellipsoidal_area(outline), STOREYS_BY_OUTLINE)

    def _inhabited(self) -> list[Any]:
        """Return the storeys above ground that have rooms; all of them where none has."""
        above = [row for row in self.storeys if row["height_m"] - self._ground > _IN_THE_GROUND_M]
        return [row for row in above if row["source_key"] in self.rooms] or above


_ZERO = Title("模型零点", "the zero of the model")
_DATUMS = {
    "footprints": Title("地面（文件所载）", "the ground, as the file states it"),
    "cityjson": Title("单体最低点", "the lowest point of each building"),
}
_STATED = Title("文件所载层数", "storeys as the file states them")
_BY_HEIGHT = Title("高度 ÷ 文件所载层高", "height ÷ the storey height that the file states")
STOREYS_BY_OUTLINE = Title("层数 × 俯视轮廓面积", "storeys × outline from above")


def built_by(connection: Connection, view: View, models: Sequence[ModelVersion]) -> Built:
    """Return what a reader sees of the buildings of some models; parts of no building are one, by the model's name."""
    massings: list[Massing] = []
    green: list[Any] = []
    for model in models:
        rows, rooms = _rows(connection, view, model.id), _with_rooms(connection, view, model.id)
        green += [shapely.from_wkb(bytes(row["wkb"])) for row in rows if row["class"] in _GREEN]
        massings += [parts.massing() for parts in _grouped(model, rows, rooms) if parts.shaped]
    return Built(tuple(massings), shapely.union_all(np.array(green, dtype=object)) if green else None)


def base_buildings(connection: Connection, view: View, site: Any) -> tuple[Massing, ...]:
    """Return the buildings of the base map that a reader sees on a site: those whose inner point lies in it."""
    return _of_the_base(connection, view, site, stands_on)


def buildings_near(connection: Connection, view: View, ground: Any) -> tuple[Massing, ...]:
    """Return the buildings of the base map that a reader sees and that reach into some ground, for pictures."""
    return _of_the_base(connection, view, ground, lambda things, area: func.ST_Intersects(things.c.geom, area))


def _of_the_base(
    connection: Connection, view: View, ground: Any, condition: Callable[[Any, Any], Any]
) -> tuple[Massing, ...]:
    things = visible(view.layer, view.decision, view.when).subquery("thing")
    area = func.ST_GeomFromWKB(bytes(shapely.to_wkb(ground)), 4490)
    names = ("fid", "name", "height_m", "min_height_m", "floors")
    statement = select(*(things.c[name] for name in names), func.ST_AsBinary(things.c.geom).label("wkb"))
    found = connection.execute(statement.where(condition(things, area)).order_by(things.c.fid).limit(_MOST_BUILDINGS))
    # An interval of time may have several slices of one thing; the last is kept.
    rows = {row["fid"]: row for row in found.mappings()}
    return tuple(_of_the_map(row) for row in rows.values())


def stands_on(things: Any, ground: Any) -> Any:
    """Return the condition that things have an inner point in a ground, a geometry."""
    near = things.c.geom.op("&&", is_comparison=True)(ground)
    return near & func.ST_Covers(ground, func.ST_PointOnSurface(things.c.geom))


def green_of_the_map(connection: Connection, view: View, site: Any) -> Any:
    """Return the green ground of the base map that a reader sees on a site, or None where there is none."""
    things = visible(view.layer, view.decision, view.when).subquery("thing")
    ground = func.ST_GeomFromWKB(bytes(shapely.to_wkb(site)), 4490)
    statement = select(func.ST_AsBinary(things.c.geom)).where(func.ST_Intersects(things.c.geom, ground))
    found = [shapely.from_wkb(bytes(wkb)) for wkb in connection.execute(statement).scalars()]
    return shapely.union_all(np.array(found, dtype=object)) if found else None


def _of_the_map(row: Any) -> Massing:
    outline = shapely.from_wkb(bytes(row["wkb"]))
    storeys = area = unknown("底图未载层数", "the base map states no floors")
    if row["floors"] is not None:
        storeys = Known(float(row["floors"]), Title("底图所载层数", "floors as the base map states them"))
        area = Known(row["floors"] * ellipsoidal_area(outline), STOREYS_BY_OUTLINE)
    return Massing(
        str(row["fid"]),
        row["name"] or "",
        _polygonal(outline),
        row["min_height_m"] or 0.0,
        row["height_m"],
        storeys,
        area,
        Title("地面（底图所载）", "the ground, as the base map has it"),
    )


def _rows(connection: Connection, view: View, model: str) -> list[Any]:
    rows = view.rows(model)
    names = ("source_key", "kind", "class", "name", "parent", "discipline", "min_height_m", "height_m", "shape")
    statement = (
        select(
            *(rows.c[name] for name in names),
            func.ST_AsBinary(rows.c.geom).label("wkb"),
            record.c.properties,
            record.c.quantities,
        )
        .select_from(rows.outerjoin(record, record.c.id == rows.c.record))
        .where(rows.c.kind != "space")
        .order_by(rows.c.fid)
    )
    return list(connection.execute(statement).mappings())


def _with_rooms(connection: Connection, view: View, model: str) -> frozenset[str]:
    """Return the storeys of a model in which a reader sees a room."""
    rows = view.rows(model)
    statement = select(rows.c.storey).where(rows.c.kind == "space", rows.c.storey.is_not(None)).distinct()
    return frozenset(connection.execute(statement).scalars())


def _grouped(model: ModelVersion, rows: Iterable[Any], rooms: frozenset[str]) -> list[_Parts]:
    """Return the rows of a model by the building that they are of; a model that tells of no building is one."""
    by_key = {row["source_key"]: row for row in rows}
    has_buildings = any(row["kind"] == "building" for row in by_key.values())
    parts: dict[str, _Parts] = {}
    for key, row in by_key.items():
        building = _building_of(key, by_key)
        outside = building is None and has_buildings
        if outside or not _GROUND.isdisjoint((row["kind"], row["discipline"], row["class"])) or row["class"] in _GREEN:
            continue
        name = model.title if building is None else by_key[building]["name"]
        own = _Parts(building or model.id, name or "", model.format, rooms)
        group = parts.setdefault(own.key, own)
        if key == building:
            group.row = row
        if row["kind"] == "storey":
            group.storeys.append(row)
        elif row["shape"] is not None:
            group.shaped.append(row)
    return list(parts.values())


def _building_of(key: str, by_key: Mapping[str, Any]) -> str | None:
    """Return the outermost building that an element is in; a circle of parents ends where it began."""
    found, seen = None, set()
    at: str | None = key
    while at is not None and at in by_key and at not in seen:
        seen.add(at)
        if by_key[at]["kind"] == "building":
            found = at
        at = by_key[at]["parent"]
    return found


def _number(sets: Json | None, names: Sequence[str]) -> float | None:
    """Return the first number above 0 under one of some names, in any set."""
    for values in (sets or {}).values():
        for name in names:
            value = values.get(name) if isinstance(values, Mapping) else None
            if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
                return float(value)
    return None


def _polygonal(shape: Any) -> Any:
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return shapely.multipolygons(np.array(polygons, dtype=object))
