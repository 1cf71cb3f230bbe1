"""Inspects a raster file: what it is, where it lies, and whether it can be used."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from affine import Affine
from pyproj import CRS, Geod
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import RasterioIOError

from layers.errors import InputError, SourceError
from layers.raster.format import RasterFormat
from layers.raster.formats import format_of
from layers.raster.raster import Bounds, Kind
from layers.space.crs import Frame, crs_name, parse_crs, to_map
from layers.space.local_grid import LocalGrid

# A side of a million pixels has no use in a district; a file that declares more is broken or malicious.
MOST_PIXELS = 4_000_000_000
MOST_BANDS = 16
# In which GDAL keeps blocks of files. In bytes: rasterio takes no megabytes here, as GDAL's own option does.
CACHE_BYTES = 128 * 1024 * 1024
_OUTLINE_POINTS = 16
_GEOD = Geod(ellps="GRS80")
_RGB = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)


@dataclass(frozen=True)
class Survey:
    """The properties of a file, and the system of its coordinates.

    ``transform`` leads from column and row to coordinates in ``frame``; ``palette`` are colours by value. ``indexes``
    are the numbers of the bands that hold values, the others tell what is transparent.
    """

    path: Path
    format: RasterFormat
    frame: Frame
    transform: Affine
    width: int
    height: int
    indexes: tuple[int, ...]
    types: tuple[str, ...]
    nodata: tuple[float | None, ...]
    titles: tuple[str, ...]
    units: tuple[str, ...]
    palette: dict[int, str]
    kind: Kind
    bounds: Bounds
    pixel_m: tuple[float, float]
    has_mask: bool

    @property
    def pixels(self) -> int:
        """Return how many pixels a band has."""
        return self.width * self.height

    @property
    def is_plain(self) -> bool:
        """Tell whether GDAL itself knows the frame, so that pixels can stay where they are."""
        return isinstance(self.frame, CRS)


@contextmanager
def opened(path: Path, driver: str) -> Iterator[Any]:
    """Open a raster by one driver, and turn what goes wrong into a SourceError."""
    try:
        with rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES), rasterio.open(path, driver=driver) as dataset:
            yield dataset
    except RasterioIOError as error:
        raise SourceError(str(path), f"it cannot be read as a raster: {_reason(error)}") from error


def survey(path: Path, crs: str | None, grids: Iterable[LocalGrid] = ()) -> Survey:
    """Inspect a raster; raises SourceError or ParameterError where it cannot be used."""
    raster_format = format_of(path)
    if raster_format is None:
        raise SourceError(str(path), "no raster format has this file suffix")
    with opened(path, raster_format.driver) as dataset:
        _require_size(path, dataset)
        _require_numbers(path, dataset)
        frame = _frame(path, dataset, crs, grids)
        _require_place(path, dataset)
        outline = _outline(path, dataset, frame)
        indexes = tuple(n for n in dataset.indexes if dataset.colorinterp[n - 1] != ColorInterp.alpha)
        return Survey(
            path=path,
            format=raster_format,
            frame=frame,
            transform=dataset.transform,
            width=dataset.width,
            height=dataset.height,
            indexes=indexes,
            types=tuple(dataset.dtypes[n - 1] for n in indexes),
            nodata=tuple(dataset.nodatavals[n - 1] for n in indexes),
            titles=tuple(dataset.descriptions[n - 1] or "" for n in indexes),
            units=tuple(dataset.units[n - 1] or "" for n in indexes),
            palette=_palette(dataset),
            kind=_kind(dataset),
            bounds=outline.bounds,
            pixel_m=_pixel_m(dataset, frame),
            has_mask=MaskFlags.per_dataset in dataset.mask_flag_enums[0],
        )


def _require_size(path: Path, dataset: Any) -> None:
    if dataset.count < 1:
        raise SourceError(str(path), "it has no bands; if it is a container, extract one part of it")
    if dataset.count > MOST_BANDS:
        raise SourceError(str(path), f"it has {dataset.count} bands; {MOST_BANDS} are the most")
    if dataset.width * dataset.height > MOST_PIXELS:
        size = f"{dataset.width:,} × {dataset.height:,}"
        raise SourceError(str(path), f"it has {size} pixels, more than {MOST_PIXELS:,}; cut it into smaller ones")


def _require_numbers(path: Path, dataset: Any) -> None:
    for number, kind in enumerate(dataset.dtypes, start=1):
        if np.dtype(kind).kind not in "iuf":
            raise SourceError(str(path), f"its numbers are of the type {kind}, which no map can show", f"band {number}")


def _frame(path: Path, dataset: Any, crs: str | None, grids: Iterable[LocalGrid]) -> Frame:
    if crs is None and dataset.crs is None:
        raise SourceError(
            str(path), "it does not state its coordinate reference system; give it, such as --crs EPSG:4490"
        )
    frame = parse_crs(crs, grids=grids) if crs is not None else parse_crs(dataset.crs.to_wkt())
    if isinstance(frame, CRS) and not (frame.is_geographic or frame.is_projected):
        raise SourceError(str(path), f"{crs_name(frame)} is neither a geographic nor a projected system")
    return frame


def _require_place(path: Path, dataset: Any) -> None:
    if dataset.transform.is_identity or dataset.transform.is_degenerate:
        points = "ground control points" if dataset.gcps[0] else "no georeference"
        raise SourceError(
            str(path),
            f"it has {points} where the place and size of its pixels should be; "
            "georeference it first (gdalwarp, or QGIS: Georeferencer)",
        )


def _outline(path: Path, dataset: Any, frame: Frame) -> shapely.Polygon:
    """Return the edge of the raster in EPSG:4490, with points enough for it to bend."""
    steps = np.linspace(0.0, 1.0, _OUTLINE_POINTS, endpoint=False)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * [dataset.width, dataset.height]
    sides = [corners[n] + (corners[(n + 1) % 4] - corners[n]) * steps[:, None] for n in range(4)]
    ring = np.vstack(sides)
    edge = shapely.polygons(np.column_stack(dataset.transform @ (ring[:, 0], ring[:, 1])))
    try:
        placed = to_map(np.array([edge]), frame)[0]
    except InputError as error:
        raise SourceError(str(path), str(error)) from error
    if not np.isfinite(shapely.get_coordinates(placed)).all():
        raise SourceError(
            str(path), f"its outline cannot be transformed from {crs_name(frame)} to the map; check --crs"
        )
    return placed


def _pixel_m(dataset: Any, frame: Frame) -> tuple[float, float]:
    """Return the sides of the pixel in the middle, on the ellipsoid."""
    col, row = dataset.width / 2, dataset.height / 2
    places = [dataset.transform @ place for place in ((col, row), (col + 1, row), (col, row + 1))]
    lonlat = shapely.get_coordinates(to_map(np.asarray(shapely.points(places)), frame))
    across, down = (_GEOD.inv(*lonlat[0], *end)[2] for end in lonlat[1:])
    return round(float(across), 6), round(float(down), 6)


def _kind(dataset: Any) -> Kind:
    interpreted = tuple(dataset.colorinterp)
    if interpreted[0] == ColorInterp.palette:
        return "categorical"
    return "image" if interpreted[:3] == _RGB and set(dataset.dtypes) == {"uint8"} else "continuous"


def _palette(dataset: Any) -> dict[int, str]:
    if dataset.colorinterp[0] != ColorInterp.palette:
        return {}
    return {value: f"#{red:02x}{green:02x}{blue:02x}" for value, (red, green, blue, *_) in dataset.colormap(1).items()}


def _reason(error: Exception) -> str:
    return str(error).strip().split("\n")[0] or "GDAL gives no reason"
