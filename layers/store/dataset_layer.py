"""Layers whose rows are kept in their own typed tables."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, DateTime, FromClause, Select, bindparam, func, select, union_all
from sqlalchemy.sql.elements import ColumnElement

from layers.base import SYSTEM_COLUMNS, Layer
from layers.store.tables import feature_table, history_table
from layers.temporal import When


@dataclass(frozen=True, eq=False)
class DatasetLayer(Layer):
    """A layer that is loaded from datasets and keeps both times of each row."""

    def select(self, when: When) -> Select[Any]:
        """Return the rows valid at ``when``, as believed at its ``as_of``, less those that a better dataset hides."""
        rows = feature_table(self) if when.as_of is None else _beliefs(self, when)
        return select(*rows.c).where(_overlaps(rows, when), rows.c.hidden_by.is_(None))

    def beliefs(self) -> Select[Any]:
        """Return all rows, present and superseded, less those that a better dataset hides."""
        tables = (feature_table(self), history_table(self))
        rows = union_all(*(select(*(table.c[name] for name in SYSTEM_COLUMNS)) for table in tables)).subquery(self.id)
        return select(*rows.c).where(rows.c.hidden_by.is_(None))


def _beliefs(layer: Layer, when: When) -> FromClause:
    """Return all rows, present and superseded, that were believed at ``as_of``."""
    names = [column.name for column in feature_table(layer).c]
    known = _instant("as_of", when)
    parts = [
        select(*(table.c[name] for name in names)).where(table.c.recorded.op("@>")(known))
        for table in (feature_table(layer), history_table(layer))
    ]
    return union_all(*parts).subquery(layer.id)


def _overlaps(rows: FromClause, when: When) -> ColumnElement[bool]:
    span = func.tstzrange(_instant("at_first", when), _instant("at_last", when), "[]")
    return rows.c.valid.op("&&", is_comparison=True)(span)


def _instant(name: str, when: When) -> BindParameter[Any]:
    return bindparam(name, when.parameters()[name], type_=DateTime(timezone=True))
