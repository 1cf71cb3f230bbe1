"""Column statistics in the metadata of a Parquet file, which give types without reading values."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from layers.base import ColumnType
from layers.intake.vector.arrow import kind_of_type
from layers.intake.vector.columns import kind_of


@dataclass(frozen=True)
class ColumnStatistics:
    """The number of values of a column, and their narrowest types; None where the metadata does not give them."""

    filled: int
    kinds: set[ColumnType] | None


def column_statistics(metadata: Any, name: str, kind: Any) -> ColumnStatistics | None:
    """Return the statistics of a flat column of that Arrow type; None where not even its nulls are counted."""
    parts = list(_parts(metadata, name))
    if len(parts) < metadata.num_row_groups or not all(part is not None and part.has_null_count for part in parts):
        return None
    filled = metadata.num_rows - sum(part.null_count for part in parts)
    if not filled:
        return ColumnStatistics(0, set())
    by_type = kind_of_type(kind)
    if by_type is not None:
        return ColumnStatistics(filled, {by_type})
    nonempty = [part for part in parts if part.num_values]
    if not all(part.has_min_max for part in nonempty):
        return ColumnStatistics(filled, None)
    return ColumnStatistics(filled, _of_ends({kind_of(end) for part in nonempty for end in (part.min, part.max)}))


def _of_ends(kinds: set[ColumnType]) -> set[ColumnType] | None:
    """Infer types from least and greatest values: if one is text, all are; integers lie between integers."""
    if "text" in kinds:
        return {"text"}
    return {"integer"} if kinds == {"integer"} else None


def _parts(metadata: Any, name: str) -> Iterator[Any]:
    paths = [metadata.schema.column(index).path for index in range(metadata.num_columns)]
    if name in paths:
        index = paths.index(name)
        yield from (metadata.row_group(group).column(index).statistics for group in range(metadata.num_row_groups))
