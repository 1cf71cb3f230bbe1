"""The gazetteer read from the database, once for each state of the layers and each set of rights."""

import threading
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import shapely
from sqlalchemy import Connection, Float, Select, Text, cast, func, literal, null

from layers.access.decision import Decision, decide, shown_columns
from layers.access.principals import Principal
from layers.access.rows import visible
from layers.base import Layer
from layers.query.facts import versions_statement
from layers.query.geocode.answer import Place
from layers.query.geocode.gazetteer import Division, Gazetteer, Road
from layers.query.search import is_searchable
from layers.registry import Registry
from layers.space.addresses import fold, read
from layers.store.engine import Database
from layers.temporal import now

# Layers without addresses whose names occur as places in letters and reports.
_NAMED = ("boundaries", "gathering_places", "green", "roads", "stations")
_LINES, _AREAS = "roads", "boundaries"
_STREETS, _DISTRICTS = ("街道", "镇", "乡"), ("区", "县", "旗")
Readable = tuple[tuple[Layer, Decision], ...]
_reading = threading.Lock()


def gazetteer_for(database: Database, registry: Registry, principal: Principal) -> Gazetteer:
    """Return what a principal may find; it is read again when one of the layers was edited."""
    allowed = readable(registry, principal)
    names = {layer.id for layer, _ in allowed}
    with database.reader.connect() as connection:
        versions = [(row[0], int(row[1])) for row in connection.execute(versions_statement()) if row[0] in names]
    with _reading:
        return _read(database, allowed, tuple(sorted(versions)))


def readable(registry: Registry, principal: Principal) -> Readable:
    """Return the layers with names and addresses that a principal may read, each with the decision."""
    decided = ((layer, decide(principal, "read", layer)) for layer in registry if _takes_part(layer))
    return tuple((layer, decision) for layer, decision in decided if decision.allowed)


def _takes_part(layer: Layer) -> bool:
    return is_searchable(layer) and (layer.column("address") is not None or layer.id in _NAMED)


@lru_cache(maxsize=6)
def _read(database: Database, allowed: Readable, versions: tuple[tuple[str, int], ...]) -> Gazetteer:
    gazetteer = Gazetteer()
    with database.reader.connect() as connection:
        rows_by_layer = {layer.id: list(_rows(connection, layer, decision)) for layer, decision in allowed}
    divisions = _add_divisions(gazetteer, rows_by_layer.pop(_AREAS, []))
    _add_roads(gazetteer, rows_by_layer.pop(_LINES, []))
    for layer, rows in rows_by_layer.items():
        _add_places(gazetteer, layer, rows, divisions)
    gazetteer.close()
    return gazetteer


def _rows(connection: Connection, layer: Layer, decision: Decision) -> Iterator[Any]:
    return iter(connection.execute(_statement(layer, decision)).all())


def _statement(layer: Layer, decision: Decision) -> Select[Any]:
    rows = visible(layer, decision, now())
    columns = rows.selected_columns
    shown = {column.name for column in shown_columns(layer, decision)}
    place = func.ST_PointOnSurface(columns.geom)
    shaped = layer.id in (_LINES, _AREAS)
    return rows.with_only_columns(
        columns.fid,
        columns.code if "code" in columns else cast(null(), Text).label("code"),
        *(
            (columns[name] if name in shown else cast(null(), Text)).label(name)
            for name in ("name", "name_en", "address")
        ),
        (cast(columns[layer.rank], Float) if layer.rank in shown else literal(0.0)).label("weight"),
        func.ST_X(place).label("lon"),
        func.ST_Y(place).label("lat"),
        (func.ST_AsBinary(columns.geom) if shaped else null()).label("shape"),
    )


def _place(layer: str, row: Any, lon: float, lat: float, district: str = "", street: str = "") -> Place:
    weight = row.weight or 0.0
    names = (row.name, row.name_en, row.address)
    return Place(layer, row.fid, row.code, *names, lon, lat, weight, district, street)


def _add_divisions(gazetteer: Gazetteer, rows: Iterable[Any]) -> list[Division]:
    divisions = []
    for row in rows:
        if row.name:
            area = shapely.from_wkb(bytes(row.shape))
            place = _place(_AREAS, row, row.lon, row.lat)
            divisions.append(Division(fold(row.name), place, area))
            gazetteer.add_division(divisions[-1])
    return divisions


def _add_roads(gazetteer: Gazetteer, rows: Iterable[Any]) -> None:
    """Add roads by name; the parts of one road are one line, and what stands for it is the part in its middle."""
    parts: dict[str, list[Any]] = {}
    for row in rows:
        if row.name:
            parts.setdefault(row.name, []).append(row)
    for name, pieces in parts.items():
        lines = [shapely.from_wkb(bytes(piece.shape)) for piece in pieces]
        line = shapely.union_all(lines) if len(lines) > 1 else lines[0]
        middle = _middle(line)
        nearest = int(shapely.distance(lines, middle).argmin())
        gazetteer.add_road(Road(fold(name), _place(_LINES, pieces[nearest], middle.x, middle.y), line))


def _middle(line: Any) -> Any:
    """Return the point on a line that is next to its centroid, or half-way where it is one piece."""
    pieces = shapely.get_parts(line)
    if len(pieces) == 1:
        return shapely.line_interpolate_point(pieces[0], 0.5, normalized=True)
    merged = shapely.get_parts(shapely.line_merge(line))
    if len(merged) == 1:
        return shapely.line_interpolate_point(merged[0], 0.5, normalized=True)
    return shapely.get_point(shapely.shortest_line(line, shapely.centroid(line)), 0)


def _add_places(gazetteer: Gazetteer, layer: str, rows: list[Any], divisions: list[Division]) -> None:
    streets = _within(rows, [each for each in divisions if each.name.endswith(_STREETS)])
    districts = _within(rows, [each for each in divisions if each.name.endswith(_DISTRICTS)])
    for row, street, district in zip(rows, streets, districts, strict=True):
        address_district = read(fold(row.address)).district if row.address else ""
        if row.name or row.name_en or row.address:
            gazetteer.add(_place(layer, row, row.lon, row.lat, address_district or district, street))


def _within(rows: list[Any], divisions: list[Division]) -> list[str]:
    """Return the name of the division in which each row lies, or nothing."""
    names = [""] * len(rows)
    points = shapely.points([row.lon for row in rows], [row.lat for row in rows])
    for division in divisions:
        shapely.prepare(division.area)
        for number in shapely.contains(division.area, points).nonzero()[0]:
            names[number] = division.name
    return names
