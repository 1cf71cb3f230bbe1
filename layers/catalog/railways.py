"""Railways and metro lines 轨道交通."""

from layers.base import Appearance, Column
from layers.store.columns import BRIDGE, CLASS, NAME, NAME_EN, TUNNEL
from layers.store.dataset_layer import DatasetLayer
from layers.style import Categories, Entry, Style, Variant, Width
from layers.title import Title

_CLASSES = (
    Entry("subway", "#7a6aa8", Title("地铁", "metro")),
    Entry("rail", "#707070", Title("铁路", "railway")),
    Entry("light_rail", "#a87aa0", Title("轻轨", "light rail")),
    Entry("monorail", "#a8577a", Title("单轨/磁浮", "monorail, maglev")),
    Entry("tram", "#5c8a8a", Title("有轨电车", "tram")),
)

LAYER = DatasetLayer(
    id="railways",
    title=Title("轨道交通", "Railways and metro"),
    theme="base",
    geometry="MultiLineString",
    columns=(
        NAME,
        NAME_EN,
        CLASS,
        Column("ref", "text", Title("线路", "line")),
        Column("colour", "text", Title("标志色", "line colour"), minzoom=10),
        BRIDGE,
        TUNNEL,
    ),
    style=Style(
        kind="line",
        variants=(Variant("class", Title("类别", "class"), Categories("class", _CLASSES, "#8a8a8a")),),
        order=45,
        width=Width(((8, 0.6), (14, 1.8), (18, 4))),
        dashes=(3, 1.5),
        opacity=0.8,
    ),
    appearance=Appearance("class", (("rail", 8), ("subway", 10)), other=12),
    minzoom=8,
)
