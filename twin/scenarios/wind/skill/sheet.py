"""A table of a measured configuration: columns have alternative names; errors name file, column and row."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.errors import SourceError

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Sheet:
    """The rows of a file, columns in lower case; ``place`` is the word for a row, ``first`` the lowest number."""

    path: str
    rows: Any
    place: str = "row"
    first: int = 2

    def find(self, names: Sequence[str]) -> str | None:
        """Return the first of some columns that exists, case-insensitively, or None."""
        return next((name.lower() for name in names if name.lower() in self.rows), None)

    def need(self, names: Sequence[str], what: str) -> str:
        """Return the first of some columns that exists; raises SourceError where none does."""
        column = self.find(names)
        if column is None:
            columns = ", ".join(map(str, self.rows.columns))
            raise SourceError(self.path, f"lacks {what} (column {' or '.join(names)}); it has {columns}")
        return column

    def numbers(self, *columns: str) -> F64:
        """Return columns as numbers (n, len(columns)); raises SourceError for a value that is not a number."""
        return np.column_stack([self._column(column) for column in columns])

    def number(self, names: Sequence[str]) -> F64 | None:
        """Return the first of some columns as numbers (n,), or None where there is none."""
        column = self.find(names)
        return None if column is None else self._column(column)

    def _column(self, column: str) -> F64:
        values: F64 = pd.to_numeric(self.rows[column], errors="coerce").to_numpy(float)
        wrong = np.flatnonzero(~np.isfinite(values))
        if len(wrong):
            value = self.rows[column].iloc[wrong[0]]
            value = "empty" if pd.isna(value) else repr(value)
            raise SourceError(self.path, f"{column} must be a number, it is {value}", self.at(int(wrong[0])))
        return values

    def at(self, position: int) -> str:
        """Return the name of a row for an error, by its position among these rows."""
        return f"{self.place} {int(self.rows.index[position]) + self.first}"

    def only(self, mask: Any) -> "Sheet":
        """Return the chosen rows; they keep their places."""
        return Sheet(self.path, self.rows[mask], self.place, self.first)

    def only_sorted(self, column: str) -> "Sheet":
        """Return the rows in rising order of a column; they keep their places."""
        return Sheet(self.path, self.rows.sort_values(column, kind="stable"), self.place, self.first)

    def without_blanks(self, columns: Sequence[str]) -> "Sheet":
        """Return the rows in which none of some columns is empty: what was not measured is not compared."""
        return self.only(self.rows[list(columns)].notna().all(axis=1))


def read_csv(path: Path) -> Sheet:
    """Return the rows of a CSV file."""
    try:
        rows = pd.read_csv(path, skipinitialspace=True)
    except (OSError, ValueError) as error:
        raise SourceError(str(path), f"cannot be read as CSV: {error}") from error
    if rows.empty:
        raise SourceError(str(path), "there are no rows in it")
    rows.columns = [str(name).strip().lower() for name in rows.columns]
    return Sheet(str(path), rows)
