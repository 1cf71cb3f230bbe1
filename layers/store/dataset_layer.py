"""Layers whose rows are kept in their own typed tables."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    DateTime,
    FromClause,
    Select,
    Table,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSTZRANGE
from sqlalchemy.sql.elements import ColumnElement

from layers.base import SYSTEM_COLUMNS, Layer
from layers.store.belief import believed, was_seen
from layers.store.models import transaction_log
from layers.store.tables import feature_table, history_table
from layers.temporal import When

_EVER: Any = literal_column("'-infinity'::timestamptz")


@dataclass(frozen=True, eq=False)
class DatasetLayer(Layer):
    """A layer that is loaded from datasets and keeps both times of each row."""

    def select(self, when: When) -> Select[Any]:
        """Return the rows valid at ``when``, as believed at its ``as_of``, less those that are hidden throughout.

        A row that a better dataset or the object that it was merged into hides from some instant on is shown before.
        """
        rows = feature_table(self) if when.as_of is None else _beliefs(self, when)
        return select(*rows.c).where(_overlaps(rows, when), shown_from(rows, _instant("at_first", when)))

    def beliefs(self) -> Select[Any]:
        """Return all rows, present and superseded, less those that are hidden for as long as they are valid.

        They are known from the commit that inserted them until the one that superseded them.
        """
        rows = union_all(*map(_committed, (feature_table(self), history_table(self)))).subquery(self.id)
        return select(*rows.c).where(shown_from(rows))


def shown_from(rows: FromClause, first: ColumnElement[Any] | None = None) -> ColumnElement[bool]:
    """Tell whether rows are not hidden yet where they begin, or at ``first`` where that is later.

    A NULL for ``first`` is an open beginning.
    """
    later = [rows.c.hidden_from > func.lower(rows.c.valid)]
    if first is not None:
        # The cheaper condition comes first, and mostly decides.
        later.insert(0, rows.c.hidden_from > func.coalesce(first, _EVER))
    return or_(rows.c.hidden_by.is_(None), and_(*later))


def _beliefs(layer: Layer, when: When) -> FromClause:
    """Return all rows, present and superseded, that were believed at ``as_of``: what had been committed by then."""
    names = [column.name for column in feature_table(layer).c]
    as_of = _instant("as_of", when)
    parts = [
        select(*(table.c[name] for name in names)).where(believed(table.c, as_of))
        for table in (feature_table(layer), history_table(layer))
    ]
    return union_all(*parts).subquery(layer.id)


def _committed(table: Table) -> Select[Any]:
    """Return the beliefs of a table, ``recorded`` from the commit that inserted each to the one that superseded it."""
    begun, ended = transaction_log.alias("begun"), transaction_log.alias("ended")
    first = func.coalesce(begun.c.committed, func.lower(table.c.recorded))
    last = func.coalesce(ended.c.committed, func.upper(table.c.recorded))
    # After a clock was set back, older rows may have later stamps than newer ones.
    recorded = func.tstzrange(first, case((last < first, first), else_=last), type_=TSTZRANGE).label("recorded")
    rows = select(*(recorded if name == "recorded" else table.c[name] for name in SYSTEM_COLUMNS))
    joined = table.outerjoin(begun, begun.c.id == table.c.recorded_tx).outerjoin(
        ended, ended.c.id == table.c.superseded_tx
    )
    return rows.select_from(joined).where(was_seen(table.c))


def _overlaps(rows: FromClause, when: When) -> ColumnElement[bool]:
    span = func.tstzrange(_instant("at_first", when), _instant("at_last", when), "[]")
    return rows.c.valid.op("&&", is_comparison=True)(span)


def _instant(name: str, when: When) -> BindParameter[Any]:
    return bindparam(name, when.parameters()[name], type_=DateTime(timezone=True))
