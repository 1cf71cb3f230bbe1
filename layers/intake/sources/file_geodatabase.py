"""File Geodatabases of Esri."""

from layers.intake.source import Loss
from layers.intake.vector.table import TableSource
from layers.title import Title

SOURCE = TableSource(
    "file_geodatabase",
    Title("文件地理数据库", "File Geodatabase"),
    (".gdb", ".gdb.zip"),
    losses=(
        Loss("booleans", Title("没有布尔型,读入为 0 和 1", "there is no boolean type: booleans are read as 0 and 1")),
        Loss(
            "wide_integers",
            Title("64 位整数读入为实数", "64-bit integers are read as reals, except in the newest versions"),
        ),
        Loss(
            "places",
            Title("坐标归算到 1e-9 度的格网", "coordinates are snapped to a grid, 1e-9 degrees by default"),
            most=8,
        ),
    ),
    signatures=(b"PK\3\4",),
    folder=True,
    stable_ids=True,
    counted=True,
)
