"""What a raster format is; the formats themselves are in ``layers.raster.formats``."""

from dataclasses import dataclass
from pathlib import Path

from layers.title import Title


@dataclass(frozen=True)
class RasterFormat:
    """A format of pixels.

    ``suffixes`` are the ends of its files' names, lower case. ``driver`` is GDAL's short name; a file is opened by
    this driver alone, so that no file can pass itself off as one that names other files or addresses.
    """

    id: str
    title: Title
    suffixes: tuple[str, ...]
    driver: str

    def recognises(self, path: Path) -> bool:
        """Tell whether a path is of this format, going by its name."""
        return path.name.lower().endswith(self.suffixes)
