"""A first load of many rows is built as a table of its own; nothing else tells it from any other load."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import psycopg
import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api.schemas import all_schemas
from layers.catalog import built_in
from layers.errors import Cancelled, Conflict, SourceError
from layers.intake.ingest import LoadOptions, LoadSummary, Silent, bulk, load_path
from layers.store.engine import conninfo
from layers.store.migration import migrate
from layers.temporal import When

ROWS = 400
MARCH, JUNE = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
FAR = datetime(2099, 1, 1, tzinfo=UTC)
# Everything of a row but what each load makes anew, and how it came in.
KEPT = "to_jsonb(t) - ARRAY['fid', 'load_id', 'recorded', 'recorded_tx', 'sole_slice', 'geom', 'geom_3857']"
STATE = f"SELECT {KEPT}, ST_AsText(geom), ST_AsText(geom_3857) FROM onemap.buildings AS t ORDER BY source_key"
FIDS = "SELECT source_key, fid FROM onemap.buildings ORDER BY source_key"
BUILDS = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'onemap_build%'"
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'onemap' AND tablename = 'buildings' ORDER BY indexname"
COLUMNS = (
    "SELECT column_name, column_default FROM information_schema.columns"
    " WHERE table_schema = 'onemap' AND table_name = 'buildings' ORDER BY column_name"
)
TRIGGERS = "SELECT tgname FROM pg_trigger WHERE tgrelid = 'onemap.buildings'::regclass AND NOT tgisinternal ORDER BY 1"
RIGHTS = (
    "SELECT grantee, privilege_type FROM information_schema.role_table_grants"
    " WHERE table_schema = 'onemap' AND table_name = 'buildings' ORDER BY 1, 2"
)


def frame(rows: int = ROWS) -> geopandas.GeoDataFrame:
    """Return houses of 10 m, row by row, north of Lujiazui."""
    x, y = 121.50 + np.arange(rows) % 20 * 2e-4, 31.25 + np.arange(rows) // 20 * 2e-4
    data = {
        "source_key": [f"b{number}" for number in range(rows)],
        "name": [f"浦东第{number}号楼" if number % 3 else None for number in range(rows)],
        "height_m": np.arange(rows) / 4 + 3.0,
        "floors": np.arange(rows) % 30 + 1,
        "has_parts": np.arange(rows) % 2 == 0,
    }
    return geopandas.GeoDataFrame(data, geometry=shapely.box(x, y, x + 1e-4, y + 1e-4), crs="EPSG:4326")


@pytest.fixture
def houses(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes houses, after something was done to them."""

    def write(change: Callable[[geopandas.GeoDataFrame], geopandas.GeoDataFrame] = lambda found: found) -> Path:
        path = tmp_path / "houses.parquet"
        change(frame()).to_parquet(path)
        return path

    return write


