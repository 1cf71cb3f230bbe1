"""Farmland 农业用地."""

from layers.base import Column
from layers.store.columns import CLASS, NAME
from layers.store.dataset_layer import DatasetLayer
from layers.style import Categories, Entry, Style, Variant
from layers.title import Title

_KINDS = (
    Entry("paddy", "#c9dd8f", Title("水田", "paddy")),
    Entry("vegetable", "#a8cf87", Title("菜地", "vegetables")),
    Entry("orchard", "#d9c88a", Title("果园", "orchard")),
    Entry("greenhouse", "#cfd8c8", Title("设施农业", "greenhouse")),
    Entry("farmland", "#dfe3b0", Title("农田", "farmland")),
)

LAYER = DatasetLayer(
    id="farmland",
    title=Title("农业用地", "Farmland"),
    theme="planning",
    geometry="MultiPolygon",
    columns=(
        NAME,
        CLASS,
        Column("crop", "text", Title("作物", "crop")),
        Column("area_m2", "real", Title("面积", "area"), "m²"),
    ),
    style=Style(
        kind="fill",
        variants=(Variant("class", Title("类别", "class"), Categories("class", _KINDS, "#dfe3b0")),),
        order=15,
        outline="#b9bd86",
    ),
    minzoom=11,
)
