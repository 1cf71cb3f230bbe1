"""The load of a raster: looked at, made into a file of our own, and entered into the catalogue in one transaction."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from layers.errors import DatabaseError, ParameterError, SourceError
from layers.ingest import ledger
from layers.ingest.options import LoadOptions
from layers.ingest.progress import Progress
from layers.ingest.raster_summary import Outcome, RasterPreview, RasterSummary
from layers.ingest.stage import Cursor
from layers.ingest.summary import LoadSummary
from layers.raster.files import RasterFiles, sha256_of
from layers.raster.keeping import Made, gather, make
from layers.raster.plan import Plan, bands_of, notes_of, plan, style_of
from layers.raster.survey import survey
from layers.raster.wishes import RasterWishes, read_wishes
from layers.registry import Registry
from layers.source import DatasetFacts
from layers.space.crs import accuracy_m, crs_name
from layers.store.engine import Database
from layers.temporal import parse_instant
from layers.title import Title
from layers.vector.founding import layer_id

_SAME = ("source_sha256", "style", "bands", "kind", "grade", "title_zh", "title_en", "dataset", "source_crs")
_STATE = f"SELECT number, date, {', '.join(_SAME)} FROM onemap.raster WHERE id = %(id)s AND upper_inf(recorded)"  # noqa: S608
_OF_DATE = f"{_STATE} AND date = %(date)s"
_NEWEST = f"{_STATE} ORDER BY date DESC LIMIT 1"
_NOW = """
SELECT greatest(clock_timestamp(), max(lower(recorded)) + interval '1 microsecond') FROM onemap.raster WHERE id = %s
"""
_END = "UPDATE onemap.raster SET recorded = tstzrange(lower(recorded), %s) WHERE number = %s"
_INSERT = """
INSERT INTO onemap.raster (
    id, title_zh, title_en, kind, grade, bands, style, width, height, crs, source_crs, accuracy_m, extent, pixel_x_m,
    pixel_y_m, overviews, file, file_sha256, file_bytes, source_sha256, dataset, load_id, date, recorded)
VALUES (
    %(id)s, %(title_zh)s, %(title_en)s, %(kind)s, %(grade)s, %(bands)s, %(style)s, %(width)s, %(height)s, %(crs)s,
    %(source_crs)s, %(accuracy_m)s, ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490), %(pixel_x_m)s,
    %(pixel_y_m)s, %(overviews)s, %(file)s, %(file_sha256)s, %(file_bytes)s, %(source_sha256)s, %(dataset)s,
    %(load_id)s, %(date)s, tstzrange(%(known)s, NULL))
