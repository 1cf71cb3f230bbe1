"""Statements in the driver's own form, for those that are put together once and executed often."""

from typing import Any

from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql import psycopg


def driver_sql(statement: ClauseElement) -> tuple[str, dict[str, Any]]:
    """Return a statement with placeholders as psycopg takes them, and the values of its parameters by name."""
    compiled = statement.compile(dialect=psycopg.dialect())  # type: ignore[no-untyped-call]
    return str(compiled), dict(compiled.params)
