"""Lookup of objects by source key."""

from typing import Any

from sqlalchemy import CTE, Connection, Table, func, select

from layers.access.decision import decide
from layers.access.principals import Principal
from layers.access.rows import in_sight
from layers.registry import Registry
from layers.store.dataset_layer import DatasetLayer
from layers.store.tables import feature_table

_MOST = 50


def codes_of_key(
    connection: Connection, registry: Registry, principal: Principal, source_key: str
) -> list[dict[str, Any]]:
    """Return the objects that have a source key, each with its dataset and code, merged ones included."""
    objects = []
    for layer in registry:
        if not isinstance(layer, DatasetLayer):
            continue
        decision = decide(principal, "read", layer)
        if decision.allowed:
            table = feature_table(layer)
            datasets = _datasets(table)
            columns = select(table.c.fid, table.c.dataset, table.c.code, table.c.hidden_by, table.c.hidden_from)
            conditions = func.upper_inf(table.c.valid), in_sight(layer, table.c, decision, explicit=False)
            of_key = table.c.dataset == datasets.c.dataset, table.c.source_key == source_key
            statement = columns.select_from(datasets).join(table, of_key[0] & of_key[1]).where(*conditions).limit(_MOST)
            objects += [{"layer": layer.id, **row} for row in connection.execute(statement).mappings()]
    return objects


def _datasets(table: Table) -> CTE:
    """Return the datasets of a table, one step through its index (dataset, source_key) for each.

    That index serves loads; as datasets are few it serves keys as well, and every load would have to maintain another
    index on keys alone.
    """
    first = select(func.min(table.c.dataset).label("dataset")).cte("known", recursive=True)
    following = select(func.min(table.c.dataset)).where(table.c.dataset > first.c.dataset).scalar_subquery()
    return first.union_all(select(following).where(first.c.dataset.is_not(None)))
