"""GML files, with or without their schema beside them."""

from layers.title import Title
from layers.vector.table import TableSource

SOURCE = TableSource(
    "gml",
    Title("GML 文件", "GML file"),
    (".gml",),
    xml=True,
    marks=(b"opengis.net/gml",),
    idle=frozenset({"gml_id"}),
    # Nothing is written beside the file, and nothing fetched from elsewhere.
    settings={"WRITE_GFS": "NO", "DOWNLOAD_SCHEMA": "NO", "EMPTY_AS_NULL": "NO"},
)