@pytest.fixture
def in_bulk(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let few rows be many, and list the builds that were published."""
    monkeypatch.setattr(bulk, "LEAST_ROWS", 100)
    published: list[str] = []
    publish = bulk.Bulk.publish

    def seen(self: Any, *words: Any) -> Any:
        published.append(self.build.schema)
        return publish(self, *words)

    monkeypatch.setattr(bulk.Bulk, "publish", seen)
    return published


def dirty(found: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Spoil some rows: a bow tie, no geometry, no key, a key of two different rows and one of two equal ones."""
    found.loc[3, "geometry"] = shapely.from_wkt(
        "POLYGON ((121.5 31.2, 121.6 31.3, 121.6 31.2, 121.5 31.3, 121.5 31.2))"
    )
    found.loc[17, "geometry"] = None
    found.loc[30, "source_key"] = None
    found.loc[41, "source_key"] = "b40"
    found.loc[77] = found.loc[76]
    return found


@pytest.mark.parametrize("change", [lambda found: found, dirty], ids=["clean", "dirty"])
def test_it_leaves_what_any_other_load_leaves(loader, houses, in_bulk, monkeypatch, change):
    path = houses(change)
    built = loader(path, layer="buildings", date=None)
    assert len(in_bulk) == 1
    looks = (STATE.replace("- ARRAY['fid'", "- ARRAY['valid', 'fid'"), INDEXES, COLUMNS, TRIGGERS, RIGHTS)
    held = "SELECT source_key, place, reasons FROM onemap.quarantine WHERE load = :load ORDER BY place, source_key"
    cover = "SELECT ST_AsText(ST_Normalize(extent)) FROM onemap.coverage"
    first = [loader.rows(look) for look in looks], loader.rows(held, load=built.load_id), loader.rows(cover)
    with loader.database.owner.begin() as connection:
        connection.execute(text("DELETE FROM onemap.buildings; DELETE FROM onemap.coverage"))
    monkeypatch.setattr(bulk, "LEAST_ROWS", 10**9)
    merged = loader(path, layer="buildings", date=None)
    assert len(in_bulk) == 1
    second = [loader.rows(look) for look in looks], loader.rows(held, load=merged.load_id), loader.rows(cover)
    assert first == second
    assert built.layers == merged.layers
    quality = "SELECT quality FROM onemap.load WHERE id = :load"
    assert loader.one(quality, load=built.load_id)[0]["layers"].keys() == {"buildings"}


def test_what_is_refused_by_a_rule_is_quarantined(loader, houses, in_bulk):
    with loader.database.owner.begin() as connection:
        connection.execute(
            text(
                'INSERT INTO onemap.rule (id, layer, kind, "column", parameters, severity,'
                " title_zh, title_en, enabled, principal)"
                " VALUES ('buildings.low', 'buildings', 'range', 'height_m', '{\"max\": 100}', 'refuse',"
                " '低', 'low', true, 'test')"
            )
        )
    summary = loader(houses(), layer="buildings").layers[0]
    assert in_bulk
    assert (summary.new, summary.quarantined, summary.read) == (389, 11, ROWS)
    assert loader.one("SELECT count(*), max(height_m) FROM onemap.buildings") == (389, 100)
    assert loader.one("SELECT count(*) FROM onemap.quarantine WHERE properties ->> 'height_m' IS NOT NULL")[0] == 11


def test_the_same_file_again_changes_nothing(loader, houses, in_bulk):
    path = houses()
    loader(path, layer="buildings", date=None)
    before = loader.rows(STATE), loader.rows(FIDS)
    again = loader(path, layer="buildings", date=None).layers[0]
    assert len(in_bulk) == 1
    assert (again.unchanged, again.new, again.changed) == (ROWS, 0, 0)
    assert (loader.rows(STATE), loader.rows(FIDS)) == before


def test_a_younger_file_opens_a_slice_of_what_changed(loader, houses, in_bulk):
    loader(houses(), layer="buildings", date=MARCH)

    def higher(found):
        found.loc[5, "height_m"] = 99.0
        return found.drop(index=6)

    second = loader(houses(higher), layer="buildings", date=JUNE, extent=(121.4, 31.2, 121.6, 31.4)).layers[0]
    assert (second.changed, second.closed, second.unchanged) == (1, 1, ROWS - 2)
    slices = (
        "SELECT height_m, lower(valid), upper(valid), sole_slice FROM onemap.buildings"
        " WHERE source_key = :key ORDER BY 2"
    )
    assert [tuple(row) for row in loader.rows(slices, key="b5")] == [
        (4.25, MARCH, JUNE, False),
        (99.0, JUNE, None, False),
    ]
    assert [tuple(row) for row in loader.rows(slices, key="b6")] == [(4.5, MARCH, JUNE, False)]
    assert [tuple(row) for row in loader.rows(slices, key="b7")] == [(4.75, MARCH, None, True)]


def test_an_edit_is_kept_and_changes_the_tiles_version(loader, houses, in_bulk):
    version = "SELECT onemap.tile_version('buildings', 10, 857, 418, now())"
    empty = loader.one(version)[0]
    loader(houses(), layer="buildings", date=MARCH)
    loaded = loader.one(version)[0]
    assert loaded > empty
    with loader.database.writer.begin() as connection:
        connection.execute(text("UPDATE onemap.buildings SET name = '改名' WHERE source_key = 'b1'"))
    assert loader.one(version)[0] > loaded
    history = loader.rows("SELECT source_key, name, upper_inf(recorded) FROM onemap.buildings_history")
    assert [tuple(row) for row in history] == [("b1", "浦东第1号楼", False)]


def test_a_load_that_begins_in_the_future_is_remembered(loader, houses, in_bulk):
    loader(houses(), layer="buildings", date=FAR)
    assert loader.one("SELECT layer, at FROM onemap.validity_boundary") == ("buildings", FAR)


def test_the_only_slice_of_an_object_cannot_be_overlapped(loader, houses, in_bulk):
    loader(houses(), layer="buildings", date=MARCH)
    fid = loader.one("SELECT fid FROM onemap.buildings WHERE source_key = 'b1'")[0]
    insert = text(
        "INSERT INTO onemap.buildings (fid, geom, valid) SELECT fid, geom, tstzrange(:since, :until)"
        " FROM onemap.buildings WHERE fid = :fid AND sole_slice"
    )
    with loader.database.writer.begin() as connection, pytest.raises(IntegrityError, match="buildings_slices"):
        connection.execute(insert, {"fid": fid, "since": JUNE, "until": None})
    before = MARCH - timedelta(days=30)
    with loader.database.writer.begin() as connection:
        connection.execute(insert, {"fid": fid, "since": before, "until": MARCH})
    slices = "SELECT lower(valid), sole_slice FROM onemap.buildings WHERE fid = :fid ORDER BY 1"
    assert [tuple(row) for row in loader.rows(slices, fid=fid)] == [(before, False), (MARCH, False)]
    assert loader.one("SELECT count(*) FROM onemap.buildings_history")[0] == 0, "no belief has changed"


def test_nobody_can_say_that_a_slice_is_the_only_one(loader, houses, in_bulk):
    loader(houses(), layer="buildings", date=MARCH)
    with loader.database.writer.begin() as connection:
        connection.execute(text("UPDATE onemap.buildings SET name = '甲' WHERE source_key = 'b1'"))
        connection.execute(text("UPDATE onemap.buildings SET sole_slice = true WHERE source_key = 'b1'"))
        connection.execute(
            text("INSERT INTO onemap.buildings (geom, sole_slice) SELECT geom, true FROM onemap.buildings LIMIT 1")
        )
    found = loader.rows("SELECT sole_slice FROM onemap.buildings WHERE source_key = 'b1' OR source_key IS NULL")
    assert [row[0] for row in found] == [False, False]


def test_rows_that_were_there_stay_what_they_were(town, tmp_path, in_bulk):
    there = f"SELECT fid, recorded, {KEPT} FROM onemap.buildings AS t WHERE dataset = 'sample' ORDER BY fid"
    before = town.rows(there)
    many = frame(3 * len(before))
    many.to_parquet(tmp_path / "many.parquet")
    summary = town(tmp_path / "many.parquet", layer="buildings", precedence=-1).layers[0]
    assert in_bulk
    assert summary.new == len(many)
    assert town.rows(there) == before
    numbers = "SELECT count(*), count(DISTINCT fid) FROM onemap.buildings"
    assert tuple(town.one(numbers)) == (len(many) + len(before),) * 2
    with town.database.writer.begin() as connection:
        connection.execute(text("INSERT INTO onemap.buildings (geom) SELECT geom FROM onemap.buildings LIMIT 1"))
    assert tuple(town.one(numbers)) == (len(many) + len(before) + 1,) * 2


def test_a_better_dataset_hides_what_was_there(town, tmp_path, in_bulk):
    rows = town.one("SELECT count(*) FROM onemap.buildings")[0]
    frame(3 * rows).to_parquet(tmp_path / "many.parquet")
    box = tuple(
        town.one(
            "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)"
            " FROM (SELECT ST_Extent(geom) AS e FROM onemap.buildings) AS b"
        )
    )
    summary = town(tmp_path / "many.parquet", layer="buildings", extent=box).layers[0]
    assert in_bulk
    assert summary.hidden > 0
    hidden = "SELECT count(*) FROM onemap.buildings WHERE hidden_by = 'many'"
    assert town.one(hidden)[0] == summary.hidden == town.one("SELECT count(*) FROM onemap.buildings_history")[0]
    begins = "SELECT count(*) FROM onemap.buildings, onemap.dataset AS d WHERE d.id = 'many' AND hidden_from = d.date"
    assert town.one(begins)[0] == summary.hidden, "from the date of the file on"


class Stopping(Silent):
    """Ends a load once it says something."""

    def __init__(self, word: str) -> None:
        self._word = word

    def report(self, done: int, total: int | None, message: str) -> None:
        if message.startswith(self._word):
            raise Cancelled("enough")


@pytest.mark.parametrize("word", ["reading", "checking", "applying", "committing"])
def test_a_load_that_is_stopped_leaves_nothing(db, loader, houses, in_bulk, word):
    before = loader.state(), loader.rows(INDEXES)
    with pytest.raises(Cancelled):
        load_path(db, built_in(), houses(), LoadOptions(layer="buildings"), Stopping(word))
    assert (loader.state(), loader.rows(INDEXES)) == before
    assert loader.rows(BUILDS) == []
    loader(houses(), layer="buildings")
    assert loader.one("SELECT count(*) FROM onemap.buildings")[0] == ROWS


def test_a_file_that_breaks_off_leaves_nothing(loader, houses, in_bulk):
    path = houses()
    whole = path.read_bytes()
    spoilt = bytearray(whole)
    spoilt[len(whole) // 8 : len(whole) // 2] = bytes(len(whole) // 2 - len(whole) // 8)
    path.write_bytes(spoilt)
    with pytest.raises(SourceError, match=r"cannot be read|none of its"):
        loader(path, layer="buildings")
    assert loader.rows(BUILDS) == []
    assert loader.one("SELECT count(*) FROM onemap.buildings")[0] == 0


@pytest.mark.parametrize(
    "addition",
    [
        "CREATE INDEX by_hand ON onemap.buildings (floors)",
        "CREATE VIEW onemap.tall AS SELECT fid FROM onemap.buildings WHERE height_m > 100",
        "GRANT SELECT ON onemap.buildings TO PUBLIC",
        "ALTER TABLE onemap.buildings SET (fillfactor = 80)",
    ],
)
def test_what_was_added_by_hand_is_not_lost(loader, houses, in_bulk, addition):
    with loader.database.owner.begin() as connection:
        connection.exec_driver_sql(addition)
    loader(houses(), layer="buildings")
    assert not in_bulk
    assert loader.one("SELECT count(*) FROM onemap.buildings")[0] == ROWS


class Noting(Silent):
    """Remembers what was said, and does something when a word is heard for the first time."""

    def __init__(self, word: str, act: Callable[[], object]) -> None:
        self.said: list[str] = []
        self._word = word
        self._act = act

    def report(self, done: int, total: int | None, message: str) -> None:
        if message.startswith(self._word) and message not in self.said:
            self._act()
        self.said.append(message)


def test_readers_are_waited_for_and_do_not_wait(db, loader, houses, in_bulk):
    with psycopg.connect(conninfo(db.urls.reader)) as reader:
        assert reader.execute("SELECT count(*) FROM onemap.buildings").fetchone() == (0,)
        noting = Noting("waiting for readers", reader.rollback)
        load_path(db, built_in(), houses(), LoadOptions(layer="buildings"), noting)
        said = next(each for each in noting.said if each.startswith("waiting for readers of buildings: "))
        assert f"process {reader.info.backend_pid} (onemap-twin, user {reader.info.user}, since 20" in said
        assert reader.execute("SELECT count(*) FROM onemap.buildings").fetchone() == (ROWS,)


def test_after_the_limit_a_load_says_who_reads_and_nothing_of_it_remains(db, loader, houses, in_bulk):
    before = loader.state(), loader.rows(INDEXES)
    db.swap_limit_s = 0.5
    with psycopg.connect(conninfo(db.urls.reader)) as reader:
        reader.execute("SELECT count(*) FROM onemap.buildings")
        with pytest.raises(
            Conflict, match=rf"was in use for 0\.5 s by process {reader.info.backend_pid} \(onemap-twin, "
        ):
            load_path(db, built_in(), houses(), LoadOptions(layer="buildings"), Silent())
        assert (loader.state(), loader.rows(INDEXES), loader.rows(BUILDS)) == (*before, [])
        reader.rollback()
    loader(houses(), layer="buildings")
    assert loader.one("SELECT count(*) FROM onemap.buildings")[0] == ROWS


@pytest.mark.parametrize("moment", ["reading", "checking", "applying"])
def test_two_loads_that_cross_both_end_well(db, loader, houses, in_bulk, tmp_path, moment):
    """Each builds the layer in which the other has to look whose rows are hidden."""
    few = tmp_path / "few.parquet"
    frame(10).to_parquet(few)
    loader(few, layer="green", dataset="a")
    loader(few, layer="buildings", dataset="b")
    assert not in_bulk
    path, arrived = houses(), threading.Event()

    def second() -> LoadSummary:
        noting = Noting(moment, arrived.set)
        return load_path(db, built_in(), path, LoadOptions(layer="green", dataset="b"), noting)

    with ThreadPoolExecutor(1) as pool:
        other: list[Future[LoadSummary]] = []

        def cross() -> None:
            other.append(pool.submit(second))
            waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            while not (arrived.wait(0.02) or other[0].done() or loader.one(waiting)[0]):
                continue

        first = load_path(db, built_in(), path, LoadOptions(layer="buildings", dataset="a"), Noting(moment, cross))
        assert (first.layers[0].new, other[0].result(60).layers[-1].layer) == (ROWS, "green")
    assert len(in_bulk) == 2
    for layer in ("buildings", "green"):
        assert loader.one(f"SELECT count(*) FROM onemap.{layer}")[0] == ROWS + 10


def test_what_is_written_meanwhile_is_kept(db, loader, houses, in_bulk):
    def insert() -> None:
        with db.writer.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO onemap.buildings (name, geom)"
                    " VALUES ('手工', ST_Multi(ST_MakeEnvelope(121.6, 31.2, 121.601, 31.201, 4490)))"
                )
            )

    load_path(db, built_in(), houses(), LoadOptions(layer="buildings"), Noting("checking", insert))
    assert in_bulk
    assert loader.one("SELECT count(*), count(DISTINCT fid) FROM onemap.buildings") == (ROWS + 1, ROWS + 1)
    assert loader.one("SELECT dataset, sole_slice FROM onemap.buildings WHERE name = '手工'") == ("manual", False)


