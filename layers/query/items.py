"""Items of a layer: filters, and pages by key, so that the last page costs no more than the first."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, cast, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement

from layers.access.decision import Decision, shown_columns
from layers.access.rows import visible
from layers.base import Column, Layer
from layers.errors import ParameterError
from layers.query.bbox import Bbox
from layers.query.cursor import no_cursor, read_cursor, write_cursor
from layers.query.geojson import as_geojson
from layers.store.models import transaction_log
from layers.temporal import When

_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_BOOLEANS = {"true": True, "false": False}
STATED = ("code", "dataset", "source_key", "source_crs", "grade", "quality")


@dataclass(frozen=True)
class Cursor:
    """The last row of a page: its fid, and since when its slice is valid."""

    fid: int
    since: datetime

    def __str__(self) -> str:
        """Return the cursor as it stands in links."""
        return write_cursor(self.fid, (self.since - _ZERO) // _MICROSECOND)


def parse_cursor(text: str) -> Cursor:
    """Read the cursor of a ``next`` link."""
    fid, since = read_cursor(text)
    try:
        return Cursor(fid, _ZERO + since * _MICROSECOND)
    except OverflowError:
        raise no_cursor(text) from None


@dataclass(frozen=True)
class ItemsQuery:
    """A request for items; columns ``among`` whole numbers have one of these."""

    when: When
    limit: int
    bbox: Bbox | None = None
    after: Cursor | None = None
    equal: Mapping[str, Any] = field(default_factory=dict)
    among: Mapping[str, Collection[int]] = field(default_factory=dict)


def parse_limit(text: str | None, most: int, default: int = 10) -> int:
    """Read a page size; larger values are clamped to ``most``, as OGC API - Features has it."""
    if text is None:
        return min(default, most)
    if not (text.isascii() and text.isdigit()) or int(text[:19]) < 1:
        raise ParameterError(
            "limit", f"{text!r} is not a whole number of at least 1 (more than {most} is taken as {most})"
        )
    return min(int(text[:19]), most)


def parse_filters(layer: Layer, decision: Decision, texts: Mapping[str, str]) -> dict[str, Any]:
    """Read property filters ``column=value``; raises ParameterError for a name that is not a column."""
    shown = {column.name: column for column in shown_columns(layer, decision)}
    unknown = texts.keys() - shown.keys()
    if unknown:
        raise ParameterError(min(unknown), f"layer {layer.id} has no such column; it has {', '.join(shown)}")
    return {name: _parse_value(shown[name], text) for name, text in texts.items()}


def _parse_value(column: Column, text: str) -> Any:
    try:
        return _PARSERS[column.type](text)
    except (ValueError, KeyError, OverflowError):
        raise ParameterError(column.name, f"{text!r} is not a value of type {column.type}") from None


def _parse_integer(text: str) -> int:
    value = int(text)
    if not -(2**31) <= value < 2**31:
        raise OverflowError
    return value


def _parse_text(text: str) -> str:
    if "\x00" in text:
        # PostgreSQL's text has no such character.
        raise ValueError("NUL")
    return text


_PARSERS: dict[str, Any] = {
    "text": _parse_text,
    "integer": _parse_integer,
    "real": float,
    "boolean": lambda text: _BOOLEANS[text.lower()],
    "timestamp": datetime.fromisoformat,
}


def items_statement(layer: Layer, decision: Decision, query: ItemsQuery) -> Select[Any]:
    """Return one page of items and the first row of the next, which tells whether there is one."""
    rows = visible(layer, decision, query.when)
    columns = rows.selected_columns
    conditions = filters_of(columns, query.bbox, query.equal)
    conditions += [columns[name] == func.any(_numbers(numbers)) for name, numbers in query.among.items()]
    if query.after is not None:
        conditions.append(tuple_(columns.fid, func.lower(columns.valid)) > (query.after.fid, query.after.since))
    ordered = _described(layer, decision, rows).where(*conditions).order_by(columns.fid, func.lower(columns.valid))
    return _with_commits(ordered.limit(query.limit + 1))


def filters_of(columns: Any, bbox: Bbox | None, equal: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Return the conditions of a request on the rows."""
    inside = [] if bbox is None else [bbox.touches(columns.geom)]
    return inside + [_equals(columns[name], value) for name, value in equal.items()]


def item_statement(layer: Layer, decision: Decision, fid: int, when: When) -> Select[Any]:
    """Return one item, in the latest of its slices that are valid at ``when``."""
    rows = visible(layer, decision, when)
    columns = rows.selected_columns
    statement = _described(layer, decision, rows).where(columns.fid == fid)
    return _with_commits(statement.order_by(func.lower(columns.valid).desc()).limit(1))


def ends_of(columns: Any) -> ColumnElement[Any]:
    """Return when a row of a layer ends to be shown: where its slice does, or where it begins to be hidden.

    What is asked for at any instant from its beginning until then has the row in it.
    """
    ends = func.upper(columns.valid)
    # PostgreSQL's least leaves out a NULL.
    return func.least(ends, columns.hidden_from) if "hidden_from" in columns else ends


def _described(layer: Layer, decision: Decision, rows: Select[Any]) -> Select[Any]:
    columns = rows.selected_columns
    return rows.with_only_columns(
        columns.fid,
        as_geojson(columns.geom).label("geometry"),
        *(columns[column.name] for column in shown_columns(layer, decision)),
        *(columns[name] for name in STATED),
        func.lower(columns.valid).label("valid_from"),
        ends_of(columns).label("valid_to"),
        func.lower(columns.recorded).label("recorded_from"),
        *([columns.recorded_tx] if "recorded_tx" in columns else ()),
    )


def _with_commits(page: Select[Any]) -> Select[Any]:
    """Return the same rows, known from the commit on that brought them: few transactions bring a page."""
    rows = page.subquery("page")
    if "recorded_tx" not in rows.c:
        return page
    committed = func.coalesce(transaction_log.c.committed, rows.c.recorded_from).label("recorded_from")
    columns = [
        committed if column.name == "recorded_from" else column for column in rows.c if column.name != "recorded_tx"
    ]
    joined = rows.outerjoin(transaction_log, transaction_log.c.id == rows.c.recorded_tx)
    return select(*columns).select_from(joined).order_by(rows.c.fid, rows.c.valid_from)


def _numbers(numbers: Collection[int]) -> ColumnElement[Any]:
    return cast(bindparam(None, sorted(numbers), type_=ARRAY(BigInteger)), ARRAY(BigInteger))


def _equals(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    # A real column keeps 420.5 as the nearest float of 4 bytes; compare with the same rounding.
    return column == (cast(value, column.type) if isinstance(value, float) else value)
