"""When rows were known: SQL on their two stamps and the log of transactions (decision 0024)."""

from typing import Any

from sqlalchemy import ARRAY, BigInteger, and_, any_, cast, func, or_, select, true
from sqlalchemy.sql.elements import ColumnElement

from layers.store.models import transaction_log


def believed(columns: Any, instant: ColumnElement[Any]) -> ColumnElement[bool]:
    """Tell whether rows were believed at ``instant``, without changes of transactions that were pending then.

    The pending ones are queried once in a statement; mostly there are none. Rows without a transaction number are
    older than the log.
    """
    pending = cast(select(func.onemap.pending_at(instant)).scalar_subquery(), ARRAY(BigInteger))
    recorded = columns.recorded.op("@>", is_comparison=True)(instant)
    ending = and_(columns.superseded_tx == any_(pending), func.lower(columns.recorded) <= instant)
    return and_(or_(recorded, ending), (columns.recorded_tx == any_(pending)).is_not(true()))


def committed_at(transaction: ColumnElement[Any], stamp: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return when the changes made at ``stamp`` became visible: the commit of their transaction. For a few rows."""
    committed = select(transaction_log.c.committed).where(transaction_log.c.id == transaction)
    return func.coalesce(committed.correlate_except(transaction_log).scalar_subquery(), stamp)


def known_from(columns: Any) -> ColumnElement[Any]:
    """Return the instant from which rows were believed."""
    return committed_at(columns.recorded_tx, func.lower(columns.recorded))


def known_to(columns: Any) -> ColumnElement[Any]:
    """Return the instant from which rows were no longer believed; NULL for those that still are."""
    return committed_at(columns.superseded_tx, func.upper(columns.recorded))


def was_seen(columns: Any) -> ColumnElement[bool]:
    """Tell whether rows were ever believed: those that one transaction both made and superseded were not."""
    both: ColumnElement[bool] = columns.recorded_tx == columns.superseded_tx
    return both.is_not(true())
