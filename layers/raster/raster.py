"""A raster of the catalogue: what it is, how it looks, and where its pixels are kept."""

import hashlib
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from layers.errors import ParameterError
from layers.grades import Grade
from layers.title import Title

# Numbers along a scale; numbers that stand for classes; red, green and blue.
Kind = Literal["continuous", "categorical", "image"]
Json = dict[str, Any]
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Band:
    """One band, with exact statistics of its pixels that have a value; numbers are None where there are none.

    ``type`` is numpy's name of the kind of number; ``valid_share`` is the share of pixels with a value.
    """

    number: int
    title: Title
    type: str
    unit: str = ""
    nodata: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    std: float | None = None
    valid_share: float = 0.0


@dataclass(frozen=True)
class RasterClass:
    """What a number of a categorical raster stands for; ``color`` is #rrggbb."""

    value: int
    color: str
    title: Title


@dataclass(frozen=True)
class RasterStyle:
    """How a raster looks.

    ``colormap`` names a ramp of ``layers.raster.ramps``, drawn from ``low`` to ``high`` of band ``band``;
    ``resampling`` is how pixels are drawn on tiles; ``elevation`` says that its numbers are heights in metres.
    """

    colormap: str = "viridis"
    low: float = 0.0
    high: float = 1.0
    band: int = 1
    resampling: str = "bilinear"
    elevation: bool = False
    classes: tuple[RasterClass, ...] = ()


@dataclass(frozen=True)
class Raster:
    """A raster in one state.

    ``file`` is its name among the files that are kept; its ``crs`` is that of its pixels, ``source_crs`` of what came
    in. ``bounds`` are west, south, east, north in degrees (EPSG:4490), ``pixel_m`` the width and height of a pixel in
    its middle, on the ground. ``overviews`` is the resampling by which smaller copies were made.
    """

    id: str
    title: Title
    kind: Kind
    grade: Grade
    bands: tuple[Band, ...]
    style: RasterStyle
    file: str
    sha256: str
    bytes: int
    width: int
    height: int
    crs: str
    source_crs: str
    bounds: Bounds
    pixel_m: tuple[float, float]
    overviews: str
    date: datetime
    dataset: str
    load_id: int
    accuracy_m: float | None = None
    source: str = ""
    description: Title = field(default=Title("", ""))

    @cached_property
    def version(self) -> str:
        """Return a hash of its pixels and style, on which everything drawn from it depends."""
        identity = (self.id, self.sha256, self.kind, asdict(self.style), [band.nodata for band in self.bands])
        return hashlib.blake2b(repr(identity).encode(), digest_size=9).hexdigest()

    def band(self, number: int) -> Band:
        """Return a band by its number from 1, or raise ParameterError."""
        if not 1 <= number <= len(self.bands):
            raise ParameterError("band", f"raster {self.id} has bands 1 to {len(self.bands)}, not {number}")
        return self.bands[number - 1]

    def class_of(self, value: float) -> RasterClass | None:
        """Return what a number stands for."""
        return next((one for one in self.style.classes if one.value == value), None)
