"""What of the results of runs somebody may see; every read of features and tasks starts from here."""

from sqlalchemy import Table
from sqlalchemy.sql.elements import ColumnElement

from layers.access.decide import Decision


def seen(table: Table, decision: Decision) -> ColumnElement[bool]:
    """Return what is true of features or tasks whose grade, the highest of their things then and now, is reached."""
    return table.c.grade <= int(decision.clearance)
