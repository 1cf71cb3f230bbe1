"""What contains an object, and what it contains, where the rows of its layer contain each other."""

from typing import Any

from sqlalchemy import Connection, Select, func, select

from layers.access.decision import Decision
from layers.access.rows import visible
from layers.base import Layer, Nesting
from layers.entities.codebook.around import MOST_COUNTED
from layers.temporal import now

Json = dict[str, Any]
# Containment goes round in a circle only by mistake.
_MOST_LEVELS = 32


def nested_containers(
    connection: Connection, layer: Layer, nesting: Nesting, decision: Decision, row: Json
) -> list[Json]:
    """Return what contains a row (with dataset and key of its parent), the outermost first."""
    chain: list[Json] = []
    parent = row[nesting.parent]
    while parent is not None and len(chain) < _MOST_LEVELS:
        rows = _rows(layer, nesting, decision)
        columns = rows.selected_columns
        of_key = rows.where(columns.dataset == row["dataset"], columns.source_key == parent)
        above = connection.execute(of_key.limit(1)).mappings().first()
        if above is None:
            break
        chain.insert(0, _told(above, nesting))
        parent = above[nesting.parent]
    return chain


def nested_parts(  # noqa: PLR0913, PLR0917 - the object and the page
    connection: Connection,
    layer: Layer,
    nesting: Nesting,
    decision: Decision,
    row: Json,
    after: int = 0,
    limit: int = 10,
) -> Json:
    """Return what a row contains: the count, exact up to 1000, and a page in order of fid."""
    rows = _rows(layer, nesting, decision)
    columns = rows.selected_columns
    inside = rows.where(columns.dataset == row["dataset"], columns[nesting.parent] == row["source_key"])
    counted = select(func.count()).select_from(inside.limit(MOST_COUNTED + 1).subquery())
    count = int(connection.execute(counted).scalar_one())
    page = inside.where(columns.fid > after).order_by(columns.fid).limit(limit + 1)
    found = [_told(part, nesting) for part in connection.execute(page).mappings()]
    following = found[limit - 1]["fid"] if len(found) > limit else None
    return {"count": count, "items": found[:limit], "next": following}


def _rows(layer: Layer, nesting: Nesting, decision: Decision) -> Select[Any]:
    rows = visible(layer, decision, now())
    columns = rows.selected_columns
    names = ("fid", "code", "name", "class", "dataset", "source_key", nesting.parent, nesting.level)
    return rows.with_only_columns(*(columns[name] for name in names))


def _told(row: Any, nesting: Nesting) -> Json:
    return {name: row[name] for name in ("fid", "code", "name", "class", "source_key")} | {"level": row[nesting.level]}
