"""Objects by the keys of their sources."""

from typing import Any

from sqlalchemy import CTE, Connection, Table, func, select

from layers.access.decide import decide
from layers.access.principals import Principal
from layers.access.rows import in_sight
from layers.registry import Registry
from layers.store.dataset_layer import DatasetLayer
from layers.store.tables import feature_table

_MOST = 50


def codes_of_key(
    connection: Connection, registry: Registry, principal: Principal, source_key: str
) -> list[dict[str, Any]]:
    """Return the objects that a source knows by a key, each with its dataset and code: merged ones too."""
    found = []
    for layer in registry:
        if not isinstance(layer, DatasetLayer):
            continue
        decision = decide(principal, "read", layer)
        if decision.allowed:
            table = feature_table(layer)
            known = _datasets(table)
            told = select(table.c.fid, table.c.dataset, table.c.code, table.c.hidden_by, table.c.hidden_from)
            here = func.upper_inf(table.c.valid), in_sight(layer, table.c, decision, stated=False)
            of_key = table.c.dataset == known.c.dataset, table.c.source_key == source_key
            wanted = told.select_from(known).join(table, of_key[0] & of_key[1]).where(*here).limit(_MOST)
            found += [{"layer": layer.id, **row} for row in connection.execute(wanted).mappings()]
    return found


def _datasets(table: Table) -> CTE:
    """Return the datasets of a table, one step through its index (dataset, source_key) for each.

    That index serves loads, and with the few datasets known it serves keys as well; one on keys alone would have to be
    written by every load.
    """
    first = select(func.min(table.c.dataset).label("dataset")).cte("known", recursive=True)
    following = select(func.min(table.c.dataset)).where(table.c.dataset > first.c.dataset).scalar_subquery()
    return first.union_all(select(following).where(first.c.dataset.is_not(None)))
