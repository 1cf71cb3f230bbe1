"""The entry of a raster's file into ledger and catalogue: in one transaction, and the file with it or not at all."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import Connection

from layers.ingest import ledger
from layers.ingest.options import LoadOptions
from layers.ingest.progress import Progress
from layers.ingest.raster_summary import Outcome, RasterSummary
from layers.ingest.stage import Cursor
from layers.ingest.summary import LoadSummary
from layers.raster.files import RasterFiles
from layers.raster.keeping import Made
from layers.source import DatasetFacts
from layers.store.engine import Database
from layers.title import Title

_SAME = ("source_sha256", "style", "bands", "kind", "grade", "title_zh", "title_en", "dataset", "source_crs")
_STATE = f"SELECT number, date, {', '.join(_SAME)} FROM onemap.raster WHERE id = %(id)s AND upper_inf(recorded)"  # noqa: S608
_OF_DATE = f"{_STATE} AND date = %(date)s"
_NEWEST = f"{_STATE} ORDER BY date DESC LIMIT 1"
# Its number first: what is recorded begins within the transaction.
_BEGIN = "SELECT onemap.begin_edit()"
_NOW = """
SELECT greatest(clock_timestamp(), max(lower(recorded)) + interval '1 microsecond') FROM onemap.raster WHERE id = %s
"""
_END = """
UPDATE onemap.raster SET recorded = tstzrange(lower(recorded), %s), superseded_tx = %s WHERE number = %s
"""
_INSERT = """
INSERT INTO onemap.raster (
    id, title_zh, title_en, kind, grade, bands, style, width, height, crs, source_crs, accuracy_m, extent, pixel_x_m,
    pixel_y_m, overviews, file, file_sha256, file_bytes, source_sha256, dataset, load_id, date, recorded,
    recorded_tx)
VALUES (
    %(id)s, %(title_zh)s, %(title_en)s, %(kind)s, %(grade)s, %(bands)s, %(style)s, %(width)s, %(height)s, %(crs)s,
    %(source_crs)s, %(accuracy_m)s, ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490), %(pixel_x_m)s,
    %(pixel_y_m)s, %(overviews)s, %(file)s, %(file_sha256)s, %(file_bytes)s, %(source_sha256)s, %(dataset)s,
    %(load_id)s, %(date)s, tstzrange(%(known)s, NULL), %(transaction)s)
"""


@dataclass(frozen=True)
class Entry:
    """The entry of a file that was made into ledger and catalogue."""

    files: RasterFiles
    made: Made
    row: dict[str, Any]
    options: LoadOptions
    progress: Progress
    began: float

    def into(self, database: Database) -> LoadSummary:
        """Enter it, and keep the file under its name only if all of that holds."""
        kept: list[str] = []
        try:
            with database.writer.begin() as connection, _cursor(connection) as cursor:
                summary = self._enter(cursor, kept)
        except BaseException:
            for name in kept:
                self.files.drop(name)
            raise
        return summary

    def _enter(self, cursor: Cursor, kept: list[str]) -> LoadSummary:
        row, name = self.row, self.row["id"]
        if not ledger.try_lock(cursor, f"onemap raster {name}"):
            self._report(f"waiting for another load of {name}")
            ledger.lock(cursor, f"onemap raster {name}")
        load_id = ledger.begin_load(cursor, row["dataset"], row["path"], self.options.principal)
        self._keep_dataset(cursor)
        present = self._present(cursor)
        if present is not None and self._is_same(present):
            outcome: Outcome = "unchanged"
        else:
            outcome = "new" if present is None or present["date"] != row["date"] else "corrected"
            kept.append(self.files.take(self.made.path))
            self._insert(cursor, load_id, kept[0], present["number"] if present and outcome == "corrected" else None)
        summary = self._summary(load_id, outcome)
        ledger.finish_load(cursor, summary)
        self._report("committing")
        return summary

    def _present(self, cursor: Cursor) -> dict[str, Any] | None:
        """Return the state of the same date; where no date was stated, the newest one if it is the same."""
        of_date = _first(cursor, _OF_DATE, self.row)
        if of_date is not None or self.row["dated"]:
            return of_date
        newest = _first(cursor, _NEWEST, self.row)
        return newest if newest is not None and self._is_same(newest) else None

    def _is_same(self, present: dict[str, Any]) -> bool:
        return all(present[name] == self.row[name] for name in _SAME)

    def _insert(self, cursor: Cursor, load_id: int, file: str, ended: int | None) -> None:
        begun = cursor.execute(_BEGIN).fetchone()
        known = cursor.execute(_NOW, [self.row["id"]]).fetchone()
        transaction, instant = begun[0] if begun else None, known[0] if known else None
        if ended is not None:
            cursor.execute(_END, [instant, transaction, ended])
        texts = {name: json.dumps(self.row[name]) for name in ("bands", "style")}
        stamps = {"load_id": load_id, "file": file, "known": instant, "transaction": transaction}
        cursor.execute(_INSERT, self.row | texts | stamps)

    def _keep_dataset(self, cursor: Cursor) -> None:
        row = self.row
        facts = DatasetFacts(row["dataset"], Title(row["title_zh"], row["title_en"]), source=row["source"])
        ledger.keep_dataset(cursor, facts, row["date"], overrule=False)

    def _summary(self, load_id: int, outcome: Outcome) -> LoadSummary:
        row = self.row
        done = RasterSummary(
            raster=row["id"],
            outcome=outcome,
            kind=row["kind"],
            width=row["width"],
            height=row["height"],
            bands=len(row["bands"]),
            bytes=row["file_bytes"],
            resampling=row["overviews"],
        )
        return LoadSummary(
            load_id,
            row["dataset"],
            str(row["path"]),
            row["date"],
            round(time.monotonic() - self.began, 3),
            (),
            self.made.notes,
            source_crs=row["source_crs"],
            accuracy_m=row["accuracy_m"],
            rasters=(done,),
        )

    def _report(self, message: str) -> None:
        pixels = self.row["width"] * self.row["height"]
        self.progress.report(pixels, pixels, message)


def _first(cursor: Cursor, statement: str, row: dict[str, Any]) -> dict[str, Any] | None:
    found = cursor.execute(statement, {"id": row["id"], "date": row["date"]}).fetchone()
    return None if found is None else dict(zip(("number", "date", *_SAME), found, strict=True))


@contextmanager
def _cursor(connection: Connection) -> Iterator[Cursor]:
    """Give a cursor of the driver's own in the same transaction, as the ledger wants it."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101 - our only driver
    with driver.cursor() as cursor:
        yield cursor
