"""From a file into the layers' tables: staged, compared, merged and recorded, wholly or not at all."""

from layers.ingest.load import load_path
from layers.ingest.options import LoadOptions, parse_extent, parse_kind, parse_names, parse_raster, parse_share
from layers.ingest.preview import LayerPreview, Preview, preview_path
from layers.ingest.progress import Progress, Silent
from layers.ingest.summary import LayerSummary, LoadSummary

__all__ = [
    "LayerPreview",
    "LayerSummary",
    "LoadOptions",
    "LoadSummary",
    "Preview",
    "Progress",
    "Silent",
    "load_path",
    "parse_extent",
    "parse_kind",
    "parse_names",
    "parse_raster",
    "parse_share",
    "preview_path",
]
