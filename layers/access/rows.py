"""The row filter: which rows of a layer a principal may see at a time. Every read of rows of a layer starts from it.

A row is shown by its own grade and, where a time is stated, by the grade that its thing has now as well: who may not
see a thing now may not see its past. Whoever is bound to an area sees what is graded above open inside it alone.
Masked columns are present, and empty.
"""

from typing import Any

from sqlalchemy import BindParameter, Integer, LargeBinary, Select, and_, bindparam, case, cast, not_, null, or_
from sqlalchemy.sql.elements import ColumnElement

from layers.access.areas import meets
from layers.access.decision import Decision
from layers.access.newest_grades import newest_graded
from layers.access.principals import Area
from layers.base import Layer
from layers.grades import Grade
from layers.store.dataset_layer import DatasetLayer
from layers.temporal import When

# Bind parameters of statements that are compiled once and executed often, see ``parameters``.
CLEARANCE, AREA = "clearance", "area"


def visible(layer: Layer, decision: Decision, when: When) -> Select[Any]:
    """Return the rows of a layer at a time that a decision shows, without what it masks."""
    return _filtered(layer, layer.select(when), decision, explicit=when.explicit)


def visible_beliefs(layer: Layer, decision: Decision) -> Select[Any] | None:
    """Return every belief of a layer that a decision shows, with ``recorded``, or None when it keeps none."""
    beliefs = layer.beliefs()
    return None if beliefs is None else _filtered(layer, beliefs, decision, explicit=True)


def in_sight(layer: Layer, rows: Any, decision: Decision, *, explicit: bool = True) -> ColumnElement[bool]:
    """Return the condition that rows (columns of a table of the layer, or of an alias) are shown.

    ``explicit`` tells that they are not those of this instant, so that the grade of their things now counts too.
    """
    in_grade = _graded(layer, rows, decision)
    withheld = _withheld(layer, decision) if explicit else None
    return in_grade if withheld is None else and_(in_grade, rows.fid.not_in(withheld))


def parameters(decision: Decision) -> dict[str, Any]:
    """Return the values of the parameters that a statement of this module leaves open."""
    area = decision.area
    return {CLEARANCE: int(decision.clearance)} | ({} if area is None else {AREA: area.wkb})


def outline(decision: Decision) -> Decision:
    """Return a decision without its values: what a statement that is compiled once for many decisions depends on."""
    area = None if decision.area is None else Area("", b"")
    return Decision(True, Grade.OPEN, decision.masked, "", area)


def _filtered(layer: Layer, rows: Select[Any], decision: Decision, *, explicit: bool) -> Select[Any]:
    columns = rows.selected_columns
    graded = {column.name for column in layer.columns if column.grade > Grade.OPEN}
    shown = [
        _shown(columns, column, decision) if column.name in graded | decision.masked else column for column in columns
    ]
    visible_rows = rows.where(in_sight(layer, columns, decision, explicit=explicit))
    return visible_rows.with_only_columns(*shown, maintain_column_froms=True)


def _shown(columns: Any, column: Any, decision: Decision) -> Any:
    """Return a column as the decision shows it: empty where it is masked, or outside an area."""
    nothing = cast(null(), column.type)
    if column.name in decision.masked:
        return nothing.label(column.name)
    if decision.area is None:
        return column
    return case((_inside(columns.geom, decision), column), else_=nothing).label(column.name)


def _graded(layer: Layer, rows: Any, decision: Decision) -> ColumnElement[bool]:
    """Return the condition on the grade of rows themselves."""
    cleared: ColumnElement[bool] = rows.grade <= _clearance(decision)
    if decision.area is None:
        return cleared
    inside = _inside(rows.geom, decision)
    return and_(cleared, inside if layer.grade > Grade.OPEN else or_(rows.grade <= int(Grade.OPEN), inside))


def _withheld(layer: Layer, decision: Decision) -> Select[Any] | None:
    """Return the numbers of things whose present grade hides them, or None where a layer keeps no past."""
    things = layer.follows
    if not isinstance(things, DatasetLayer):
        return None
    newest = newest_graded(things)
    columns = newest.selected_columns
    return newest.with_only_columns(columns.fid).where(not_(_graded(things, columns, decision)))


def _inside(geometry: ColumnElement[Any], decision: Decision) -> ColumnElement[bool]:
    wkb = None if decision.area is None else decision.area.wkb
    return meets(geometry, bindparam(AREA, wkb, type_=LargeBinary()))


def _clearance(decision: Decision) -> BindParameter[int]:
    return bindparam(CLEARANCE, int(decision.clearance), type_=Integer())
