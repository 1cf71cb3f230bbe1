"""Which bindings a reader may see at a time; every read of bindings starts from here.

A binding is derived of its element: whoever sees it sees every state of the element that it overlaps, by the one row
filter, and is cleared for its own grade, then and now. Of an element that is nowhere any more no grade is known: its
bindings show to those alone who may see everything.
"""

from typing import Any

from sqlalchemy import BindParameter, DateTime, Select, and_, bindparam, func, literal, not_, or_, select, true
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.visitors import replacement_traverse

from bim.store import binding
from bim.tileset.statement import View
from layers.access import LOCAL_OPERATOR, Decision, decide, touches, visible
from layers.grades import Grade
from layers.store import believed
from layers.temporal import OpenTime, When


def visible_bindings(view: View) -> Select[Any]:
    """Return the bindings that a reader may see, of those that hold at the time of the view."""
    return select(binding).where(is_believed(view.when), _holds(view.when), is_visible(view))


def is_believed(when: When) -> ColumnElement[bool]:
    """Return the condition that bindings are believed: now, or at an instant."""
    if when.as_of is None:
        return func.upper_inf(binding.c.recorded)
    return believed(binding.c, _instant(when.as_of))


def is_visible(view: View) -> ColumnElement[bool]:
    """Return the condition that a reader may see bindings."""
    if view.decision.clearance == max(Grade) and view.decision.area is None:
        return true()
    return and_(_is_cleared(view), _element_is_visible(view))


def slices(view: View, decision: Decision, when: When) -> Any:
    """Return the rows of elements that a decision shows at a time, as a subquery beside others of the same layer."""
    # Parameters of the same names would have one value in the whole statement, which has several of these.
    traverse: Any = replacement_traverse
    return traverse(visible(view.layer, decision, when), {}, _own_parameter).subquery()


def everything(view: View, when: When) -> Any:
    """Return all rows of elements at a time, whoever may see them."""
    return slices(view, decide(LOCAL_OPERATOR, "read", view.layer), when)


def is_of(rows: Any) -> ColumnElement[bool]:
    """Return the condition that rows are of the element of a binding."""
    return and_(rows.c.dataset == binding.c.model, rows.c.source_key == binding.c.element)


def _own_parameter(part: Any, **_: Any) -> Any:
    """Return a parameter of the same value and a name of its own, in the place of one; None for all else."""
    if not isinstance(part, BindParameter) or part.unique:
        return None
    return bindparam(part.key, part.value, type_=part.type, unique=True)


def _holds(when: When) -> ColumnElement[bool]:
    span = func.tstzrange(_instant(when.first), _instant(when.last), "[]")
    return binding.c.valid.op("&&", is_comparison=True)(span)


def _is_cleared(view: View) -> ColumnElement[bool]:
    """Return the condition on the grade of bindings themselves: what is believed at the time, and what is now."""
    clearance = int(view.decision.clearance)
    if view.when.as_of is None:
        return binding.c.grade <= clearance
    newer = binding.alias()
    raised = select(newer.c.id).where(
        newer.c.thing == binding.c.thing,
        newer.c.valid.op("&&")(binding.c.valid),
        func.upper_inf(newer.c.recorded),
        newer.c.grade > clearance,
    )
    return and_(binding.c.grade <= clearance, not_(raised.exists()))


def _element_is_visible(view: View) -> ColumnElement[bool]:
    """Return the condition to see all states of an element that a binding overlaps, and that there are some."""
    always = When(None, None, view.when.as_of)
    shown, known = slices(view, view.decision, always), everything(view, always)
    seen, all_of_them = _overlapping(shown), _overlapping(known)
    condition = and_(seen > 0, seen == all_of_them)
    area = view.decision.area
    if area is None:
        return condition
    # Whoever is bound to an area sees what is graded above open inside it alone.
    inside = select(shown.c.fid).where(is_of(shown), touches(area, shown.c.geom))
    return and_(condition, or_(binding.c.grade <= int(Grade.OPEN), inside.exists()))


def _overlapping(rows: Any) -> Any:
    counted = select(func.count()).select_from(rows)
    return counted.where(is_of(rows), rows.c.valid.op("&&")(binding.c.valid)).correlate(binding).scalar_subquery()


def _instant(instant: OpenTime) -> ColumnElement[Any]:
    return literal(instant, DateTime(timezone=True))
