"""What a tileset needs of the database: the elements that a reader may see, and their shapes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.sql.elements import ColumnElement

from bim.store import mesh, shape
from bim.tileset.division import Counted, Group, divided
from bim.tiling import Cell
from layers.access import Decision, visible
from layers.base import Layer
from layers.temporal import When

# Rooms are drawn apart: they fill the building, and hide what stands in them.
SPACES, ELEMENTS = "spaces", "elements"
PARTS = (ELEMENTS, SPACES)


@dataclass(frozen=True)
class View:
    """What is shown of the layer of elements, to whom and at which time."""

    layer: Layer
    decision: Decision
    when: When

    def rows(self, model: str) -> Any:
        """Return the visible rows of a model, the newest of each element, as a subquery."""
        rows = visible(self.layer, self.decision, self.when)
        columns = rows.selected_columns
        rows = rows.where(columns.dataset == model)
        # At an instant there is one row of each: without the search for the newest, conditions reach the indexes.
        if not self.when.is_instant:
            rows = rows.order_by(columns.fid, func.lower(columns.valid).desc()).ext(distinct_on(columns.fid))
        return rows.subquery("element")


def groups(connection: Connection, view: View, model: str) -> list[tuple[Group, tuple[float, ...]]]:
    """Return the groups of a model, each with the box of its shapes in the frame of the model."""
    rows = view.rows(model)
    storey, part = func.coalesce(rows.c.storey, ""), _part(rows)
    # Storeys are not divided: all of one is in one cell.
    x, y = (case((rows.c.storey.is_(None), place), else_=0) for place in (shape.c.cell_x, shape.c.cell_y))
    corners = [func.min(shape.c.box[i]) for i in (1, 2, 3)] + [func.max(shape.c.box[i]) for i in (4, 5, 6)]
    joined = rows.join(shape, shape.c.id == rows.c.shape).join(mesh, mesh.c.id == shape.c.mesh)
    keys = (storey.label("storey"), part.label("part"), x.label("x"), y.label("y"))
    statement = select(*keys, func.sum(mesh.c.triangles), *corners).select_from(joined)
    found = connection.execute(statement.group_by(*keys).order_by(*keys))
    return divided([Counted(row[0], row[1], int(row[2]), int(row[3]), row[4], tuple(row[5:])) for row in found])


def members_of_group(view: View, model: str, group: Group) -> Select[Any]:
    """Return the elements of a content."""
    statement = members_statement(view, model, group.storey, group.part)
    return statement if group.cell is None else statement.where(_in_cell(group.cell))


def members_statement(view: View, model: str, storey: str | None = None, part: str | None = None) -> Select[Any]:
    """Return the elements with a shape: what a content depends on, and no mesh.

    ``storey`` (empty: in none) and ``part`` limit them.
    """
    rows = view.rows(model)
    statement = members_of(rows)
    if storey is not None:
        statement = statement.where(_in_storey(rows, storey))
    return statement if part is None else statement.where(_is_part(rows, part))


def members_of(rows: Any) -> Select[Any]:
    """Return those of a subquery of rows that have a shape, with it."""
    names = ("fid", "source_key", "code", "name", "class", "kind", "storey", "storey_name", "discipline")
    columns = (shape.c.id.label("shape"), shape.c.mesh, shape.c.matrix, shape.c.box)
    joined = rows.join(shape, shape.c.id == rows.c.shape)
    return select(*(rows.c[name] for name in names), *columns).select_from(joined).order_by(rows.c.fid)


def count_triangles(connection: Connection, keys: Iterable[str]) -> int:
    """Return how many triangles there are in meshes with these keys, each as often as it is named."""
    wanted = Counter(keys)
    found = connection.execute(select(mesh.c.id, mesh.c.triangles).where(mesh.c.id == func.any(sorted(wanted))))
    return sum(triangles * wanted[key] for key, triangles in found)


def read_meshes(connection: Connection, keys: Iterable[str]) -> dict[str, bytes]:
    """Return the contents of meshes by their keys."""
    wanted = sorted(set(keys))
    found = connection.execute(select(mesh.c.id, mesh.c.content).where(mesh.c.id == func.any(wanted)))
    return {key: bytes(content) for key, content in found}


def _part(rows: Any) -> Any:
    return case((rows.c.kind == "space", SPACES), else_=ELEMENTS)


def _is_part(rows: Any, part: str) -> ColumnElement[bool]:
    """Tell of which part rows are; unlike a comparison with ``_part``, the planner knows how many there are."""
    found: ColumnElement[bool] = rows.c.kind == "space" if part == SPACES else rows.c.kind.is_distinct_from("space")
    return found


def _in_storey(rows: Any, storey: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = rows.c.storey == storey
    return found if storey else or_(rows.c.storey.is_(None), found)


def _in_cell(cell: Cell) -> ColumnElement[bool]:
    x, y = shape.c.cell_x, shape.c.cell_y
    return and_(x >= cell.west, x < cell.west + cell.side, y >= cell.south, y < cell.south + cell.side)
