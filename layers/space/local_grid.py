"""A city's own plane grid, whose parameters only its operator has: a PROJ pipeline under a name."""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from pyproj import Transformer
from pyproj.exceptions import ProjError

from layers.errors import InputError, ParameterError
from layers.space.gcj02_bd09 import LonLat

_NAME = re.compile(r"[^\W_][\w.-]{0,40}")


@dataclass(frozen=True)
class LocalGrid:
    """A grid such as 上海2000.

    ``pipeline`` leads from the grid's east and north in metres to longitude and latitude on CGCS2000; it may hold any
    operation that PROJ knows. ``accuracy_m`` is its author's statement.
    """

    name: str
    pipeline: str
    accuracy_m: float | None = None

    def __post_init__(self) -> None:
        """Refuse a name that the command line cannot take, or that has another meaning."""
        if not _NAME.fullmatch(self.name) or self.name.upper().startswith(("EPSG", "GCJ", "BD-09", "BD09", "AUTO")):
            raise ValueError(
                f"{self.name!r} cannot be the name of a local grid: use letters and digits, then also _ . -"
            )
        if self.accuracy_m is not None and not self.accuracy_m >= 0:
            raise ValueError(f"the accuracy of the local grid {self.name} cannot be {self.accuracy_m} m")

    def require(self, parameter: str) -> None:
        """Raise ParameterError where PROJ cannot read the pipeline."""
        try:
            _transformer(self.pipeline)
        except ProjError as error:
            raise ParameterError(
                parameter,
                f"the pipeline of the local grid {self.name} in TWIN_LOCAL_GRIDS cannot be read by PROJ: {error}",
            ) from error

    def lonlat(self, xy: LonLat) -> LonLat:
        """Return degrees (n, 2), longitude first, of the grid's east and north (n, 2)."""
        try:
            moved = _transformer(self.pipeline).transform(xy[:, 0], xy[:, 1], errcheck=True)
        except ProjError as error:
            raise InputError(f"coordinates cannot be transformed from {self.name} to the map: {error}") from error
        return np.column_stack(moved)

    def xy(self, lonlat: LonLat) -> LonLat:
        """Return the grid's east and north (n, 2) of degrees (n, 2); raises InputError where there is no way back."""
        try:
            moved = _transformer(self.pipeline).transform(
                lonlat[:, 0], lonlat[:, 1], errcheck=True, direction="INVERSE"
            )
        except ProjError as error:
            raise InputError(f"places of the map cannot be transformed to {self.name}: {error}") from error
        return np.column_stack(moved)


@lru_cache(maxsize=8)
def _transformer(pipeline: str) -> Transformer:
    return Transformer.from_pipeline(pipeline)
