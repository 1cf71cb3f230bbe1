"""A raster becomes a cloud-optimised GeoTIFF: tiled, with overviews, compressed without loss (OGC 21-026)."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from pyproj import CRS
from rasterio.errors import RasterioIOError
from rasterio.shutil import copy

from layers.errors import SourceError
from layers.raster.blocks import SIDE, Block
from layers.raster.plan import Plan, notes_of
from layers.raster.statistics import Gathered
from layers.raster.survey import Survey

Report = Callable[[int, int | None, str], None]
_GEOTIFF_LIMIT = "IF_SAFER"


@dataclass(frozen=True)
class Made:
    """A file that was made, and what was seen of its bands on the way."""

    path: Path
    width: int
    height: int
    crs: CRS
    gathered: list[Gathered]
    notes: tuple[str, ...]


def gather(plan: Plan, report: Report) -> list[Gathered]:
    """Read all pixels and keep nothing but statistics."""
    return _stream(plan, report, None)


def make(plan: Plan, folder: Path, report: Report) -> Made:
    """Write the raster into a folder; raises SourceError where its pixels cannot be read, or the disk is full."""
    pixels = plan.pixels()
    flat, made = folder / "flat.tif", folder / "made.tif"
    try:
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True, GDAL_NUM_THREADS="ALL_CPUS"):
            with rasterio.open(flat, "w", **_profile(plan)) as sink:
                gathered = _stream(plan, report, sink)
            report(pixels.width * pixels.height, pixels.width * pixels.height, "making smaller copies")
            _optimise(plan, flat, made)
    except RasterioIOError as error:
        raise SourceError(str(plan.survey.path), f"it cannot be written: {error}; is the disk full?") from error
    return Made(made, pixels.width, pixels.height, pixels.crs, gathered, notes_of(plan, gathered))


def _profile(plan: Plan) -> dict[str, Any]:
    pixels = plan.pixels()
    return {
        "driver": "GTiff",
        "width": pixels.width,
        "height": pixels.height,
        "count": len(plan.survey.indexes),
        "dtype": plan.type,
        "crs": rasterio.crs.CRS.from_wkt(pixels.crs.to_wkt()),
        "transform": pixels.transform,
        "nodata": plan.kept_nodata,
        "tiled": True,
        "blockxsize": SIDE,
        "blockysize": SIDE,
        "bigtiff": _GEOTIFF_LIMIT,
        "photometric": "RGB" if plan.kind == "image" else "MINISBLACK",
    }


def _optimise(plan: Plan, flat: Path, made: Path) -> None:
    copy(
        flat,
        made,
        driver="COG",
        compress="DEFLATE",
        predictor="YES",
        blocksize=SIDE,
        overview_resampling=plan.overviews.upper(),
        bigtiff=_GEOTIFF_LIMIT,
        num_threads="ALL_CPUS",
    )


def _stream(plan: Plan, report: Report, sink: Any) -> list[Gathered]:
    """Go through all blocks once; raises SourceError where none of their pixels has a value."""
    pixels = plan.pixels()
    total, done = pixels.width * pixels.height, 0
    message = f"reading {plan.survey.path.name}"
    gathered = [Gathered(categorical=plan.kind == "categorical") for _ in plan.survey.indexes]
    for block in pixels.blocks():
        for seen, values, valid in zip(gathered, block.values, block.valid, strict=True):
            seen.see(values, valid)
        if sink is not None:
            _write(plan, sink, block)
        done += block.valid[0].size
        report(done, total, message)
    _require_values(plan.survey, gathered)
    return gathered


def _write(plan: Plan, sink: Any, block: Block) -> None:
    values = block.values
    if plan.kept_nodata is not None:
        values = np.where(block.valid, values, np.array(plan.kept_nodata).astype(plan.type))
    sink.write(values.astype(plan.type, copy=False), window=block.window)
    if plan.needs_mask:
        sink.write_mask(block.valid.all(axis=0).astype(np.uint8) * 255, window=block.window)


def _require_values(survey: Survey, gathered: list[Gathered]) -> None:
    if not any(seen.count for seen in gathered):
        raise SourceError(str(survey.path), "no pixel of it has a value: all of them are stated to be no data")
