"""Nodes of the drains 排水节点: inlets, manholes, pumping stations and outfalls."""

from layers.base import Column
from layers.grades import Grade
from layers.store.columns import NAME
from layers.store.dataset_layer import DatasetLayer
from layers.style import Categories, Entry, Style, Variant, Width
from layers.title import Title

_KINDS = (
    Entry("inlet", "#56B4E9", Title("雨水口", "inlet")),
    Entry("manhole", "#0072B2", Title("检查井", "manhole")),
    Entry("pumping_station", "#D55E00", Title("泵站", "pumping station")),
    Entry("outfall", "#009E73", Title("排放口", "outfall")),
)

LAYER = DatasetLayer(
    id="drainage_nodes",
    title=Title("排水节点", "Drainage nodes"),
    theme="governance",
    geometry="Point",
    columns=(
        NAME,
        Column("kind", "text", Title("类型", "kind"), codes=tuple((e.value, e.title) for e in _KINDS)),
        Column(
            "system",
            "text",
            Title("排水体制", "system"),
            codes=(
                ("rain", Title("雨水", "rainwater")),
                ("sewage", Title("污水", "sewage")),
                ("combined", Title("合流", "combined")),
            ),
        ),
        Column("ground_m", "real", Title("地面标高", "ground level"), "m", minzoom=16),
        Column("invert_m", "real", Title("井底标高", "invert level"), "m", minzoom=16),
        Column("department", "text", Title("养护单位", "maintained by"), minzoom=16),
        Column("state", "text", Title("状态", "state"), minzoom=15),
    ),
    style=Style(
        kind="circle",
        variants=(Variant("kind", Title("类型", "kind"), Categories("kind", _KINDS)),),
        order=73,
        outline="#ffffff",
        width=Width(((13, 1.5), (18, 6))),
    ),
    grade=Grade.INTERNAL,
    minzoom=13,
    visible=False,
    description=Title(
        "排水管网的雨水口、检查井、泵站和排放口。", "Inlets, manholes, pumping stations and outfalls of the drains."
    ),
)
