"""Things that sense: masts, gateways, manhole covers, vehicles 感知设备."""

from layers.base import MAX_ZOOM, Column
from layers.grades import Grade
from layers.store import NAME, DatasetLayer
from layers.style import Label, Single, Style, Variant, Width
from layers.title import Title

# In no tile: for programs that ask by name.
_NEVER = MAX_ZOOM + 1

LAYER = DatasetLayer(
    id="things",
    title=Title("感知设备", "Things that sense"),
    theme="iot",
    geometry="Geometry",
    columns=(
        NAME,
        Column("description", "text", Title("说明", "description"), minzoom=_NEVER),
        Column("category", "text", Title("类别", "kind")),
        Column("owner", "text", Title("责任单位", "owner"), minzoom=15, grade=Grade.INTERNAL),
        Column("properties", "text", Title("属性", "properties"), minzoom=_NEVER),
    ),
    style=Style(
        kind="circle",
        variants=(Variant("plain", Title("设备", "thing"), Single("#7a6fb3")),),
        order=76,
        width=Width(((12, 2), (18, 6))),
        label=Label(minzoom=17, size=10),
    ),
    minzoom=12,
    maxzoom=17,
    visible=False,
    description=Title(
        "装有传感器的设备及其位置；没有位置的设备不在地图上，但可以检索",
        "what carries sensors, and where it is; a thing without a location is in no tile, and can be asked for",
    ),
)
