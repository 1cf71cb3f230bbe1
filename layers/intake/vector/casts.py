"""Casts of whole columns, for the usual case in which every value fits its type.

The result is that of ``layers.intake.vector.columns.bring_to`` for each value; where a single value might be refused or
adjusted it is None, and the rows are converted one by one.
"""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from layers.base import ColumnType
from layers.grades import Grade
from layers.intake.row_batch import ARROW_TYPES
from layers.intake.vector.columns import LARGEST_REAL

# Years of four digits, which Python can represent: from 0001-01-01 to the last microsecond of 9999.
_STAMPS = (-62_135_596_800_000_000, 253_402_300_799_999_999)
_ZERO = "\0"


def cast_column(column: Any, kind: ColumnType) -> Any | None:
    """Return a column (an Arrow array) as that type, or None where its values have to be converted one by one."""
    if pa.types.is_null(column.type):
        return pa.nulls(len(column), ARROW_TYPES[kind])
    try:
        return _CASTS[kind](column)
    except pa.ArrowInvalid:
        return None


def cast_grades(column: Any) -> Any | None:
    """Return a column of grades, or None where a value is not a grade."""
    grades = cast_column(column, "integer")
    valid = grades is not None and pc.all(pc.is_in(grades.drop_null(), pa.array(list(Grade), pa.int32()))).as_py()
    return grades.cast(pa.int16()) if grades is not None and valid in (True, None) else None


def _text(column: Any) -> Any | None:
    if pa.types.is_dictionary(column.type) and _is_string(column.type.value_type):
        column = column.dictionary_decode()
    if not (_is_string(column.type) or pa.types.is_integer(column.type)):
        return None
    text = column.cast(pa.string())
    return None if pc.any(pc.match_substring(text, _ZERO)).as_py() else text


def _is_string(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _integer(column: Any) -> Any | None:
    return column.cast(pa.int32()) if pa.types.is_integer(column.type) else None


def _real(column: Any) -> Any | None:
    if pa.types.is_integer(column.type):
        return column.cast(pa.float64(), safe=False).cast(pa.float32(), safe=False)
    if not pa.types.is_floating(column.type):
        return None
    numbers = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    too_large = pc.and_(pc.is_finite(numbers), pc.greater(pc.abs(numbers), LARGEST_REAL))
    return None if pc.any(too_large).as_py() else numbers.cast(pa.float32(), safe=False)


def _boolean(column: Any) -> Any | None:
    return column if pa.types.is_boolean(column.type) else None


def _timestamp(column: Any) -> Any | None:
    if not pa.types.is_timestamp(column.type):
        return None
    instants = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False).cast(pa.int64())
    ends = pc.min_max(instants)
    if ends["min"].as_py() is not None and not _STAMPS[0] <= ends["min"].as_py() <= ends["max"].as_py() <= _STAMPS[1]:
        return None
    # Those without a zone are taken as UTC.
    return instants.cast(pa.timestamp("us", tz="UTC"))


_CASTS: dict[ColumnType, Callable[[Any], Any | None]] = {
    "text": _text,
    "integer": _integer,
    "real": _real,
    "boolean": _boolean,
    "timestamp": _timestamp,
}
