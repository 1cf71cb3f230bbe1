"""An entry of a transaction in the log of transactions (``layers/store/sql/015_transactions.sql``)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

_BEGIN = text("SELECT onemap.begin_edit()")
_BEGAN = text("SELECT began FROM onemap.transaction_log WHERE id = :number")


@dataclass(frozen=True)
class Edit:
    """The number of a transaction, and the instant by the database's clock from which it edits."""

    number: int
    at: datetime


def begin_edit(connection: Connection) -> Edit:
    """Enter the present transaction into the log, if not yet done, for rows that no trigger stamps."""
    number = connection.execute(_BEGIN).scalar_one()
    return Edit(number, connection.execute(_BEGAN, {"number": number}).scalar_one())
