"""KML files, plain and packed: WGS 84 and nothing else."""

from layers.source import Loss
from layers.title import Title
from layers.vector.table import TableSource

_TIMES = {"timestamp", "begin", "end"}
_TEXTS = {"Name", "description", "icon", "snippet"}

SOURCE = TableSource(
    "kml",
    Title("KML 文件", "KML file"),
    (".kml", ".kmz"),
    losses=(
        Loss(
            "wide_integers",
            Title("64 位整数读入为文本", "integers of 64 bits have no type of their own: they come back as text"),
        ),
        Loss("empty_text", Title("空文本读入为空值", "empty text comes back as nothing")),
    ),
    xml=True,
    marks=(b"<kml", b":kml", b"<Document", b"<Placemark", b"PK\3\4"),
    # How Google Earth is to draw a thing, and the number that the writer gave it.
    idle=frozenset({"id", "altitudeMode", "tessellate", "extrude", "visibility", "drawOrder"}),
    sparse=frozenset(_TIMES | _TEXTS),
)
