"""The rows that rules check: those of a staging table, or those of a layer as it is now."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from psycopg import sql
from sqlalchemy.sql.elements import ColumnElement

from layers.access.decision import Decision
from layers.access.rows import in_sight
from layers.base import Layer
from layers.registry import Registry
from layers.store.compiled import driver_sql
from layers.store.dataset_layer import DatasetLayer
from layers.store.models import SCHEMA
from layers.store.tables import feature_table

_LIVE = """(
    SELECT fid AS _row, * FROM {table}
    WHERE upper_inf(valid) AND (hidden_by IS NULL OR hidden_from > now()) AND {seen}
)"""
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
# The layer whose column division_code names areas.
DIVISIONS = "boundaries"
_DIVISION = """
SELECT geom AS value FROM {table}
WHERE upper_inf(valid) AND (hidden_by IS NULL OR hidden_from > now()) AND division_code = {code}
"""
_STAGED = "(SELECT _ordinal AS _row, * FROM {stage})"


@dataclass(frozen=True)
class Rows:
    """Rows of a layer, as SQL in parentheses with the identifier ``_row``; ``staged`` are the staged rows of layers.

    Other layers are looked up in their tables, and in the stage of the same load as well. For a sample, ``all_rows`` is
    what it was taken from.
    """

    layer: Layer
    relation: sql.Composable
    registry: Registry
    staged: Mapping[str, sql.Composable] = field(default_factory=dict)
    all_rows: sql.Composable | None = None

    @property
    def neighbours(self) -> sql.Composable:
        """Return all rows that these may be compared with: for a sample, those outside it as well."""
        return self.relation if self.all_rows is None else self.all_rows

    def values_of(self, layer_id: str, column: str | None = None) -> sql.Composable | None:
        """Return the geometries, or a column, of a layer as SQL in parentheses; None where there is no such layer."""
        layer = self.registry.get(layer_id) if layer_id in self.registry else None
        name = column or "geom"
        if not isinstance(layer, DatasetLayer) or (column is not None and layer.column(column) is None):
            return None
        live = "SELECT {column} AS value FROM {table} WHERE upper_inf(valid)"
        parts = [sql.SQL(live).format(column=sql.Identifier(name), table=sql.Identifier(SCHEMA, layer.id))]
        if layer_id in self.staged:
            column_ = sql.Identifier(name)
            parts.append(sql.SQL("SELECT {} AS value FROM {}").format(column_, self.staged[layer_id]))
        return sql.SQL("({})").format(sql.SQL(" UNION ALL ").join(parts))

    def division(self, code: str) -> sql.Composable:
        """Return the geometries of the division with that code in the layer boundaries, as SQL in parentheses."""
        live = sql.SQL(_DIVISION).format(table=sql.Identifier(SCHEMA, DIVISIONS), code=sql.Literal(code))
        if DIVISIONS not in self.staged:
            return sql.SQL("({})").format(live)
        staged = sql.SQL("SELECT geom AS value FROM {} WHERE division_code = {}")
        return sql.SQL("({} UNION ALL {})").format(live, staged.format(self.staged[DIVISIONS], sql.Literal(code)))


def live_rows(layer: DatasetLayer, registry: Registry, decision: Decision, sample: int = 1) -> Rows:
    """Return the rows of a layer that a decision allows now; one in ``sample``, by their numbers."""
    condition = _literally(in_sight(layer, feature_table(layer).c, decision, explicit=False))
    all_rows = sql.SQL(_LIVE).format(table=sql.Identifier(SCHEMA, layer.id), seen=condition)
    if sample == 1:
        return Rows(layer, all_rows, registry)
    sampled = "(SELECT * FROM {} AS every WHERE (hashint8(_row) & 2147483647) % {} = 0)"
    return Rows(layer, sql.SQL(sampled).format(all_rows, sql.Literal(sample)), registry, all_rows=all_rows)


def _literally(condition: ColumnElement[bool]) -> sql.Composed:
    """Return a condition as SQL with its values in it, for statements that the driver composes."""
    written, values = driver_sql(condition)
    texts = _PLACEHOLDER.split(written)
    parts: list[sql.Composable] = [
        sql.Literal(values[text]) if at % 2 else sql.SQL(text) for at, text in enumerate(texts)
    ]
    return sql.Composed(parts)


def staged_rows(layer: Layer, registry: Registry, stages: Mapping[str, sql.Composable]) -> Rows:
    """Return the staged rows of a layer, beside those of other layers of the same load."""
    return Rows(layer, sql.SQL(_STAGED).format(stage=stages[layer.id]), registry, stages)
