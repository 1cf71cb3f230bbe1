"""All that is known of one element: itself, its properties, what it is in, and what it holds."""

from typing import Any

from sqlalchemy import Connection, func, select

from bim.bindings import things_of
from bim.store import record
from bim.tileset.statement import View
from layers.errors import NotFound

Json = dict[str, Any]
_OWN = ("kind", "class", "name", "long_name", "type_name", "discipline", "storey", "storey_name", "parent")
_MEASURES = ("min_height_m", "height_m", "volume_m3", "area_m2", "defect", "code", "grade")
_NAMED = ("fid", "source_key", "kind", "class", "name", "long_name")
# A file's containment goes round in a circle only by mistake.
_MOST_LEVELS = 32
_MOST_PARTS = 500


def element_of(connection: Connection, view: View, model: str, element: str) -> Json:
    """Return an element by its GlobalId: properties, quantities, containers (outermost first), bound things, parts."""
    rows = view.rows(model)
    row = connection.execute(select(rows).where(rows.c.source_key == element)).mappings().first()
    if row is None:
        raise NotFound(f"the model {model!r} has no element {element!r}")
    told = connection.execute(select(record).where(record.c.id == row["record"])).mappings().first()
    return {
        "model": model,
        "id": row["source_key"],
        "fid": row["fid"],
        **{name: row[name] for name in (*_OWN, *_MEASURES)},
        "facts": {} if told is None else told["facts"],
        "properties": {} if told is None else told["properties"],
        "quantities": {} if told is None else told["quantities"],
        "within": _within(connection, rows, row["parent"]),
        "things": things_of(connection, view, model, element),
        **_parts(connection, rows, element),
    }


def _within(connection: Connection, rows: Any, parent: str | None) -> list[Json]:
    chain: list[Json] = []
    while parent is not None and len(chain) < _MOST_LEVELS:
        statement = select(*(rows.c[name] for name in _NAMED), rows.c.parent).where(rows.c.source_key == parent)
        above = connection.execute(statement).mappings().first()
        if above is None:
            break
        chain.insert(0, _named(above))
        parent = above["parent"]
    return chain


def _parts(connection: Connection, rows: Any, element: str) -> Json:
    """Return the first parts of an element, and how many there are of each class."""
    of_it = rows.c.parent == element
    statement = select(*(rows.c[name] for name in _NAMED)).where(of_it).order_by(rows.c.kind.desc(), rows.c.fid)
    parts = [_named(row) for row in connection.execute(statement.limit(_MOST_PARTS)).mappings()]
    name = rows.c["class"]
    counted = connection.execute(select(name, func.count()).where(of_it).group_by(name).order_by(name))
    return {"parts": parts, "part_counts": dict(map(tuple, counted))}


def _named(row: Any) -> Json:
    return {"id": row["source_key"], **{name: row[name] for name in _NAMED if name != "source_key"}}
