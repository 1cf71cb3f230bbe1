"""Reading without a database, for what comes before anything is staged."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from layers.catalog import built_in
from layers.intake.ingest.quarantine import Tally, Tolerance
from layers.intake.rejection import RejectedRow
from layers.intake.source import Row, SourceOptions
from layers.intake.sources import open_source


class Read(NamedTuple):
    rows: list[Row]
    notes: list[str]
    refused: list[RejectedRow]

    def values(self, name: str) -> list[Any]:
        return [row.values[name] for row in self.rows]


@pytest.fixture
def read() -> Callable[..., Read]:
    def look(path: Path, *, strict: bool = True, **options: Any) -> Read:
        reading = open_source(path, SourceOptions(**options), built_in())
        found, tally = Read(list(reading.rows()), reading.notes, reading.refused), Tally()
        for refused in found.refused:
            tally.see(refused)
        assert reading.read.total() == len(found.rows) + len(found.refused)
        tally.require_tolerable(path, reading.read.total(), Tolerance(strict))
        return found

    return look
