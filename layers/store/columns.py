"""Columns that several layers have, so that the same thing has the same name, type, unit and title everywhere."""

from layers.base import Column
from layers.title import Title

NAME = Column("name", "text", Title("名称", "name"))
NAME_EN = Column("name_en", "text", Title("英文名称", "English name"))
CLASS = Column("class", "text", Title("类别", "class"))
ADDRESS = Column("address", "text", Title("地址", "address"), minzoom=15)
HEIGHT = Column("height_m", "real", Title("高度", "height"), "m")
MIN_HEIGHT = Column("min_height_m", "real", Title("离地高度", "height above ground"), "m")
FLOORS = Column("floors", "integer", Title("层数", "floors"), minzoom=14)
HEIGHT_SOURCE = Column(
    "height_source",
    "text",
    Title("高度来源", "height from"),
    minzoom=15,
    codes=(
        ("tagged", Title("数据标注", "tagged in the data")),
        ("floors", Title("由层数推算", "number of floors")),
        ("estimated", Title("估计", "estimate")),
    ),
)
BRIDGE = Column("bridge", "boolean", Title("桥梁", "bridge"), minzoom=13)
TUNNEL = Column("tunnel", "boolean", Title("隧道", "tunnel"), minzoom=13)
