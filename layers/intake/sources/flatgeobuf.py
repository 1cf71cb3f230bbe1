"""FlatGeobuf files."""

from layers.intake.vector.table import TableSource
from layers.title import Title

SOURCE = TableSource(
    "flatgeobuf", Title("FlatGeobuf 文件", "FlatGeobuf file"), (".fgb",), signatures=(b"fgb\3fgb",), counted=True
)
