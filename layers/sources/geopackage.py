"""GeoPackages."""

from layers.title import Title
from layers.vector.table import TableSource

SOURCE = TableSource(
    "geopackage", Title("GeoPackage 文件", "GeoPackage"), (".gpkg",), marks=(b"SQLite format 3\0",), lasting_ids=True
)
