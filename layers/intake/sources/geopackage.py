"""GeoPackages."""

from layers.intake.vector.table import TableSource
from layers.title import Title

SOURCE = TableSource(
    "geopackage",
    Title("GeoPackage 文件", "GeoPackage"),
    (".gpkg",),
    signatures=(b"SQLite format 3\0",),
    stable_ids=True,
)
