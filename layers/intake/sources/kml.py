"""KML and KMZ files, always in WGS 84."""

from layers.intake.source import Loss
from layers.intake.vector.table import TableSource
from layers.title import Title

_TIMES = {"timestamp", "begin", "end"}
_TEXTS = {"Name", "description", "icon", "snippet"}

SOURCE = TableSource(
    "kml",
    Title("KML 文件", "KML file"),
    (".kml", ".kmz"),
    losses=(
        Loss(
            "wide_integers",
            Title("64 位整数读入为文本", "64-bit integers are read as text"),
        ),
        Loss("empty_text", Title("空文本读入为空值", "empty text is read as null")),
    ),
    xml=True,
    signatures=(b"<kml", b":kml", b"<Document", b"<Placemark", b"PK\3\4"),
    # Settings of Google Earth's display, and the writer's own number.
    ignored=frozenset({"id", "altitudeMode", "tessellate", "extrude", "visibility", "drawOrder"}),
    optional=frozenset(_TIMES | _TEXTS),
)
