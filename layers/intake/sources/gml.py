"""GML files, with or without their schema beside them."""

from layers.intake.vector.table import TableSource
from layers.title import Title

SOURCE = TableSource(
    "gml",
    Title("GML 文件", "GML file"),
    (".gml",),
    xml=True,
    signatures=(b"opengis.net/gml",),
    ignored=frozenset({"gml_id"}),
    # GDAL writes nothing beside the file, and downloads nothing.
    settings={"WRITE_GFS": "NO", "DOWNLOAD_SCHEMA": "NO", "EMPTY_AS_NULL": "NO"},
)
