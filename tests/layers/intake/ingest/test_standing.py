"""What a person released from quarantine stands until its source says something else of it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from layers.catalog import built_in
from layers.errors import Conflict
from layers.intake.ingest import LoadOptions, Silent, load_path
from layers.intake.quarantine.mend import Patch
from layers.intake.quarantine.review import QuarantineService, ReviewDecision
from layers.ops.process import wait_until

BOX = [[[121.5, 31.2], [121.501, 31.2], [121.501, 31.201], [121.5, 31.201], [121.5, 31.2]]]
BOW = [[[121.5, 31.2], [121.501, 31.201], [121.501, 31.2], [121.5, 31.201], [121.5, 31.2]]]
MENDED = Patch(properties={"floors": 9}, mend="make_valid")
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
SHOWN = "SELECT source_key, floors FROM onemap.buildings WHERE upper_inf(valid) ORDER BY 1"


def house(rings: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": rings}, "properties": properties}


class Source:
    """One file that is loaded again and again."""

    def __init__(self, loader: Any, path: Path) -> None:
        self.loader, self.path = loader, path

    def load(self, *features: dict[str, Any], date: str = "2026-01-01") -> Any:
        self.path.write_text(json.dumps({"type": "FeatureCollection", "features": [*SOUND, *features]}))
        stated = self.loader.one("SELECT CAST(:date AS timestamptz)", date=date)[0]
        return self.loader(self.path, layer="buildings", dataset="d", key="id", date=stated)

    def release(self, patch: Patch = MENDED) -> int:
        (number,) = self.loader.one("SELECT id FROM onemap.quarantine WHERE state = 'pending'")
        return QuarantineService(self.loader.database, built_in()).release(
            number, patch, ReviewDecision("数据管理员", "核对过图纸")
        )

    def states(self) -> list[str]:
        return [state for (state,) in self.loader.rows("SELECT state FROM onemap.quarantine ORDER BY id")]

    def shown(self) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.loader.rows(SHOWN)]


SOUND = [house(BOX, id=f"ok{number}", floors=3) for number in range(3)]
ALL = [("bow", 9), ("ok0", 3), ("ok1", 3), ("ok2", 3)]


@pytest.fixture
def source(loader: Any, tmp_path: Path) -> Source:
    return Source(loader, tmp_path / "buildings.geojson")


@pytest.mark.parametrize("date", ["2026-01-01", "2026-02-01"])
def test_the_same_row_again_stays_as_it_was_mended(source: Source, date: str) -> None:
    bow = house(BOW, id="bow", floors=8)
    assert source.load(bow).quarantined == 1
    source.release()
    again = source.load(bow, date=date)
    (layer,) = again.layers
    assert (layer.read, layer.unchanged, layer.quarantined, layer.closed) == (4, 4, 0, 0)
    assert any(note.startswith("1 rows that were released") for note in again.notes)
    assert (source.shown(), source.states()) == (ALL, ["released"])
    assert source.load(bow, date="2026-03-01").layers[0].unchanged == 4


def test_what_the_source_says_anew_is_looked_at_anew(source: Source) -> None:
    source.load(house(BOW, id="bow", floors=8))
    source.release()
    assert source.load(house(BOW, id="bow", floors=10), date="2026-02-01").quarantined == 1
    assert (source.shown(), source.states()) == (ALL, ["released", "pending"])
    assert source.load(house(BOX, id="bow", floors=10), date="2026-03-01").layers[0].changed == 1
    assert source.shown()[0] == ("bow", 10)
    assert source.states() == ["released", "discarded"]


def test_what_is_gone_from_the_map_waits_again(source: Source) -> None:
    bow = house(BOW, id="bow", floors=8)
    source.load(bow)
    source.release()
    source.load(date="2026-02-01")
    assert source.shown() == ALL[1:]
    assert source.load(bow, date="2026-03-01").quarantined == 1


def test_a_discarded_row_waits_again(source: Source) -> None:
    bow = house(BOW, id="bow")
    source.load(bow)
    (number,) = source.loader.one("SELECT id FROM onemap.quarantine")
    QuarantineService(source.loader.database, built_in()).discard(number, ReviewDecision("数据管理员", "重复"))
    assert source.load(bow).quarantined == 1


def test_a_row_that_was_given_a_key_keeps_it_from_load_to_load(source: Source) -> None:
    keyless = house(BOX, floors=9)
    source.load(keyless)
    source.release(Patch(source_key="bow"))
    for date in ("2026-02-01", "2026-03-01"):
        (layer,) = source.load(keyless, date=date).layers
        assert (layer.unchanged, layer.quarantined, layer.closed) == (4, 0, 0)
    assert (source.shown(), source.states()) == (ALL, ["released"])


def test_a_release_does_not_take_back_what_the_map_knows_by_a_younger_file(source: Source) -> None:
    source.load(house(BOX, id="bow", floors=11), date="2026-02-01")
    source.load(house(BOW, id="bow", floors=8), date="2026-01-01")
    with pytest.raises(Conflict, match="newer data of this object"):
        source.release()
    assert ("bow", 11) in source.shown()
    assert source.states() == ["pending"]


def test_a_release_waits_for_a_load_of_its_dataset_and_neither_is_the_other_s_victim(source: Source) -> None:
    source.load(house(BOW, id="bow", floors=8))
    ended: list[object] = []

    def release() -> None:
        try:
            ended.append(source.release())
        except Conflict as error:
            ended.append(error)

    class Beside(Silent):
        """Begins the release in the midst of the load, and goes on once it waits."""

        thread: Thread | None = None

        def report(self, done: int, total: int | None, message: str) -> None:
            if self.thread is None and message.startswith("merging"):
                self.thread = Thread(target=release)
                self.thread.start()
                assert wait_until(lambda: source.loader.one(WAITING)[0] > 0, 30)

    beside = Beside()
    options = LoadOptions(layer="buildings", dataset="d", key="id", date=datetime(2026, 3, 1, tzinfo=UTC))
    summary = load_path(source.loader.database, built_in(), source.path, options, beside)
    assert summary.quarantined == 1
    assert beside.thread is not None
    beside.thread.join(timeout=60)
    # The row has come again with that load, so the earlier one is no longer there to be released.
    (error,) = ended
    assert "discarded already" in str(error)
