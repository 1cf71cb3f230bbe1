"""Objects of a dataset layer as matching reads them, and which of them are neighbours."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, Float, FromClause, Select, Text, case, cast, func, literal, null, or_, select, true
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.sql.elements import ColumnElement

from layers.entities.matching.likeness.names import Named, named
from layers.space.addresses import Address, parse
from layers.store.dataset_layer import DatasetLayer
from layers.store.tables import feature_table

# Objects per query.
CHUNK = 4000
# Neighbours that one object is compared with, the nearest ones.
MOST_NEIGHBOURS = 20
# Columns with identifiers that sources share.
IDENTIFIERS = ("part_code", "division_code")
_ATTRIBUTES = ("name", "name_en", "address", "class")
_FINGERPRINTED = (*_ATTRIBUTES, "height_m", "floors", *IDENTIFIERS)
# Of latitude, and of longitude at the equator.
_METRES_PER_DEGREE = 111_000.0
ESTIMATED = "estimated"


@dataclass(frozen=True)
class Object:
    """The compared attributes of one object; ``mark`` is their fingerprint."""

    shape: Any
    named: Named
    address: Address | None
    height_m: float
    floors: float
    kind: str | None
    identifier: str | None
    mark: str


def dataset_names(connection: Connection, layer: DatasetLayer) -> list[str]:
    """Return the datasets that have objects in a layer now."""
    table = feature_table(layer)
    statement = select(table.c.dataset).where(func.upper_inf(table.c.valid)).distinct().order_by(table.c.dataset)
    return list(connection.execute(statement).scalars())


def count_of(connection: Connection, layer: DatasetLayer, dataset: str) -> int:
    """Return how many objects a dataset has in a layer now."""
    table = feature_table(layer)
    return int(connection.execute(select(func.count()).where(*_present(table, layer, dataset))).scalar_one())


def neighbours(
    connection: Connection, layer: DatasetLayer, datasets: tuple[str, str], distance_m: float
) -> Iterator[tuple[int, NDArray[np.int64], int]]:
    """Stream chunks of (objects of the first dataset, pairs (n, 2) of fids, objects that have more neighbours)."""
    table = feature_table(layer)
    starts = list(connection.execute(_starts(table, layer, datasets[0])).scalars())
    for first, last in pairwise([*starts, None]):
        rows = connection.execute(_near(table, layer, datasets, distance_m, (first, last))).all()
        pairs = np.array([(row.a, row.b) for row in rows if row.b is not None], np.int64).reshape(-1, 2)
        counts = np.unique(pairs[:, 0], return_counts=True)[1]
        yield len({row.a for row in rows}), pairs, int((counts >= MOST_NEIGHBOURS).sum())


def objects(connection: Connection, layer: DatasetLayer, fids: Sequence[int]) -> dict[int, Object]:
    """Return objects by their numbers."""
    table = feature_table(layer)
    column_names = {column.name for column in layer.columns}

    def column_of(name: str, kind: type[Any] = Text) -> ColumnElement[Any]:
        return (table.c[name] if name in column_names else cast(null(), kind)).label(name)

    height: ColumnElement[Any] = column_of("height_m", Float)
    if "height_source" in column_names:
        height = case((table.c.height_source == ESTIMATED, None), else_=height).label("height_m")
    codes = [table.c[name] for name in IDENTIFIERS if name in column_names]
    rows = select(
        table.c.fid,
        func.ST_AsBinary(table.c.geom).label("shape"),
        *(column_of(name) for name in _ATTRIBUTES),
        height,
        column_of("floors", Float),
        (func.coalesce(*codes) if codes else cast(null(), Text)).label("identifier"),
        _fingerprint(table, column_names).label("mark"),
    ).where(table.c.fid == func.any(literal(list(fids))), func.upper_inf(table.c.valid))
    return {row.fid: _object(row) for row in connection.execute(rows)}


def _object(row: Any) -> Object:
    return Object(
        shapely.from_wkb(row.shape),
        named((row.name, row.name_en)),
        parse(row.address) if row.address else None,
        _number(row.height_m),
        _number(row.floors),
        getattr(row, "class"),
        row.identifier,
        row.mark,
    )


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _fingerprint(table: FromClause, column_names: set[str]) -> ColumnElement[str]:
    texts = [func.coalesce(cast(table.c[name], Text), "") for name in _FINGERPRINTED if name in column_names]
    return func.md5(func.array_to_string(array([func.md5(func.ST_AsBinary(table.c.geom)), *texts]), "|"))


def _present(table: FromClause, layer: DatasetLayer, dataset: str) -> list[ColumnElement[bool]]:
    """Return the conditions of a present row that is not merged into another one."""
    unmerged = or_(table.c.hidden_by.is_(None), table.c.hidden_by.not_like("match/%"))
    return [table.c.dataset == dataset, func.upper_inf(table.c.valid), unmerged]


def _starts(table: FromClause, layer: DatasetLayer, dataset: str) -> Select[Any]:
    """Return the number of every CHUNKth object of a dataset."""
    place = func.row_number().over(order_by=table.c.fid)
    numbered = select(table.c.fid, place.label("place")).where(*_present(table, layer, dataset)).subquery()
    return select(numbered.c.fid).where(numbered.c.place % CHUNK == 1).order_by(numbered.c.fid)


def _near(
    table: Any,
    layer: DatasetLayer,
    datasets: tuple[str, str],
    distance_m: float,
    span: tuple[int, int | None],
) -> Select[Any]:
    """Return the objects of a span of numbers, each beside its nearest neighbours within a distance.

    A box of degrees finds them by the index, and metres on the ellipsoid decide.
    """
    one, other = table.alias("one"), table.alias("other")
    height = distance_m / _METRES_PER_DEGREE
    width = height / func.cos(func.radians(func.ST_Y(func.ST_Centroid(one.c.geom))))
    box = func.ST_Expand(one.c.geom, width, height)
    near = [*_present(other, layer, datasets[1]), other.c.geom.op("&&", is_comparison=True)(box)]
    near.append(func.ST_DWithin(func.geography(one.c.geom), func.geography(other.c.geom), distance_m))
    if datasets[0] == datasets[1]:
        near.append(other.c.fid > one.c.fid)
    distance = func.ST_Distance(one.c.geom, other.c.geom)
    centre_distance = func.ST_Distance(func.ST_Centroid(one.c.geom), func.ST_Centroid(other.c.geom))
    nearest = (
        select(other.c.fid)
        .where(*near)
        .order_by(distance, centre_distance, other.c.fid)
        .limit(MOST_NEIGHBOURS)
        .lateral("near")
    )
    first, last = span
    within = [*_present(one, layer, datasets[0]), one.c.fid >= first, *([] if last is None else [one.c.fid < last])]
    joined = one.outerjoin(nearest, true())
    return select(one.c.fid.label("a"), nearest.c.fid.label("b")).select_from(joined).where(*within)
