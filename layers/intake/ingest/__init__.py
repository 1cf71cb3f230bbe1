"""Loads: a file is staged, compared, merged into the layers' tables and recorded, in one transaction."""

from layers.intake.ingest.load import load_path
from layers.intake.ingest.options import LoadOptions, parse_extent, parse_kind, parse_names, parse_raster, parse_share
from layers.intake.ingest.preview import LayerPreview, Preview, preview_path
from layers.intake.ingest.summary import LayerSummary, LoadSummary
from layers.ops.jobs.progress import Progress, Silent

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
