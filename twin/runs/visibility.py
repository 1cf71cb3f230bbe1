"""Which results of runs a reader may see; every read of features and tasks starts from here."""

from sqlalchemy import Table, and_, or_
from sqlalchemy.sql.elements import ColumnElement

from layers.access import Decision, touches
from layers.grades import Grade


def is_visible(table: Table, decision: Decision) -> ColumnElement[bool]:
    """Return the condition that a reader is cleared for a feature or task, by the highest grade that its things had."""
    cleared: ColumnElement[bool] = table.c.grade <= int(decision.clearance)
    if decision.area is None or "geom" not in table.c:
        return cleared
    # A reader who is bound to an area sees what is graded above open only inside it.
    return and_(cleared, or_(table.c.grade <= int(Grade.OPEN), touches(decision.area, table.c.geom)))
