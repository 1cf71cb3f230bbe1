"""Which files the page takes, by the ends of their names: whatever the shelves of formats read."""

from dataclasses import dataclass
from functools import cache

from bim.formats import model_suffixes
from layers.intake import source_suffixes
from layers.raster import raster_suffixes


@dataclass(frozen=True)
class Files:
    """``accept`` is for the dialog, which knows last suffixes alone; ``models`` are those of models and no layer."""

    accept: str
    models: str


@cache
def files() -> Files:
    """Return what the formats of this program read."""
    layers, models = source_suffixes() | raster_suffixes(), model_suffixes()
    last = {f".{suffix.rsplit('.', 1)[1]}" for suffix in layers | models}
    return Files(",".join(sorted(last)), ",".join(sorted(models - layers)))
