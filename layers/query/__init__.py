"""Questions to the layers: items, counts and search, as functions that return a Select."""

from layers.query.bbox import Bbox, parse_bbox
from layers.query.changes import ChangesQuery, change, changes_statement, counts_statement
from layers.query.crosswalk import cells_of, to_grid, to_layer
from layers.query.cursor import no_cursor, read_cursor, write_cursor
from layers.query.facts import Bounds, Facts, datasets_statement, rows_statement, versions_statement
from layers.query.gridded import MOST_THINGS, GridQuery, count_rows, gridded_statement, summed_column
from layers.query.instants import MOST, Axis, Bin, Grain, Instant, bins_of, grains, instants_of, instants_statement
from layers.query.items import (
    Cursor,
    ItemsQuery,
    item_statement,
    items_statement,
    parse_cursor,
    parse_filters,
    parse_limit,
)
from layers.query.rasters import raster_of, rasters_sql, rasters_statement
from layers.query.search import is_searchable, parse_query, search_statement
from layers.query.zones import zones_statement

__all__ = [
    "MOST",
    "MOST_THINGS",
    "Axis",
    "Bbox",
    "Bin",
    "Bounds",
    "ChangesQuery",
    "Cursor",
    "Facts",
    "Grain",
    "GridQuery",
    "Instant",
    "ItemsQuery",
    "bins_of",
    "cells_of",
    "change",
    "changes_statement",
    "count_rows",
    "counts_statement",
    "datasets_statement",
    "grains",
    "gridded_statement",
    "instants_of",
    "instants_statement",
    "is_searchable",
    "item_statement",
    "items_statement",
    "no_cursor",
    "parse_bbox",
    "parse_cursor",
    "parse_filters",
    "parse_limit",
    "parse_query",
    "raster_of",
    "rasters_sql",
    "rasters_statement",
    "read_cursor",
    "rows_statement",
    "search_statement",
    "summed_column",
    "to_grid",
    "to_layer",
    "versions_statement",
    "write_cursor",
    "zones_statement",
]
