"""Columns of files: safe names, inferred types, and values brought to a type."""

import json
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from layers.base import SYSTEM_COLUMNS, ColumnType
from layers.errors import ParameterError
from layers.grades import Grade
from layers.temporal import parse_instant

# Reserved names: our system columns, and those of PostgreSQL in every table.
_RESERVED = {*SYSTEM_COLUMNS, "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "lowered"}
# Usual Chinese column names, and the names that labels and search use.
_USUAL = {"名称": "name", "地址": "address", "类别": "class"}
_NAME_BYTES = 59
# IEEE 754's largest single.
LARGEST_REAL = 3.4028234663852886e38
_GRADES = set(Grade)
INTEGERS = range(-(2**31), 2**31)
_TRUE, _FALSE = {"true", "yes", "t", "y", "1", "是"}, {"false", "no", "f", "n", "0", "否"}
# In text, 0 and 1 are numbers.
_BOOLEAN_WORDS = {"true", "false", "是", "否"}
_INTEGER_TEXT = re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII)
_REAL_TEXT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?", re.ASCII)
SHORTEST_STAMP, LONGEST_STAMP = 20, 40


def usual_name(name: str) -> str:
    """Return the layer's column name for a usual name in files."""
    return _USUAL.get(name.strip(), name)


def safe_names(names: Iterable[str]) -> dict[str, str]:
    """Return, for each column name of a file, the one in the database: letters of any script, digits and ``_``."""
    safe: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", usual_name(name)).lower()).strip("_")
        plain = plain.encode()[:_NAME_BYTES].decode(errors="ignore") or "column"
        plain = f"_{plain}" if plain[0].isdigit() else plain
        plain = f"{plain}_" if plain in _RESERVED else plain
        safe[name] = _unused(plain, set(safe.values()))
    return safe


def _unused(name: str, used: set[str]) -> str:
    number, free = 2, name
    while free in used:
        free, number = f"{name}_{number}", number + 1
    return free


class Inference:
    """Infers the types of columns from their values; columns of nulls become text.

    ``kind`` returns the type of one value.
    """

    def __init__(self, kind: Callable[[Any], ColumnType] | None = None) -> None:
        """Begin without columns."""
        self._kind = kind or kind_of
        self._kinds: dict[str, set[ColumnType]] = {}

    def see(self, properties: Mapping[str, Any]) -> None:
        """Take the values of one feature into account."""
        for name, value in properties.items():
            kinds = self._kinds.setdefault(name, set())
            # Text holds any value.
            if value is not None and "text" not in kinds:
                kinds.add(self._kind(value))

    def add(self, name: str, kinds: Iterable[ColumnType]) -> None:
        """Take the types of several values of one column into account."""
        self._kinds.setdefault(name, set()).update(kinds)

    def types(self) -> dict[str, ColumnType]:
        """Return the type that holds all values of each column, in the order of first appearance."""
        return {name: _widest(kinds) for name, kinds in self._kinds.items()}


def kind_of(value: Any) -> ColumnType:
    """Return the narrowest type that holds a value; a number too long for an integer is text, so that none is lost."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer" if value in INTEGERS else "text"
    if isinstance(value, float):
        return "real"
    if isinstance(value, datetime) or (isinstance(value, str) and _is_stamp(value)):
        return "timestamp"
    return "text"


def kind_of_text(value: Any) -> ColumnType:
    """Return the narrowest type of a value in a table of text; a number that begins with zeros is a code, so text."""
    if not isinstance(value, str):
        return kind_of(value)
    if _INTEGER_TEXT.fullmatch(value):
        return kind_of(int(value))
    if _REAL_TEXT.fullmatch(value):
        return "real"
    return "boolean" if value.lower() in _BOOLEAN_WORDS else kind_of(value)


def _widest(kinds: set[ColumnType]) -> ColumnType:
    if len(kinds) == 1:
        return next(iter(kinds))
    return "real" if kinds == {"integer", "real"} else "text"


def _is_stamp(text: str) -> bool:
    if not (SHORTEST_STAMP <= len(text) <= LONGEST_STAMP):
        return False
    try:
        parse_instant(text)
    except ParameterError:
        return False
    return True


def bring_to(value: Any, kind: ColumnType, name: str | None = None) -> Any:
    """Return a value as that type; raises ValueError when it is not one, or not valid in the column ``name``."""
    if value is None or (kind != "text" and value == ""):
        return None
    converted = _CONVERTERS[kind](value)
    if name == "grade" and converted not in _GRADES:
        raise ValueError(f"{value!r} is not a grade from {min(Grade):d} to {max(Grade):d}")
    return converted


def clean_text(text: str) -> str:
    """Return a text that PostgreSQL can store: without null characters and unpaired surrogates."""
    return text.replace("\0", "").encode(errors="replace").decode()


def _text(value: Any) -> str:
    if not isinstance(value, str):
        nested = isinstance(value, dict | list | bool)
        value = json.dumps(value, ensure_ascii=False, default=str) if nested else str(value)
    return clean_text(value)


def _real(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{value!r} is not a number") from error
    if math.isfinite(number) and abs(number) > LARGEST_REAL:
        raise ValueError(f"{value!r} is too large for a 32-bit real")
    return number


def _integer(value: Any) -> int:
    try:
        number = int(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(f"{value!r} is not a 32-bit integer") from error
    if isinstance(number, float) and not math.isfinite(number):
        raise ValueError(f"{value!r} is not a number")
    if (
        isinstance(number, bool)
        or not isinstance(number, int | float)
        or int(number) != number
        or int(number) not in INTEGERS
    ):
        raise ValueError(f"{value!r} is not a 32-bit integer")
    return int(number)


def _boolean(value: Any) -> bool:
    word = str(value).strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError(f"{value!r} is neither true nor false")


def _timestamp(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        return parse_instant(str(value))
    except ParameterError as error:
        raise ValueError(str(error)) from error


_CONVERTERS: dict[ColumnType, Any] = {
    "text": _text,
    "integer": _integer,
    "real": _real,
    "boolean": _boolean,
    "timestamp": _timestamp,
}
