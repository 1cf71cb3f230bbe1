"""A release and a load of the same dataset: none is the other's victim."""

import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from layers.catalog import built_in
from layers.errors import Conflict
from layers.intake.ingest import LoadOptions, LoadSummary, Silent, load_path
from layers.intake.quarantine.mend import Patch
from layers.intake.quarantine.review import QuarantineService, ReviewDecision
from layers.ops.process import wait_until

BOX = [[[121.5, 31.2], [121.501, 31.2], [121.501, 31.201], [121.5, 31.201], [121.5, 31.2]]]
BOW = [[[121.5, 31.2], [121.501, 31.201], [121.501, 31.2], [121.5, 31.201], [121.5, 31.2]]]
MENDED = Patch(properties={"floors": 9}, mend="make_valid")
DECISION = ReviewDecision("数据管理员", "核对过图纸")
FLOORS = "SELECT source_key, floors FROM onemap.buildings WHERE upper_inf(valid) ORDER BY 1"
STATES = "SELECT state FROM onemap.quarantine ORDER BY id"
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('advisory', 'transactionid')"
PATIENCE_S = 60.0


def house(rings: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": rings}, "properties": properties}


SOUND = [house(BOX, id=f"ok{number}", floors=3) for number in range(3)]


class Source:
    """One file in several states, and the decisions on what waits of it."""

    def __init__(self, loader: Any, path: Path) -> None:
        self.loader, self.path = loader, path

    def load(self, *features: dict[str, Any], date: str, progress: Any = None) -> LoadSummary:
        self.path.write_text(json.dumps({"type": "FeatureCollection", "features": [*SOUND, *features]}))
        stated = self.loader.one("SELECT CAST(:date AS timestamptz)", date=date)[0]
        options = LoadOptions(layer="buildings", dataset="d", key="id", date=stated)
        return load_path(self.loader.database, built_in(), self.path, options, progress or Silent())

    def held(self) -> int:
        return int(self.loader.one("SELECT id FROM onemap.quarantine WHERE state = 'pending'")[0])

    def release(self, number: int) -> int:
        return QuarantineService(self.loader.database, built_in()).release(number, MENDED, DECISION)

    def discard(self, number: int) -> None:
        QuarantineService(self.loader.database, built_in()).discard(number, DECISION)

    def shown(self) -> dict[str, int]:
        return {row.source_key: row.floors for row in self.loader.rows(FLOORS)}

    def states(self) -> list[str]:
        return [state for (state,) in self.loader.rows(STATES)]

    def somebody_waits(self) -> bool:
        return bool(self.loader.one(WAITING)[0])


class Meanwhile(Silent):
    """Starts something in a thread at a moment of a load, which goes on once that waits for it or is done."""

    def __init__(self, source: Source, moment: str, act: Callable[[], Any]) -> None:
        self._source, self._moment, self._act = source, moment, act
        self._pool = ThreadPoolExecutor(1)
        self.done: Future[Any] | None = None

    def report(self, done: int, total: int | None, message: str) -> None:
        if message.startswith(self._moment) and self.done is None:
            self.done = self._pool.submit(self._act)
            assert wait_until(lambda: self._source.somebody_waits() or bool(self.done and self.done.done()), PATIENCE_S)

    def result(self) -> Any:
        assert self.done is not None
        return self.done.result(PATIENCE_S)


@pytest.fixture
def source(loader: Any, tmp_path: Path) -> Source:
    return Source(loader, tmp_path / "buildings.geojson")


@pytest.mark.parametrize("moment", ["reading", "checking", "merging", "applying", "committing"])
def test_a_row_that_a_running_load_brings_again_is_not_released(source: Source, moment: str) -> None:
    source.load(house(BOW, id="bow", floors=8), date="2026-01-01")
    number = source.held()
    meanwhile = Meanwhile(source, moment, lambda: source.release(number))
    summary = source.load(house(BOX, id="bow", floors=10), date="2026-02-01", progress=meanwhile)
    assert summary.layers[0].new == 1
    with pytest.raises(Conflict, match=rf"row {number} is discarded already"):
        meanwhile.result()
    assert (source.shown()["bow"], source.states()) == (10, ["discarded"])


def test_a_row_that_a_running_load_does_not_know_is_released_after_it(source: Source) -> None:
    source.load(house(BOW, id="bow", floors=8), date="2026-01-01")
    number = source.held()
    meanwhile = Meanwhile(source, "merging", lambda: source.release(number))
    summary = source.load(house(BOX, id="new", floors=5), date="2026-02-01", progress=meanwhile)
    assert summary.layers[0].new == 1
    assert meanwhile.result() > 0
    assert source.shown() == {"bow": 9, "new": 5, "ok0": 3, "ok1": 3, "ok2": 3}
    assert source.states() == ["released"]


@pytest.mark.parametrize("moment", ["reading", "merging", "applying"])
def test_a_row_is_discarded_during_a_load_or_after_it(source: Source, moment: str) -> None:
    source.load(house(BOW, id="bow", floors=8), date="2026-01-01")
    number = source.held()
    meanwhile = Meanwhile(source, moment, lambda: source.discard(number))
    source.load(house(BOX, id="new", floors=5), date="2026-02-01", progress=meanwhile)
    meanwhile.result()
    assert source.states() == ["discarded"]
    assert "bow" not in source.shown()
