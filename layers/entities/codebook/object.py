"""The full record of the object of a code."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, func, select

from layers.access.decision import Decision, decide, shown_columns
from layers.access.principals import Principal
from layers.access.rows import in_sight
from layers.base import Layer
from layers.entities.codebook.around import containers, parts
from layers.entities.codebook.history import Belief, beliefs_of, history_json, sources_of
from layers.entities.codebook.nested import nested_containers, nested_parts
from layers.entities.matching.matches import match_of
from layers.errors import NotFound, ParameterError
from layers.query.geojson import as_geojson
from layers.registry import Registry
from layers.space.codes.unified import check, describe
from layers.space.grids.registry import GRIDS
from layers.store.models import code as code_table
from layers.store.models import code_block, code_successor, match
from layers.store.tables import feature_table, history_table
from layers.temporal import rfc3339

# Levels of the grid codes in the record: cells of some hundred metres, and of some metres.
_GRID_LEVELS = {"beidou": (5, 8), "geosot": (18, 23), "h3": (9, 12)}


def object_of(connection: Connection, registry: Registry, principal: Principal, code: str) -> dict[str, Any]:
    """Return the readable record of the object of a code, which may be retired.

    Raises ParameterError with the fault of a code, NotFound when no readable object has it.
    """
    entry = _entry(connection, code)
    layer, decision = _readable(registry, principal, entry)
    beliefs = beliefs_of(connection, layer, decision, entry["fid"])
    if not beliefs:
        raise _unknown(code)
    newest = beliefs[0]
    names = [column.name for column in shown_columns(layer, decision)]
    place = _place(connection, layer, entry["fid"], newest)
    around = _Around(connection, registry, principal, layer, decision, newest)
    return {
        "code": code,
        "meaning": describe(code) | _block(connection, code),
        "layer": {"id": layer.id, "title": layer.title.json()},
        "fid": entry["fid"],
        **_state(connection, entry),
        "geometry": orjson.loads(place["geometry"]),
        "attributes": _attributes(connection, layer, decision, entry["fid"], beliefs),
        "quality": newest["quality"],
        "valid": [rfc3339(newest["valid_from"]), newest["valid_to"] and rfc3339(newest["valid_to"])],
        "hidden_by": newest["hidden_by"],
        "hidden_from": newest["hidden_from"] and rfc3339(newest["hidden_from"]),
        "identifiers": _identifiers(connection, layer, decision, entry["fid"]),
        "grids": _grids(place["lon"], place["lat"]),
        "parents": around.parents(place["shape"]),
        "children": around.children(place["shape"]) if place["dimension"] == 2 else {},
        "history": history_json(beliefs, names),
    }


def parts_of(  # noqa: PLR0913, PLR0917 - the principal, the object, and the page
    connection: Connection, registry: Registry, principal: Principal, code: str, only: str, after: int, limit: int
) -> dict[str, Any]:
    """Return a page of the objects of one layer that lie in the object of a code."""
    entry = _entry(connection, code)
    layer, decision = _readable(registry, principal, entry)
    beliefs = beliefs_of(connection, layer, decision, entry["fid"])
    if not beliefs:
        raise _unknown(code)
    if only == layer.id and layer.nesting is not None:
        return nested_parts(connection, layer, layer.nesting, decision, dict(beliefs[0]), after, limit)
    shape = _place(connection, layer, entry["fid"], beliefs[0])["shape"]
    by_layer = parts(connection, registry, principal, layer, shape, only=only, after=after, limit=limit)
    return by_layer.get(only, {"count": 0, "items": [], "next": None})


@dataclass(frozen=True)
class _Around:
    """What contains an object, and what it contains; storeys of one house share their plan, and not what is in it."""

    connection: Connection
    registry: Registry
    principal: Principal
    layer: Layer
    decision: Decision
    newest: Belief

    def parents(self, shape: Any) -> dict[str, list[dict[str, Any]]]:
        found = containers(self.connection, self.registry, self.principal, self.layer, self.newest["fid"], shape)
        nesting = self.layer.nesting
        if nesting is None:
            return found
        chain = nested_containers(self.connection, self.layer, nesting, self.decision, dict(self.newest))
        return found | ({self.layer.id: chain} if chain else {})

    def children(self, shape: Any) -> dict[str, dict[str, Any]]:
        nesting = self.layer.nesting
        of_place = nesting is None or self.newest[nesting.level] == nesting.building
        found = parts(self.connection, self.registry, self.principal, self.layer, shape) if of_place else {}
        if nesting is None:
            return found
        return found | {
            self.layer.id: nested_parts(self.connection, self.layer, nesting, self.decision, dict(self.newest))
        }


def _unknown(code: str) -> NotFound:
    meaning = describe(code)
    kind = meaning["level"] if meaning["form"] == "place" else "object"
    return NotFound(f"{code} is a well-formed code of a {kind}, but no object has it; codes are never reused")


def _entry(connection: Connection, code: str) -> RowMapping:
    if fault := check(code):
        raise ParameterError("code", fault)
    entry = connection.execute(select(code_table).where(code_table.c.code == code)).mappings().one_or_none()
    if entry is None:
        raise _unknown(code)
    return entry


def _readable(registry: Registry, principal: Principal, entry: RowMapping) -> tuple[Layer, Decision]:
    if entry["layer"] not in registry:
        raise _unknown(entry["code"])
    layer = registry.get(entry["layer"])
    decision = decide(principal, "read", layer)
    if not decision.allowed:
        raise _unknown(entry["code"])
    return layer, decision


def _place(connection: Connection, layer: Layer, fid: int, newest: Belief) -> RowMapping:
    """Return the newest shape: as geometry for further queries, as GeoJSON, and a point on it."""
    table = feature_table(layer) if newest["present"] else history_table(layer)
    point = func.ST_PointOnSurface(table.c.geom)
    statement = select(
        table.c.geom.label("shape"),
        func.ST_Dimension(table.c.geom).label("dimension"),
        as_geojson(table.c.geom).label("geometry"),
        func.ST_X(point).label("lon"),
        func.ST_Y(point).label("lat"),
    ).where(table.c.fid == fid, func.lower(table.c.recorded) == newest["stamp"])
    return connection.execute(statement.where(func.lower(table.c.valid) == newest["valid_from"])).mappings().one()


def _state(connection: Connection, entry: RowMapping) -> dict[str, Any]:
    """Return the state of a code, with its successors and predecessors."""
    after = select(code_successor.c.successor).where(code_successor.c.predecessor == entry["code"])
    before = select(code_successor.c.predecessor).where(code_successor.c.successor == entry["code"])
    retired = entry["retired"]
    return {
        "state": "current" if retired is None else "retired",
        "given": rfc3339(entry["given"]),
        "retired": retired and {"at": rfc3339(retired), "why": entry["why"], "match": entry["match"]},
        "successors": list(connection.execute(after.order_by(code_successor.c.successor)).scalars()),
        "predecessors": list(connection.execute(before.order_by(code_successor.c.predecessor)).scalars()),
    }


def _block(connection: Connection, code: str) -> dict[str, Any]:
    """Return the block of a place code: its road or lane, or its grid cell."""
    if len(code) == 16 or len(code) < 13:
        return {}
    statement = select(code_block.c.key).where(code_block.c.street == code[:9], code_block.c.number == int(code[9:13]))
    key = connection.execute(statement).scalar_one_or_none()
    return {} if key is None else {"block": key}


def _attributes(
    connection: Connection, layer: Layer, decision: Decision, fid: int, beliefs: Sequence[Belief]
) -> list[dict[str, Any]]:
    columns = shown_columns(layer, decision)
    sources = sources_of(connection, beliefs, [column.name for column in columns])
    filled = _filled(connection, layer, fid)
    attributes = []
    for column in columns:
        value = beliefs[0][column.name]
        if value is None:
            continue
        source = sources.get(column.name, {})
        if column.name in filled:
            source = {"dataset": filled[column.name]["from"], "match": filled[column.name]["match"]}
        shown = rfc3339(value) if hasattr(value, "isoformat") else value
        attribute = {"name": column.name, "title": column.title.json(), "unit": column.unit, "value": shown}
        attributes.append(attribute | {"source": source})
    return attributes


def _filled(connection: Connection, layer: Layer, fid: int) -> dict[str, dict[str, Any]]:
    """Return the values that an object took over from those merged into it, by column."""
    statement = select(match.c.id, match.c.filled).where(
        match.c.layer == layer.id, match.c.survivor == fid, match.c.state == "accepted"
    )
    rows = connection.execute(statement.order_by(match.c.accepted_order)).all()
    return {name: origin | {"match": row.id} for row in rows for name, origin in row.filled.items()}


def _identifiers(connection: Connection, layer: Layer, decision: Decision, fid: int) -> list[dict[str, Any]]:
    """Return the source keys of the object, and those of objects merged with it."""
    merged = select(match.c.a, match.c.b).where(
        match.c.layer == layer.id,
        match.c.state == "accepted",
        match.c.relation == "same",
        (match.c.a == fid) | (match.c.b == fid),
    )
    fids = {fid} | {number for row in connection.execute(merged) for number in row}
    table = feature_table(layer)
    statement = (
        select(table.c.fid, table.c.dataset, table.c.source_key, table.c.code, table.c.hidden_by)
        .where(table.c.fid.in_(fids), in_sight(layer, table.c, decision))
        .order_by(table.c.fid, func.lower(table.c.valid))
    )
    newest = {row["fid"]: row for row in connection.execute(statement).mappings()}
    return [
        {name: row[name] for name in ("fid", "dataset", "source_key", "code")} | {"match": match_of(row["hidden_by"])}
        for row in newest.values()
    ]


def _grids(lon: float, lat: float) -> dict[str, dict[str, str]]:
    return {
        name: {str(level): str(GRIDS[name].encode(lon, lat, level)[0]) for level in levels}
        for name, levels in _GRID_LEVELS.items()
    }