def test_a_build_whose_program_is_no_more_is_swept_away(db, loader, houses, in_bulk):
    with loader.database.owner.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA onemap_build_77; CREATE TABLE onemap_build_77.buildings (fid bigint)")
    with db.owner.connect() as alive:
        alive.exec_driver_sql("SELECT pg_advisory_lock(hashtextextended('onemap_build_78', 0))")
        alive.exec_driver_sql("CREATE SCHEMA onemap_build_78")
        alive.commit()
        migrate(db, built_in(), all_schemas())
        assert [row[0] for row in loader.rows(BUILDS)] == ["onemap_build_78"]
        alive.exec_driver_sql("SELECT pg_advisory_unlock(hashtextextended('onemap_build_78', 0))")
    loader(houses(), layer="buildings")
    assert in_bulk
    assert loader.rows(BUILDS) == []


def test_columns_keep_the_order_in_which_history_has_them(loader, houses, in_bulk):
    # As in a database of an older version, to whose tables columns were added one after the other.
    with loader.database.owner.begin() as connection:
        for table in ("buildings", "buildings_history"):
            connection.exec_driver_sql(f"ALTER TABLE onemap.{table} DROP COLUMN hidden_by, DROP COLUMN source_key")
            connection.exec_driver_sql(f"ALTER TABLE onemap.{table} ADD hidden_by text, ADD source_key text")
        connection.exec_driver_sql("CREATE INDEX buildings_source ON onemap.buildings (dataset, source_key)")
    loader(houses(), layer="buildings", date=MARCH)
    assert in_bulk
    with loader.database.writer.begin() as connection:
        connection.execute(text("UPDATE onemap.buildings SET name = '改名' WHERE source_key = 'b1'"))
    history = loader.one("SELECT source_key, dataset, hidden_by, name FROM onemap.buildings_history")
    assert history == ("b1", "houses", None, "浦东第1号楼")


