"""Quarantined rows as people see them."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select

from layers.access.areas import touches
from layers.access.decide import decide
from layers.access.principals import Principal
from layers.errors import NotFound
from layers.query.geojson import as_geojson
from layers.registry import Registry
from layers.store.models import quarantine as table
from layers.temporal import rfc3339

STATES = ("held", "released", "discarded")
Json = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which quarantined rows are asked for; ``after`` is the number after which a page begins."""

    layer: str | None = None
    load: int | None = None
    state: str | None = None
    rule: str | None = None
    after: int = 0
    limit: int = 100


def held_rows(connection: Connection, registry: Registry, principal: Principal, wanted: Wanted) -> list[Json]:
    """Return a page of rows as GeoJSON features, in order of their numbers, and one more where there are more."""
    rows = _asked(_readable(_features(), registry, principal), wanted)
    page = rows.where(table.c.id > wanted.after).order_by(table.c.id).limit(wanted.limit + 1)
    return [_feature(row) for row in connection.execute(page).mappings()]


def counts(connection: Connection, registry: Registry, principal: Principal, wanted: Wanted) -> Json:
    """Return how many rows there are, by layer and state."""
    what = select(table.c.layer, table.c.state, func.count().label("n")).group_by(table.c.layer, table.c.state)
    found: Json = {}
    for layer, state, number in connection.execute(_asked(_readable(what, registry, principal), wanted)):
        found.setdefault(layer, dict.fromkeys(STATES, 0))[state] = number
    return found


def held_row(connection: Connection, registry: Registry, principal: Principal, number: int) -> Json:
    """Return one row, or raise NotFound; one that may not be seen is as unknown as one that is not there."""
    statement = _readable(_features(), registry, principal).where(table.c.id == number)
    row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no row {number} in quarantine; GET /quarantine lists them")
    return _feature(row)


def _features() -> Select[Any]:
    others = [column for column in table.c if column.name not in ("geom", "wkb")]
    shape = as_geojson(table.c.geom).label("shape")
    return select(*others, func.encode(table.c.wkb, "hex").label("wkb"), shape)


def _readable(statement: Select[Any], registry: Registry, principal: Principal) -> Select[Any]:
    layers = [layer.id for layer in registry if decide(principal, "read", layer).allowed]
    graded = statement.where(table.c.layer.in_(layers), table.c.grade <= int(principal.clearance))
    # Nothing of the quarantine is open, so whoever is bound to an area sees what lies there alone.
    return graded.where(touches(principal.area, table.c.geom))


def _asked(statement: Select[Any], wanted: Wanted) -> Select[Any]:
    equal = {"layer": wanted.layer, "load": wanted.load, "state": wanted.state}
    for name, value in equal.items():
        if value is not None:
            statement = statement.where(table.c[name] == value)
    if wanted.rule is not None:
        statement = statement.where(table.c.reasons.contains([{"rule": wanted.rule}]))
    return statement


def _feature(row: Any) -> Json:
    named = ("layer", "load", "dataset", "source_key", "place", "crs", "reasons", "state", "decided_by", "decision")
    told = {name: row[name] for name in (*named, "patch", "fid", "grade")}
    times = {name: row[name] and rfc3339(row[name]) for name in ("date", "received", "decided")}
    original = {"properties": row["properties"], "wkb": row["wkb"], "text": row["text"]}
    shape = None if row["shape"] is None else json.loads(row["shape"])
    return {"type": "Feature", "id": row["id"], "geometry": shape, "properties": told | times | {"original": original}}
