"""Points of interest 兴趣点."""

from layers.base import Column
from layers.store.columns import ADDRESS, CLASS, NAME, NAME_EN
from layers.store.dataset_layer import DatasetLayer
from layers.style import Categories, Entry, Label, Style, Variant, Width
from layers.title import Title

_CATEGORIES = (
    Entry("amenity", "#E69F00", Title("生活服务", "amenity")),
    Entry("shop", "#D55E00", Title("商店", "shop")),
    Entry("tourism", "#009E73", Title("旅游", "tourism")),
    Entry("office", "#56B4E9", Title("机构", "office")),
    Entry("leisure", "#7fb069", Title("休闲", "leisure")),
    Entry("historic", "#8c6d46", Title("古迹", "historic")),
)

LAYER = DatasetLayer(
    id="poi",
    title=Title("兴趣点", "Points of interest"),
    theme="base",
    geometry="Point",
    columns=(
        NAME,
        NAME_EN,
        CLASS,
        Column("category", "text", Title("大类", "category"), codes=tuple((e.value, e.title) for e in _CATEGORIES)),
        ADDRESS,
        Column("phone", "text", Title("电话", "telephone"), minzoom=17),
        Column("website", "text", Title("网址", "website"), minzoom=17),
        Column("opening_hours", "text", Title("营业时间", "opening hours"), minzoom=17),
    ),
    style=Style(
        kind="circle",
        variants=(Variant("category", Title("大类", "category"), Categories("category", _CATEGORIES)),),
        order=75,
        width=Width(((14, 2), (18, 5))),
        label=Label(minzoom=16.5, size=10),
    ),
    minzoom=14,
    maxzoom=17,
    visible=False,
)