"""
_UNHEARD = ("table", "key", "extent", "encoding", "geometry", "precedence")


def load_raster(
    database: Database, registry: Registry, path: Path, options: LoadOptions, progress: Progress, files: RasterFiles
) -> LoadSummary:
    """Load a raster: whatever goes wrong, neither the database nor the folder has anything of it."""
    began = time.monotonic()
    planned, wishes, name = _plan(registry, path, options)
    with files.work() as folder:
        made = make(planned, folder, progress.report)
        row = _row(planned, made, wishes, name, options)
        entry = _Entry(files, made, row, options, progress, began)
        try:
            return entry.into(database)
        except (psycopg.OperationalError, OperationalError) as error:
            reason = str(error).strip().split("\n")[0]
            raise DatabaseError(
                f"the load of {path} broke off, nothing of it remains: {reason}; load it again"
            ) from error


def preview_raster(registry: Registry, path: Path, options: LoadOptions, progress: Progress) -> RasterPreview:
    """Read a raster as a load would, and tell what it would do; the same mistakes are raised, nothing is written."""
    planned, wishes, name = _plan(registry, path, options)
    gathered = gather(planned, progress.report)
    pixels, looked = planned.pixels(), planned.survey
    return RasterPreview(
        raster=name,
        title=wishes.title(path.stem).json(),
        kind=planned.kind,
        format=looked.format.id,
        width=pixels.width,
        height=pixels.height,
        source_crs=crs_name(looked.frame),
        crs=crs_name(pixels.crs),
        accuracy_m=accuracy_m(looked.frame),
        bounds=looked.bounds,
        pixel_m=looked.pixel_m,
        bands=tuple(asdict(band) for band in bands_of(planned, gathered)),
        style=_style(planned, wishes, gathered),
        resampling={"drawing": planned.drawing, "overviews": planned.overviews},
        dataset=_dataset(options, wishes, name),
        notes=notes_of(planned, gathered),
    )


def require_no_raster(options: LoadOptions) -> None:
    """Raise ParameterError where something is said of a raster that is none."""
    if options.raster:
        raise ParameterError("raster", "this is no raster, so there is nothing of one to say")


def _plan(registry: Registry, path: Path, options: LoadOptions) -> tuple[Plan, RasterWishes, str]:
    if not path.is_file():
        raise SourceError(str(path), "there is no such file; check the path")
    _require_heeded(options)
    wishes = read_wishes(path, options.raster)
    name = layer_id(options.layer or path.name.rsplit(".", 1)[0])
    if name in registry:
        raise ParameterError("layer", f"{name!r} is a layer of things; give the raster another name with --layer")
    stated = None if options.automatic else options.crs
    return plan(survey(path, stated or wishes.crs, options.grids), wishes), wishes, name


def _require_heeded(options: LoadOptions) -> None:
    for name in _UNHEARD:
        if getattr(options, name) is not None:
            raise ParameterError(name, "a raster has nothing that this wish could be for")
    if options.names:
        raise ParameterError("map", "a raster has no columns that could get other names")


def _dataset(options: LoadOptions, wishes: RasterWishes, name: str) -> str:
    return options.dataset or wishes.dataset or name


def _row(planned: Plan, made: Made, wishes: RasterWishes, name: str, options: LoadOptions) -> dict[str, Any]:
    """Return the row of the catalogue, but for what only the transaction knows."""
    looked, title = planned.survey, wishes.title(planned.survey.path.stem)
    stated = None if wishes.date is None else parse_instant(wishes.date, "raster date")
    written = datetime.fromtimestamp(looked.path.stat().st_mtime, UTC)
    west, south, east, north = looked.bounds
    return {
        "id": name,
        "title_zh": title.zh,
        "title_en": title.en,
        "kind": planned.kind,
        "grade": int(wishes.grade),
        "bands": _as_kept([asdict(band) for band in bands_of(planned, made.gathered)]),
        "style": _as_kept(_style(planned, wishes, made.gathered)),
        "width": made.width,
        "height": made.height,
        "crs": crs_name(made.crs),
        "source_crs": crs_name(looked.frame),
        "accuracy_m": accuracy_m(looked.frame),
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "pixel_x_m": looked.pixel_m[0],
        "pixel_y_m": looked.pixel_m[1],
        "overviews": planned.overviews,
        "file_sha256": sha256_of(made.path),
        "file_bytes": made.path.stat().st_size,
        "source_sha256": ledger.sha256(looked.path),
        "dataset": _dataset(options, wishes, name),
        "date": options.date or stated or written,
        "dated": options.date is not None or stated is not None,
        "path": looked.path,
        "source": wishes.texts.get("source", ""),
    }


def _as_kept(value: Any) -> Any:
    """Return a value as the database gives it back, so that the two can be compared."""
    return json.loads(json.dumps(value))


def _style(planned: Plan, wishes: RasterWishes, gathered: Any) -> dict[str, Any]:
    described = {"zh": wishes.texts.get("description_zh", ""), "en": wishes.texts.get("description_en", "")}
    return asdict(style_of(planned, gathered)) | {"description": described}


@dataclass(frozen=True)
class _Entry:
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
        known = cursor.execute(_NOW, [self.row["id"]]).fetchone()
        instant = known[0] if known else None
        if ended is not None:
            cursor.execute(_END, [instant, ended])
        texts = {name: json.dumps(self.row[name]) for name in ("bands", "style")}
        cursor.execute(_INSERT, self.row | texts | {"load_id": load_id, "file": file, "known": instant})

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
