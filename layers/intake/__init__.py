"""Intake: from files to rows of layers; formats, loads, quality, quarantine."""

from layers.intake.fetch.area import Area, area_of
from layers.intake.fetch.download import Limits
from layers.intake.fetch.geofabrik import fetch_extract
from layers.intake.fetch.overpass import fetch_area
from layers.intake.ingest import (
    LayerPreview,
    LoadSummary,
    Preview,
    parse_extent,
    parse_kind,
    parse_names,
    parse_raster,
    parse_share,
    preview_path,
)
from layers.intake.ingest.jobs import load_kind, submit_load
from layers.intake.ingest.load import load_path, load_reading
from layers.intake.ingest.options import LoadOptions
from layers.intake.ingest.raster_summary import RasterPreview, RasterSummary
from layers.intake.ingest.summary import LayerSummary
from layers.intake.parquet_file import open_parquet, parquet_batches, unreadable_parquet
from layers.intake.quality.lineage import load_of_number, load_of_row, loads_statement, releases_of_row
from layers.intake.quality.report import Report, layer_report, load_reports
from layers.intake.quality.rules import forget, rule_book, set_rule, switch
from layers.intake.quarantine.listing import STATES, QuarantineQuery, counts, quarantined_row, quarantined_rows
from layers.intake.quarantine.mend import read_patch
from layers.intake.quarantine.review import QuarantineService, ReviewDecision, decision_of
from layers.intake.sheets import SHEET_SUFFIXES, sheet_lines
from layers.intake.source import DatasetFacts, Reading, Row
from layers.intake.sources import source_suffixes

__all__ = [
    "SHEET_SUFFIXES",
    "STATES",
    "Area",
    "DatasetFacts",
    "LayerPreview",
    "LayerSummary",
    "Limits",
    "LoadOptions",
    "LoadSummary",
    "Preview",
    "QuarantineQuery",
    "QuarantineService",
    "RasterPreview",
    "RasterSummary",
    "Reading",
    "Report",
    "ReviewDecision",
    "Row",
    "area_of",
    "counts",
    "decision_of",
    "fetch_area",
    "fetch_extract",
    "forget",
    "layer_report",
    "load_kind",
    "load_of_number",
    "load_of_row",
    "load_path",
    "load_reading",
    "load_reports",
    "loads_statement",
    "open_parquet",
    "parquet_batches",
    "parse_extent",
    "parse_kind",
    "parse_names",
    "parse_raster",
    "parse_share",
    "preview_path",
    "quarantined_row",
    "quarantined_rows",
    "read_patch",
    "releases_of_row",
    "rule_book",
    "set_rule",
    "sheet_lines",
    "source_suffixes",
    "submit_load",
    "switch",
    "unreadable_parquet",
]
