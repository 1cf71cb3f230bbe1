"""What a Parquet file's own statistics tell of a column, so that its values need not be read to learn their type."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from layers.base import ColumnType
from layers.vector.arrow import kind_of_type
from layers.vector.columns import kind_of


@dataclass(frozen=True)
class Told:
    """How many values a column has, and the narrowest types of them; None where the statistics do not say."""

    filled: int
    kinds: set[ColumnType] | None


def told(metadata: Any, name: str, kind: Any) -> Told | None:
    """Return what is told of a flat column of that Arrow type; None where not even its values are counted."""
    parts = list(_parts(metadata, name))
    if len(parts) < metadata.num_row_groups or not all(part is not None and part.has_null_count for part in parts):
        return None
    filled = metadata.num_rows - sum(part.null_count for part in parts)
    if not filled:
        return Told(0, set())
    by_type = kind_of_type(kind)
    if by_type is not None:
        return Told(filled, {by_type})
    full = [part for part in parts if part.num_values]
    if not all(part.has_min_max for part in full):
        return Told(filled, None)
    return Told(filled, _of_ends({kind_of(end) for part in full for end in (part.min, part.max)}))


def _of_ends(kinds: set[ColumnType]) -> set[ColumnType] | None:
    """Judge by least and greatest values: one that is text makes all text, and integers lie between theirs."""
    if "text" in kinds:
        return {"text"}
    return {"integer"} if kinds == {"integer"} else None


def _parts(metadata: Any, name: str) -> Iterator[Any]:
    paths = [metadata.schema.column(index).path for index in range(metadata.num_columns)]
    if name in paths:
        index = paths.index(name)
        yield from (metadata.row_group(group).column(index).statistics for group in range(metadata.num_row_groups))