def test_a_new_layer_is_made_of_many_rows(loader, houses, in_bulk):
    summary = loader(houses(), layer="houses").layers[0]
    assert in_bulk
    assert summary.new == ROWS
    assert loader.one("SELECT count(*) FROM onemap.houses WHERE sole_slice")[0] == ROWS
    assert loader(houses(), layer="houses").layers[0].unchanged == ROWS


def test_a_load_in_progress_is_in_no_instant(db, loader, houses, in_bulk):
    def believed(instant: datetime | None) -> int:
        when = When(FAR, FAR, instant)
        with db.reader.connect() as connection:
            return len(connection.execute(built_in().get("buildings").select(when), when.parameters()).all())

    def clock() -> datetime:
        return loader.one("SELECT clock_timestamp()")[0]

    instants: list[datetime] = []

    class Asking(Silent):
        def report(self, done: int, total: int | None, message: str) -> None:
            instants.append(clock())
            # From then on readers wait for the commit.
            if not message.startswith(("applying", "committing")):
                assert believed(None) == believed(instants[-1]) == 0

    load_path(db, built_in(), houses(), LoadOptions(layer="buildings"), Asking())
    assert in_bulk
    began, committed = loader.one("SELECT min(began), max(committed) FROM onemap.transaction_log")
    assert any(began < instant < committed for instant in instants)
    assert {believed(instant) for instant in [*instants, began]} == {0}
    assert believed(committed) == believed(clock()) == believed(None) == ROWS
    assert loader.one("SELECT count(DISTINCT recorded_tx) FROM onemap.buildings")[0] == 1
