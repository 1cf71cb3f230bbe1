"""Which elements of a model are meant: by class, place in the building, properties, size and neighbourhood."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, true

from bim.property_test import PropertyTest
from bim.store import record, shape
from bim.tileset.statement import View
from layers.errors import InputError, NotFound

Json = dict[str, Any]
Box = tuple[float, ...]
_TOLD = (
    "fid", "source_key", "kind", "class", "name", "long_name", "type_name", "discipline", "storey", "storey_name",
    "parent", "min_height_m", "height_m", "volume_m3", "area_m2",
)  # fmt: skip


@dataclass(frozen=True)
class ElementQuery:
    """What is asked of elements; all of it together.

    ``storey`` is an id or a name, ``name`` a part of it in any case. Volumes are in cubic metres; ``above`` and
    ``below`` in metres over the model's zero: wholly so. ``inside`` is an element whose parts, and theirs, are meant;
    ``near`` one whose box the box of the shape is at most ``within`` metres from, in the frame of the model.
    ``material`` and ``system`` are names, one of those that an element has.
    """

    ifc_class: str | None = None
    kind: str | None = None
    storey: str | None = None
    discipline: str | None = None
    name: str | None = None
    properties: tuple[PropertyTest, ...] = ()
    quantities: tuple[PropertyTest, ...] = ()
    min_volume: float | None = None
    max_volume: float | None = None
    above: float | None = None
    below: float | None = None
    inside: str | None = None
    near: str | None = None
    within: float = 0.0
    material: str | None = None
    system: str | None = None


@dataclass(frozen=True)
class Page:
    """Elements in order of their numbers: how many, with what volume in all (m³), and those of one page."""

    count: int
    volume_m3: float | None
    elements: list[Json]
    more: bool


def matching(connection: Connection, view: View, model: str, query: ElementQuery) -> Any:
    """Return the visible rows of a model that are meant, as a subquery with the columns of ``View.rows``.

    Raises NotFound for an element to be inside of or near to that the reader may not see, as for one that is not there.
    """
    around = None if query.near is None else _box(connection, view, model, query.near)
    if query.inside is not None:
        _require(connection, view, model, query.inside)
    return matching_statement(view, model, query, around).subquery("element")


def matching_statement(view: View, model: str, query: ElementQuery, around: Box | None = None) -> Select[Any]:
    """Return the statement of the rows that are meant; ``around`` is the box of the element to be near to."""
    rows = view.rows(model)
    joined = rows
    conditions = list(_plain(rows, query))
    facts = list(_facts(query))
    if query.properties or query.quantities or facts:
        joined = joined.join(record, record.c.id == rows.c.record)
        conditions += [test.condition(record.c.properties) for test in query.properties]
        conditions += [test.condition(record.c.quantities) for test in query.quantities]
        conditions += facts
    if query.inside is not None:
        conditions.append(rows.c.source_key.in_(_parts(view, model, query.inside)))
    if around is not None:
        joined = joined.join(shape, shape.c.id == rows.c.shape)
        conditions += [rows.c.source_key != query.near, _gap(around) <= query.within**2]
    return select(rows).select_from(joined).where(*conditions)


def page_of(connection: Connection, rows: Any, limit: int, after: int | None) -> Page:
    """Return a page of rows that ``matching`` gave, from the one after a number."""
    chosen = select(*(rows.c[name] for name in _TOLD)).cte("chosen").prefix_with("MATERIALIZED", dialect="postgresql")
    total = select(func.count().label("count"), func.sum(chosen.c.volume_m3).label("volume")).subquery("total")
    listed = select(chosen).order_by(chosen.c.fid).limit(limit + 1)
    if after is not None:
        listed = listed.where(chosen.c.fid > after)
    # Both of one pass over the rows; the total is there where the page is empty.
    page = listed.subquery("page")
    statement = select(total, page).select_from(total.outerjoin(page, true())).order_by(page.c.fid)
    found = connection.execute(statement).mappings().all()
    elements = [_told(row) for row in found if row["fid"] is not None]
    return Page(found[0]["count"], found[0]["volume"], elements[:limit], len(elements) > limit)


def _told(row: Any) -> Json:
    return {"id": row["source_key"], **{name: row[name] for name in _TOLD if name != "source_key"}}


def _plain(rows: Any, query: ElementQuery) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions on the columns of the rows alone."""
    equal = {"class": query.ifc_class, "kind": query.kind, "discipline": query.discipline}
    yield from (rows.c[name] == value for name, value in equal.items() if value is not None)
    least = {"volume_m3": query.min_volume, "min_height_m": query.above}
    yield from (rows.c[name] >= value for name, value in least.items() if value is not None)
    most = {"volume_m3": query.max_volume, "height_m": query.below}
    yield from (rows.c[name] <= value for name, value in most.items() if value is not None)
    if query.storey is not None:
        yield or_(rows.c.storey == query.storey, rows.c.storey_name == query.storey)
    if query.name is not None:
        names = (rows.c.name, rows.c.long_name)
        yield or_(*(column.icontains(query.name, autoescape=True) for column in names))


def _facts(query: ElementQuery) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions on materials and systems, of which an element may have several."""
    for name, value in (("materials", query.material), ("systems", query.system)):
        if value is not None:
            yield record.c.facts.contains({name: [value]})


def _parts(view: View, model: str, element: str) -> Select[Any]:
    """Return the keys of all parts of an element and of their parts; a circle of parents ends where it began."""
    rows = view.rows(model)
    hung = select(rows.c.source_key, rows.c.parent).cte("hung")
    parts = select(hung.c.source_key).where(hung.c.parent == element).cte("parts", recursive=True)
    parts = parts.union(select(hung.c.source_key).where(hung.c.parent == parts.c.source_key))
    return select(parts.c.source_key)


def _gap(around: Box) -> ColumnElement[float]:
    """Return the square of the distance of the boxes of shapes from a box."""
    gap: Any = 0.0
    for axis in range(3):
        low, high = shape.c.box[axis + 1], shape.c.box[axis + 4]
        gap = gap + func.power(func.greatest(0.0, low - around[axis + 3], around[axis] - high), 2)
    return gap  # type: ignore[no-any-return]


def _require(connection: Connection, view: View, model: str, element: str) -> Any:
    """Return the row of an element."""
    rows = view.rows(model)
    row = connection.execute(select(rows).where(rows.c.source_key == element)).mappings().first()
    if row is None:
        raise NotFound(f"the model {model!r} has no element {element!r}")
    return row


def _box(connection: Connection, view: View, model: str, element: str) -> Box:
    key = _require(connection, view, model, element)["shape"]
    box = None if key is None else connection.execute(select(shape.c.box).where(shape.c.id == key)).scalar()
    if box is None:
        raise InputError(f"the element {element!r} has no shape to be near to; ask for near= one of its parts")
    return tuple(box)
