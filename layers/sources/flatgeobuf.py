"""FlatGeobuf files."""

from layers.title import Title
from layers.vector.table import TableSource

SOURCE = TableSource(
    "flatgeobuf", Title("FlatGeobuf 文件", "FlatGeobuf file"), (".fgb",), marks=(b"fgb\3fgb",), counted=True
)
