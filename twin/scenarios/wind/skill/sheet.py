"""A table of a measured configuration: columns go by several names, complaints name file, column and row."""

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
    """The rows of a file, columns in lower case; ``place`` is what a row is called there, ``first`` the lowest."""

    path: str
    rows: Any
    place: str = "row"
    first: int = 2

    def find(self, names: Sequence[str]) -> str | None:
        """Return the first of some columns that is there; capitals do not matter."""
        return next((name.lower() for name in names if name.lower() in self.rows), None)

    def need(self, names: Sequence[str], what: str) -> str:
        """Return the first of some columns that is there; raises SourceError where none is."""
        found = self.find(names)
        if found is None:
            had = ", ".join(map(str, self.rows.columns))
            raise SourceError(self.path, f"it lacks {what} (column {' or '.join(names)}); it has {had}")
        return found

    def numbers(self, *columns: str) -> F64:
        """Return columns as numbers (n, len(columns)); raises SourceError where one is none."""
        return np.column_stack([self._column(column) for column in columns])

    def number(self, names: Sequence[str]) -> F64 | None:
        """Return the first of some columns as numbers (n,), or None where there is none."""
        found = self.find(names)
        return None if found is None else self._column(found)

    def _column(self, column: str) -> F64:
        values: F64 = pd.to_numeric(self.rows[column], errors="coerce").to_numpy(float)
        wrong = np.flatnonzero(~np.isfinite(values))
        if len(wrong):
            told = self.rows[column].iloc[wrong[0]]
            told = "empty" if pd.isna(told) else repr(told)
            raise SourceError(self.path, f"{column} has to be a number, it is {told}", self.at(int(wrong[0])))
        return values

    def at(self, position: int) -> str:
        """Return the name of the place of a row, by its position among these rows."""
        return f"{self.place} {int(self.rows.index[position]) + self.first}"

    def only(self, chosen: Any) -> "Sheet":
        """Return the chosen rows; they keep their places."""
        return Sheet(self.path, self.rows[chosen], self.place, self.first)

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
        raise SourceError(str(path), f"it cannot be read as CSV: {error}") from error
    if rows.empty:
        raise SourceError(str(path), "there are no rows in it")
    rows.columns = [str(name).strip().lower() for name in rows.columns]
    return Sheet(str(path), rows)
