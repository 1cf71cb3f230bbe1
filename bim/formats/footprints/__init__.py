"""Footprints with heights (2.5-D): polygons of GeoJSON, GeoPackage, FlatGeobuf and shapefiles as upright prisms.

Each feature is a building, from ``min_height_m`` (0 where it is left out) to ``height_m`` over the ground. ``storeys``
and ``storey_height_m`` or ``floor_area_m2`` tell its floor area. A feature with ``kind`` ``green`` is a green surface,
one with ``kind`` ``site`` the site of a design scheme, and no element.
"""

from dataclasses import dataclass
from pathlib import Path

from bim.formats.footprints.features import SUFFIXES
from bim.formats.footprints.reading import open_footprints
from bim.reading import ModelFormat, ModelReading, ReadOptions

__all__ = ["FORMAT"]


@dataclass(frozen=True)
class FootprintFormat(ModelFormat):
    """Reads files whole, into arrays."""

    def open(self, path: Path, options: ReadOptions) -> ModelReading:
        """Read it; raises SourceError, naming the feature, for what cannot be used."""
        return open_footprints(path, options)


FORMAT = FootprintFormat("footprints", SUFFIXES)
