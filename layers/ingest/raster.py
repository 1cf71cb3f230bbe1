"""The load of a raster: looked at, made into a file of our own, and entered into the catalogue in one transaction."""

import json
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from layers.errors import DatabaseError, ParameterError, SourceError
from layers.ingest import ledger
from layers.ingest.options import LoadOptions
from layers.ingest.progress import Progress
from layers.ingest.raster_entry import Entry
from layers.ingest.raster_summary import RasterPreview
from layers.ingest.summary import LoadSummary
from layers.raster.files import RasterFiles, sha256_of
from layers.raster.keeping import Made, gather, make
from layers.raster.plan import Plan, bands_of, notes_of, plan, style_of
from layers.raster.survey import survey
from layers.raster.wishes import RasterWishes, read_wishes
from layers.registry import Registry
from layers.space.crs import accuracy_m, crs_name
from layers.store.engine import Database
from layers.store.models import raster as table
from layers.temporal import parse_instant
from layers.vector.founding import layer_id

_UNHEARD = ("table", "key", "extent", "encoding", "geometry", "precedence")


def load_raster(
    database: Database, registry: Registry, path: Path, options: LoadOptions, progress: Progress, files: RasterFiles
) -> LoadSummary:
    """Load a raster: whatever goes wrong, neither the database nor the folder has anything of it."""
    began = time.monotonic()
    planned, wishes, name = _plan(registry, path, options)
    files.sweep(_known(database))
    with files.work() as folder:
        made = make(planned, folder, progress.report)
        row = _row(planned, made, wishes, name, options)
        entry = Entry(files, made, row, options, progress, began)
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


def _known(database: Database) -> set[str]:
    """Return the names of the files that the catalogue speaks of."""
    with database.reader.connect() as connection:
        return set(connection.execute(select(table.c.file)).scalars())


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
