"""Datastreams: one property observed by one sensor of one thing 数据流."""

from typing import ClassVar

from layers.base import MAX_ZOOM, Column
from layers.store import NAME, DatasetLayer
from layers.style import Single, Style, Variant, Width
from layers.title import Title

# In no tile: for programs that ask by name.
_NEVER = MAX_ZOOM + 1


class DatastreamLayer(DatasetLayer):
    """The layer of datastreams: search, which finds their things, does not find each of them as well."""

    searchable: ClassVar[bool] = False


LAYER = DatastreamLayer(
    id="datastreams",
    title=Title("数据流", "Datastreams"),
    theme="iot",
    geometry="Geometry",
    columns=(
        NAME,
        Column("description", "text", Title("说明", "description"), minzoom=_NEVER),
        Column("thing", "integer", Title("设备编号", "thing")),
        Column("sensor", "integer", Title("传感器编号", "sensor"), minzoom=_NEVER),
        Column("observed_property", "integer", Title("观测属性编号", "observed property"), minzoom=_NEVER),
        Column("property_name", "text", Title("观测属性", "observed property's name")),
        Column("unit_name", "text", Title("单位名称", "unit"), minzoom=15),
        Column("unit_symbol", "text", Title("单位符号", "unit's symbol"), minzoom=15),
        Column("unit_definition", "text", Title("单位定义", "unit's definition (UCUM)"), minzoom=_NEVER),
        Column("observation_type", "text", Title("观测类型", "type of observations"), minzoom=_NEVER),
        Column("properties", "text", Title("属性", "properties"), minzoom=_NEVER),
        Column("stated_grade", "integer", Title("自定密级", "grade stated for itself"), minzoom=_NEVER),
    ),
    style=Style(
        kind="circle",
        variants=(Variant("plain", Title("数据流", "datastream"), Single("#9a8fd0")),),
        order=77,
        width=Width(((12, 1), (18, 4))),
    ),
    minzoom=14,
    maxzoom=17,
    visible=False,
    description=Title(
        "一个设备上一个传感器对一个属性的观测序列；位置和最低密级随设备",
        "the observations of one property by one sensor of a thing; its place, and its least grade, are its thing's",
    ),
)
