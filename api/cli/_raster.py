"""What a load of a raster did or would do, in the terminal."""

from typing import Any

from rich.markup import escape
from rich.table import Table

from api.console import out
from layers.intake import RasterPreview, RasterSummary

_STATISTICS = ("minimum", "maximum", "mean", "std")
_MIB = 1024 * 1024


def print_raster(summary: RasterSummary) -> None:
    """Print what a load did to a raster."""
    size = f"{summary.width:,} × {summary.height:,} × {summary.bands}"
    storage = f"{summary.bytes / _MIB:,.1f} MB, smaller copies by {summary.resampling}"
    out().print(f"raster {summary.raster}: {summary.outcome}, {summary.kind}, {size}, {storage}", markup=False)


def print_raster_preview(preview: RasterPreview) -> None:
    """Print what a load would make of a raster."""
    size = f"{preview.width:,} × {preview.height:,} pixels of {preview.pixel_m[0]:g} × {preview.pixel_m[1]:g} m"
    table = Table(title=f"raster {preview.raster}, {preview.kind}: {size}", title_justify="left")
    for name in ("band", "title", "type", "unit", "no data", *_STATISTICS, "with a value"):
        table.add_column(name)
    for band in preview.bands:
        table.add_row(*_cells(band))
    out().print(table)
    west, south, east, north = preview.bounds
    out().print(f"from {west:.6f}, {south:.6f} to {east:.6f}, {north:.6f}; pixels kept in {preview.crs}", markup=False)
    ways = preview.resampling
    out().print(f"drawn by {ways['drawing']}, smaller copies by {ways['overviews']}", markup=False)
    if preview.kind == "continuous":
        style = preview.style
        out().print(f"colours {style['colormap']} from {style['low']:g} to {style['high']:g}", markup=False)


def _cells(band: dict[str, Any]) -> list[str]:
    none = "" if band["nodata"] is None else f"{band['nodata']:g}"
    numbers = ["" if band[name] is None else f"{band[name]:.6g}" for name in _STATISTICS]
    title = escape(f"{band['title']['zh']} {band['title']['en']}")
    return [
        str(band["number"]),
        title,
        band["type"],
        escape(band["unit"]),
        none,
        *numbers,
        f"{band['valid_share']:.1%}",
    ]
