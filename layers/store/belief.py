"""When rows were known: SQL on their two stamps and the log of transactions (decision 0024)."""

from typing import Any

from sqlalchemy import ARRAY, BigInteger, and_, any_, cast, func, select, true
from sqlalchemy.sql.elements import ColumnElement

from layers.store.models import transaction_log


def happened(
    stamp: ColumnElement[Any], transaction: ColumnElement[Any], known: ColumnElement[Any]
) -> ColumnElement[bool]:
    """Tell whether what a transaction did at ``stamp`` by the clock was there for all to see at the instant ``known``.

    The transactions that were pending then are asked for once in a statement. Those without a number are from before
    there were any.
    """
    pending = cast(select(func.onemap.pending_at(known)).scalar_subquery(), ARRAY(BigInteger))
    return and_(stamp <= known, (transaction == any_(pending)).is_not(true()))


def committed_at(transaction: ColumnElement[Any], stamp: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return from when on all could see what a transaction did at ``stamp`` by the clock, for some rows of a page."""
    committed = select(transaction_log.c.committed).where(transaction_log.c.id == transaction)
    return func.coalesce(committed.correlate_except(transaction_log).scalar_subquery(), stamp)


def known_from(columns: Any) -> ColumnElement[Any]:
    """Return the instant from which rows of a layer were believed; of layers without transactions, as they state it."""
    stated = func.lower(columns.recorded)
    return committed_at(columns.recorded_tx, stated) if "recorded_tx" in columns else stated


def known_to(columns: Any) -> ColumnElement[Any]:
    """Return the instant from which rows were believed no more; NULL for those that still are."""
    return committed_at(columns.superseded_tx, func.upper(columns.recorded))


def was_seen(columns: Any) -> ColumnElement[bool]:
    """Tell whether rows were ever believed: what one transaction both made and superseded, nobody saw."""
    differ: ColumnElement[bool] = (columns.recorded_tx == columns.superseded_tx).is_not(true())
    return differ
