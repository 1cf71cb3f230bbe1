"""Metro and railway stations 车站."""

from layers.base import Column
from layers.store.columns import CLASS, NAME, NAME_EN
from layers.store.dataset_layer import DatasetLayer
from layers.style import Categories, Entry, Label, Style, Variant, Width
from layers.title import Title

_CLASSES = (
    Entry("subway", "#5b4b91", Title("地铁站", "metro station")),
    Entry("rail", "#505050", Title("火车站", "railway station")),
    Entry("ferry", "#2f7fb5", Title("轮渡站", "ferry terminal")),
)

LAYER = DatasetLayer(
    id="stations",
    title=Title("车站", "Stations"),
    theme="base",
    geometry="Point",
    columns=(NAME, NAME_EN, CLASS, Column("lines", "text", Title("线路", "lines"))),
    style=Style(
        kind="circle",
        variants=(Variant("class", Title("类别", "class"), Categories("class", _CLASSES, "#707070")),),
        order=80,
        width=Width(((10, 2), (16, 6))),
        label=Label(minzoom=13, size=12, color="#463a72"),
    ),
    minzoom=10,
)
