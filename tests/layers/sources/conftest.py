"""Reading without a database, for what comes before anything is staged."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from layers.catalog import built_in
from layers.source import Row, SourceOptions
from layers.sources import open_source


class Read(NamedTuple):
    rows: list[Row]
    notes: list[str]

    def values(self, name: str) -> list[Any]:
        return [row.values[name] for row in self.rows]


@pytest.fixture
def read() -> Callable[..., Read]:
    def look(path: Path, **options: Any) -> Read:
        reading = open_source(path, SourceOptions(**options), built_in())
        return Read(list(reading.rows()), reading.notes)

    return look
