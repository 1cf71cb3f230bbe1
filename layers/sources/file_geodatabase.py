"""File Geodatabases of Esri."""

from layers.source import Loss
from layers.title import Title
from layers.vector.table import TableSource

SOURCE = TableSource(
    "file_geodatabase",
    Title("文件地理数据库", "File Geodatabase"),
    (".gdb", ".gdb.zip"),
    losses=(
        Loss("booleans", Title("没有布尔型,读入为 0 和 1", "there are no booleans: they come back as 0 and 1")),
        Loss(
            "wide_integers",
            Title("64 位整数读入为实数", "integers of 64 bits are kept as reals, except by the newest versions"),
        ),
        Loss(
            "places",
            Title(
                "坐标归算到 1e-9 度的格网", "coordinates are put on a lattice, of 1e-9 degrees if nothing else is said"
            ),
            most=8,
        ),
    ),
    marks=(b"PK\3\4",),
    folder=True,
    lasting_ids=True,
    counted=True,
)
