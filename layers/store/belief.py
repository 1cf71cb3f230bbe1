"""When rows were known: SQL on their two stamps and the log of transactions (decision 0024)."""

from typing import Any

from sqlalchemy import ARRAY, BigInteger, and_, any_, cast, func, or_, select, true
from sqlalchemy.sql.elements import ColumnElement

from layers.store.models import transaction_log


def believed(columns: Any, known: ColumnElement[Any]) -> ColumnElement[bool]:
    """Tell whether rows were believed at the instant ``known``: what transactions pending then did is left out.

    These are asked for once in a statement, and most often there are none. What has no number is from before there
    were any.
    """
    pending = cast(select(func.onemap.pending_at(known)).scalar_subquery(), ARRAY(BigInteger))
    held = columns.recorded.op("@>", is_comparison=True)(known)
    ending = and_(columns.superseded_tx == any_(pending), func.lower(columns.recorded) <= known)
    return and_(or_(held, ending), (columns.recorded_tx == any_(pending)).is_not(true()))


def committed_at(transaction: ColumnElement[Any], stamp: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return from when on all could see what a transaction did at ``stamp`` by the clock, for a handful of rows."""
    committed = select(transaction_log.c.committed).where(transaction_log.c.id == transaction)
    return func.coalesce(committed.correlate_except(transaction_log).scalar_subquery(), stamp)


def known_from(columns: Any) -> ColumnElement[Any]:
    """Return the instant from which rows were believed."""
    return committed_at(columns.recorded_tx, func.lower(columns.recorded))


def known_to(columns: Any) -> ColumnElement[Any]:
    """Return the instant from which rows were believed no more; NULL for those that still are."""
    return committed_at(columns.superseded_tx, func.upper(columns.recorded))


def was_seen(columns: Any) -> ColumnElement[bool]:
    """Tell whether rows were ever believed: what one transaction both made and superseded, nobody saw."""
    both: ColumnElement[bool] = columns.recorded_tx == columns.superseded_tx
    return both.is_not(true())
