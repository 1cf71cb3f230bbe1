"""Lists of quarantined rows."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select

from layers.access.areas import touches
from layers.access.decision import decide
from layers.access.principals import Principal
from layers.errors import NotFound
from layers.query.geojson import as_geojson
from layers.registry import Registry
from layers.store.models import quarantine as table
from layers.temporal import rfc3339

STATES = ("pending", "released", "discarded")
Json = dict[str, Any]


@dataclass(frozen=True)
class QuarantineQuery:
    """A query for quarantined rows; ``after`` is the number after which a page begins."""

    layer: str | None = None
    load: int | None = None
    state: str | None = None
    rule: str | None = None
    after: int = 0
    limit: int = 100


def quarantined_rows(
    connection: Connection, registry: Registry, principal: Principal, query: QuarantineQuery
) -> list[Json]:
    """Return a page of rows as GeoJSON features, in order of their numbers, and one more where there are more."""
    rows = _filtered(_readable(_features(), registry, principal), query)
    page = rows.where(table.c.id > query.after).order_by(table.c.id).limit(query.limit + 1)
    return [_feature(row) for row in connection.execute(page).mappings()]


def counts(connection: Connection, registry: Registry, principal: Principal, query: QuarantineQuery) -> Json:
    """Return the numbers of rows, by layer and state."""
    grouped = select(table.c.layer, table.c.state, func.count().label("n")).group_by(table.c.layer, table.c.state)
    numbers: Json = {}
    for layer, state, number in connection.execute(_filtered(_readable(grouped, registry, principal), query)):
        numbers.setdefault(layer, dict.fromkeys(STATES, 0))[state] = number
    return numbers


def quarantined_row(connection: Connection, registry: Registry, principal: Principal, number: int) -> Json:
    """Return one row, or raise NotFound, also for one that is not readable."""
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
    # No quarantined row is open, so a reader who is bound to an area sees only rows inside it.
    return graded.where(touches(principal.area, table.c.geom))


def _filtered(statement: Select[Any], query: QuarantineQuery) -> Select[Any]:
    equal = {"layer": query.layer, "load": query.load, "state": query.state}
    for name, value in equal.items():
        if value is not None:
            statement = statement.where(table.c[name] == value)
    if query.rule is not None:
        statement = statement.where(table.c.reasons.contains([{"rule": query.rule}]))
    return statement


def _feature(row: Any) -> Json:
    names = ("layer", "load", "dataset", "source_key", "place", "crs", "reasons", "state", "decided_by", "decision")
    values = {name: row[name] for name in (*names, "patch", "fid", "grade")}
    times = {name: row[name] and rfc3339(row[name]) for name in ("date", "received", "decided")}
    original = {"properties": row["properties"], "wkb": row["wkb"], "text": row["text"]}
    shape = None if row["shape"] is None else json.loads(row["shape"])
    return {
        "type": "Feature",
        "id": row["id"],
        "geometry": shape,
        "properties": values | times | {"original": original},
    }
