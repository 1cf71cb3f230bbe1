"""What of the results of runs somebody may see; every read of features and tasks starts from here."""

from sqlalchemy import Table, and_, or_
from sqlalchemy.sql.elements import ColumnElement

from layers.access.areas import touches
from layers.access.decide import Decision
from layers.grades import Grade


def seen(table: Table, decision: Decision) -> ColumnElement[bool]:
    """Return what is true of features or tasks whose grade, the highest of their things then and now, is reached."""
    cleared: ColumnElement[bool] = table.c.grade <= int(decision.clearance)
    if decision.area is None or "geom" not in table.c:
        return cleared
    # Whoever is bound to an area sees what is graded above open inside it alone.
    return and_(cleared, or_(table.c.grade <= int(Grade.OPEN), touches(decision.area, table.c.geom)))
