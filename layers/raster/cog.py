"""Writes a raster as a cloud-optimised GeoTIFF: tiled, with overviews, compressed without loss (OGC 21-026)."""

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
from layers.raster.statistics import RunningStats
from layers.raster.survey import Survey

Report = Callable[[int, int | None, str], None]
_GEOTIFF_LIMIT = "IF_SAFER"


@dataclass(frozen=True)
class CogResult:
    """The written file, and the statistics of its bands."""

    path: Path
    width: int
    height: int
    crs: CRS
    gathered: list[RunningStats]
    notes: tuple[str, ...]


def gather(plan: Plan, report: Report) -> list[RunningStats]:
    """Read all pixels, for their statistics only."""
    return _stream(plan, report, None)


def make(plan: Plan, folder: Path, report: Report) -> CogResult:
    """Write the raster into a folder; raises SourceError where its pixels cannot be read, or the disk is full."""
    pixels = plan.pixels()
    flat, output = folder / "flat.tif", folder / "made.tif"
    try:
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True, GDAL_NUM_THREADS="ALL_CPUS"):
            with rasterio.open(flat, "w", **_profile(plan)) as sink:
                statistics = _stream(plan, report, sink)
            report(pixels.width * pixels.height, pixels.width * pixels.height, "making smaller copies")
            _optimise(plan, flat, output)
    except RasterioIOError as error:
        raise SourceError(str(plan.survey.path), f"it cannot be written: {error}; is the disk full?") from error
    return CogResult(output, pixels.width, pixels.height, pixels.crs, statistics, notes_of(plan, statistics))


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


def _optimise(plan: Plan, flat: Path, output: Path) -> None:
    copy(
        flat,
        output,
        driver="COG",
        compress="DEFLATE",
        predictor="YES",
        blocksize=SIDE,
        overview_resampling=plan.overviews.upper(),
        bigtiff=_GEOTIFF_LIMIT,
        num_threads="ALL_CPUS",
    )


def _stream(plan: Plan, report: Report, sink: Any) -> list[RunningStats]:
    """Go through all blocks once; raises SourceError where none of their pixels has a value."""
    pixels = plan.pixels()
    total, done = pixels.width * pixels.height, 0
    message = f"reading {plan.survey.path.name}"
    gathered = [RunningStats(categorical=plan.kind == "categorical") for _ in plan.survey.indexes]
    for block in pixels.blocks():
        for statistics, values, valid in zip(gathered, block.values, block.valid, strict=True):
            statistics.see(values, valid)
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


def _require_values(survey: Survey, gathered: list[RunningStats]) -> None:
    if not any(band.count for band in gathered):
        raise SourceError(str(survey.path), "no pixel has a value: all of them are declared as no data")
