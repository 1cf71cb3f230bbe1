"""Rasters of the catalogue: which states there are, and which of them holds at a time."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, DateTime, Select, Text, bindparam, func, select, text

from layers.grades import Grade
from layers.raster.raster import Band, Raster, RasterClass, RasterStyle
from layers.store.belief import believed
from layers.store.compiled import driver_sql
from layers.store.models import dataset as dataset_table
from layers.store.models import raster as table
from layers.temporal import When
from layers.title import Title

_PLACEHOLDER = datetime(2000, 1, 1, tzinfo=UTC)
_UNTOLD = ("extent", "recorded", "recorded_tx", "superseded_tx", "source_sha256")
_NAMES = [column.name for column in table.c if column.name not in _UNTOLD]


def rasters_statement(when: When, raster_id: str | None = None) -> Select[Any]:
    """Return all rasters (or one) in the state of ``when``: the latest one not after ``when``, as believed then.

    The end of an interval counts; without one, the latest of all.
    """
    now = table.alias("now")
    graded = select(func.max(now.c.grade)).where(now.c.id == table.c.id, func.upper_inf(now.c.recorded))
    # A raster that is hidden now is hidden in the past as well.
    grade = func.greatest(table.c.grade, graded.scalar_subquery()).label("grade")
    rows = select(
        *(grade if name == "grade" else table.c[name] for name in _NAMES),
        func.ST_XMin(table.c.extent).label("west"),
        func.ST_YMin(table.c.extent).label("south"),
        func.ST_XMax(table.c.extent).label("east"),
        func.ST_YMax(table.c.extent).label("north"),
        dataset_table.c.source.label("source"),
    )
    rows = rows.outerjoin_from(table, dataset_table, dataset_table.c.id == table.c.dataset)
    as_of = None if when.as_of is None else _instant("as_of", when.as_of)
    rows = rows.where(func.upper_inf(table.c.recorded) if as_of is None else believed(table.c, as_of))
    if when.last is not None:
        rows = rows.where(table.c.date <= _instant("at_last", when.last))
    if raster_id is not None:
        rows = rows.where(table.c.id == bindparam("raster_id", raster_id, type_=Text))
    youth = func.row_number().over(partition_by=table.c.id, order_by=table.c.date.desc())
    states = rows.add_columns(youth.label("youth")).subquery("states")
    return select(states).where(states.c.youth == text("1")).order_by(states.c.id)


def rasters_sql(when: When, by_id: bool) -> str:
    """Return the same statement as SQL for psycopg, which binds the parameters of ``when``, and ``raster_id``."""
    return _compiled(when.last is not None, when.as_of is not None, by_id)


@lru_cache(maxsize=8)
def _compiled(timed: bool, past: bool, by_id: bool) -> str:
    # The instants of this When are placeholders: each request binds its own.
    when = When(None, _PLACEHOLDER if timed else None, _PLACEHOLDER if past else None)
    statement = rasters_statement(when, "" if by_id else None)
    return driver_sql(statement)[0]


def raster_of(row: Any) -> Raster:
    """Return a row of :func:`rasters_statement` as a raster."""
    style = dict(row.style)
    described = style.pop("description", {"zh": "", "en": ""})
    classes = tuple(RasterClass(one["value"], one["color"], Title(**one["title"])) for one in style.pop("classes", ()))
    return Raster(
        id=row.id,
        title=Title(row.title_zh, row.title_en),
        kind=row.kind,
        grade=Grade(row.grade),
        bands=tuple(Band(**(band | {"title": Title(**band["title"])})) for band in row.bands),
        style=RasterStyle(**style, classes=classes),
        file=row.file,
        sha256=row.file_sha256,
        bytes=row.file_bytes,
        width=row.width,
        height=row.height,
        crs=row.crs,
        source_crs=row.source_crs,
        bounds=(row.west, row.south, row.east, row.north),
        pixel_m=(row.pixel_x_m, row.pixel_y_m),
        overviews=row.overviews,
        date=row.date,
        dataset=row.dataset,
        load_id=row.load_id,
        accuracy_m=row.accuracy_m,
        source=row.source or "",
        description=Title(**described),
    )


def _instant(name: str, value: Any) -> BindParameter[Any]:
    return bindparam(name, value, type_=DateTime(timezone=True))
