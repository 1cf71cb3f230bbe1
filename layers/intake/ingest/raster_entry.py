"""Enters a raster into the load log and the catalogue in one transaction, together with its file."""

import json
import time
from dataclasses import dataclass
from typing import Any

from layers.intake.ingest import load_log
from layers.intake.ingest.options import LoadOptions
from layers.intake.ingest.raster_summary import Outcome, RasterSummary
from layers.intake.ingest.stage import Cursor
from layers.intake.ingest.summary import LoadSummary
from layers.intake.source import DatasetFacts
from layers.ops.jobs.progress import Progress
from layers.raster.cog import CogResult
from layers.raster.files import RasterFiles
from layers.store.engine import Database
from layers.store.locks import lend_driver, locks_of
from layers.title import Title

_SAME = ("source_sha256", "style", "bands", "kind", "grade", "title_zh", "title_en", "dataset", "source_crs")
_STATE = f"SELECT number, date, {', '.join(_SAME)} FROM onemap.raster WHERE id = %(id)s AND upper_inf(recorded)"  # noqa: S608
_OF_DATE = f"{_STATE} AND date = %(date)s"
_NEWEST = f"{_STATE} ORDER BY date DESC LIMIT 1"
# First of all, as system time begins within the transaction.
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
    """The entry of a converted file into the load log and the catalogue."""

    files: RasterFiles
    made: CogResult
    row: dict[str, Any]
    options: LoadOptions
    progress: Progress
    began: float

    def into(self, database: Database) -> LoadSummary:
        """Enter the raster, and keep its file only if the transaction commits."""
        stored: list[str] = []
        try:
            with database.writer.begin() as connection, lend_driver(connection) as driver, driver.cursor() as cursor:
                # It records a load of the dataset, as any other does.
                locks_of(connection).several(dataset=self.row["dataset"], raster=self.row["id"], waiting=self._report)
                summary = self._enter(cursor, stored)
        except BaseException:
            for name in stored:
                self.files.drop(name)
            raise
        return summary

    def _enter(self, cursor: Cursor, stored: list[str]) -> LoadSummary:
        row = self.row
        load_id = load_log.begin_load(cursor, row["dataset"], row["path"], self.options.principal)
        self._keep_dataset(cursor)
        present = self._present(cursor)
        if present is not None and self._is_same(present):
            outcome: Outcome = "unchanged"
        else:
            outcome = "new" if present is None or present["date"] != row["date"] else "corrected"
            stored.append(self.files.take(self.made.path))
            self._insert(cursor, load_id, stored[0], present["number"] if present and outcome == "corrected" else None)
        summary = self._summary(load_id, outcome)
        load_log.finish_load(cursor, summary)
        self._report("committing")
        return summary

    def _present(self, cursor: Cursor) -> dict[str, Any] | None:
        """Return the state of the same date; where no date is declared, the newest one if it is the same."""
        of_date = _first(cursor, _OF_DATE, self.row)
        if of_date is not None or self.row["dated"]:
            return of_date
        newest = _first(cursor, _NEWEST, self.row)
        return newest if newest is not None and self._is_same(newest) else None

    def _is_same(self, present: dict[str, Any]) -> bool:
        return all(present[name] == self.row[name] for name in _SAME)

    def _insert(self, cursor: Cursor, load_id: int, file: str, ended: int | None) -> None:
        edit = cursor.execute(_BEGIN).fetchone()
        now = cursor.execute(_NOW, [self.row["id"]]).fetchone()
        transaction, instant = edit[0] if edit else None, now[0] if now else None
        if ended is not None:
            cursor.execute(_END, [instant, transaction, ended])
        texts = {name: json.dumps(self.row[name]) for name in ("bands", "style")}
        stamps = {"load_id": load_id, "file": file, "known": instant, "transaction": transaction}
        cursor.execute(_INSERT, self.row | texts | stamps)

    def _keep_dataset(self, cursor: Cursor) -> None:
        row = self.row
        facts = DatasetFacts(row["dataset"], Title(row["title_zh"], row["title_en"]), source=row["source"])
        load_log.keep_dataset(cursor, facts, row["date"], overrule=False)

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
    values = cursor.execute(statement, {"id": row["id"], "date": row["date"]}).fetchone()
    return None if values is None else dict(zip(("number", "date", *_SAME), values, strict=True))
