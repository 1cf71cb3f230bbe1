"""Layers whose rows are kept in their own typed tables."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    DateTime,
    FromClause,
    Select,
    and_,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.sql.elements import ColumnElement

from layers.base import SYSTEM_COLUMNS, Layer
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
        """Return all rows, present and superseded, less those that are hidden for as long as they are valid."""
        tables = (feature_table(self), history_table(self))
        rows = union_all(*(select(*(table.c[name] for name in SYSTEM_COLUMNS)) for table in tables)).subquery(self.id)
        return select(*rows.c).where(shown_from(rows))


def shown_from(rows: FromClause, first: ColumnElement[Any] | None = None) -> ColumnElement[bool]:
    """Tell whether rows are not hidden yet where they begin, or at ``first`` where that is later.

    A NULL for ``first`` is an open beginning.
    """
    later = [rows.c.hidden_from > func.lower(rows.c.valid)]
    if first is not None:
        # The one that costs less is looked at first, and most often decides.
        later.insert(0, rows.c.hidden_from > func.coalesce(first, _EVER))
    return or_(rows.c.hidden_by.is_(None), and_(*later))


def _beliefs(layer: Layer, when: When) -> FromClause:
    """Return all rows, present and superseded, that were believed at ``as_of``: what had been committed by then."""
    present, past = feature_table(layer), history_table(layer)
    known = _instant("as_of", when)
    begun = [
        select(*(table.c[column.name] for column in present.c)).where(
            happened(func.lower(table.c.recorded), table.c.recorded_tx, known)
        )
        for table in (present, past)
    ]
    ended = happened(func.upper(past.c.recorded), past.c.superseded_tx, known)
    return union_all(begun[0], begun[1].where(not_(ended))).subquery(layer.id)


def happened(
    stamp: ColumnElement[Any], transaction: ColumnElement[Any], known: ColumnElement[Any]
) -> ColumnElement[bool]:
    """Tell whether what a transaction did at ``stamp`` by the clock was there for all to see at the instant ``known``.

    The transactions that were pending then are asked for once in a statement. Those without a number are from before
    there were any.
    """
    pending = cast(select(func.onemap.pending_at(known)).scalar_subquery(), ARRAY(BigInteger))
    return and_(stamp <= known, (transaction == any_(pending)).is_not(true()))


def _overlaps(rows: FromClause, when: When) -> ColumnElement[bool]:
    span = func.tstzrange(_instant("at_first", when), _instant("at_last", when), "[]")
    return rows.c.valid.op("&&", is_comparison=True)(span)


def _instant(name: str, when: When) -> BindParameter[Any]:
    return bindparam(name, when.parameters()[name], type_=DateTime(timezone=True))
