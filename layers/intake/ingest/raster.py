"""Loads of rasters: surveyed, converted to a file of our own, and catalogued in one transaction."""

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
from layers.intake.ingest import load_log
from layers.intake.ingest.options import LoadOptions
from layers.intake.ingest.raster_entry import Entry
from layers.intake.ingest.raster_summary import RasterPreview
from layers.intake.ingest.summary import LoadSummary
from layers.intake.vector.infer_schema import layer_id
from layers.ops.jobs.progress import Progress
from layers.raster.cog import CogResult, gather, make
from layers.raster.files import RasterFiles, sha256_of
from layers.raster.options import RasterOptions, read_raster_options
from layers.raster.plan import Plan, bands_of, notes_of, plan, style_of
from layers.raster.survey import survey
from layers.registry import Registry
from layers.space.crs import accuracy_m, crs_name
from layers.store.engine import Database
from layers.store.models import raster as table
from layers.temporal import parse_instant

_UNSUPPORTED = ("table", "key", "extent", "encoding", "geometry", "precedence")


def load_raster(
    database: Database, registry: Registry, path: Path, options: LoadOptions, progress: Progress, files: RasterFiles
) -> LoadSummary:
    """Load a raster; on any failure neither the database nor the folder keeps anything of it."""
    began = time.monotonic()
    planned, raster_options, name = _plan(registry, path, options)
    files.sweep(_catalogued_files(database))
    with files.work() as folder:
        made = make(planned, folder, progress.report)
        row = _row(planned, made, raster_options, name, options)
        entry = Entry(files, made, row, options, progress, began)
        try:
            return entry.into(database)
        except (psycopg.OperationalError, OperationalError) as error:
            reason = str(error).strip().split("\n")[0]
            raise DatabaseError(
                f"the load of {path} was interrupted and rolled back: {reason}; load it again"
            ) from error


def preview_raster(registry: Registry, path: Path, options: LoadOptions, progress: Progress) -> RasterPreview:
    """Read a raster as a load would, and return what it would do; the same errors are raised, nothing is written."""
    planned, raster_options, name = _plan(registry, path, options)
    gathered = gather(planned, progress.report)
    pixels, looked = planned.pixels(), planned.survey
    return RasterPreview(
        raster=name,
        title=raster_options.title(path.stem).json(),
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
        style=_style(planned, raster_options, gathered),
        resampling={"drawing": planned.drawing, "overviews": planned.overviews},
        dataset=_dataset(options, raster_options, name),
        notes=notes_of(planned, gathered),
    )


def _catalogued_files(database: Database) -> set[str]:
    """Return the names of the files in the catalogue."""
    with database.reader.connect() as connection:
        return set(connection.execute(select(table.c.file)).scalars())


def require_no_raster(options: LoadOptions) -> None:
    """Raise ParameterError when there are options of rasters for another file."""
    if options.raster:
        raise ParameterError("raster", "this is not a raster; leave out the options of rasters")


def _plan(registry: Registry, path: Path, options: LoadOptions) -> tuple[Plan, RasterOptions, str]:
    if not path.is_file():
        raise SourceError(str(path), "there is no such file; check the path")
    _require_supported(options)
    raster_options = read_raster_options(path, options.raster)
    name = layer_id(options.layer or path.name.rsplit(".", 1)[0])
    if name in registry:
        raise ParameterError("layer", f"{name!r} is a layer of objects; give the raster another name with --layer")
    crs = None if options.automatic else options.crs
    return plan(survey(path, crs or raster_options.crs, options.grids), raster_options), raster_options, name


def _require_supported(options: LoadOptions) -> None:
    for name in _UNSUPPORTED:
        if getattr(options, name) is not None:
            raise ParameterError(name, "rasters do not support this option; leave it out")
    if options.names:
        raise ParameterError("map", "a raster has no columns to rename; leave it out")


def _dataset(options: LoadOptions, raster_options: RasterOptions, name: str) -> str:
    return options.dataset or raster_options.dataset or name


def _row(
    planned: Plan, made: CogResult, raster_options: RasterOptions, name: str, options: LoadOptions
) -> dict[str, Any]:
    """Return the row of the catalogue, without the values that the transaction assigns."""
    looked, title = planned.survey, raster_options.title(planned.survey.path.stem)
    declared_date = None if raster_options.date is None else parse_instant(raster_options.date, "raster date")
    modified = datetime.fromtimestamp(looked.path.stat().st_mtime, UTC)
    west, south, east, north = looked.bounds
    return {
        "id": name,
        "title_zh": title.zh,
        "title_en": title.en,
        "kind": planned.kind,
        "grade": int(raster_options.grade),
        "bands": _as_stored([asdict(band) for band in bands_of(planned, made.gathered)]),
        "style": _as_stored(_style(planned, raster_options, made.gathered)),
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
        "source_sha256": load_log.sha256(looked.path),
        "dataset": _dataset(options, raster_options, name),
        "date": options.date or declared_date or modified,
        "dated": options.date is not None or declared_date is not None,
        "path": looked.path,
        "source": raster_options.texts.get("source", ""),
    }


def _as_stored(value: Any) -> Any:
    """Return a value as the database returns it, for comparison."""
    return json.loads(json.dumps(value))


def _style(planned: Plan, raster_options: RasterOptions, gathered: Any) -> dict[str, Any]:
    described = {
        "zh": raster_options.texts.get("description_zh", ""),
        "en": raster_options.texts.get("description_en", ""),
    }
    return asdict(style_of(planned, gathered)) | {"description": described}
