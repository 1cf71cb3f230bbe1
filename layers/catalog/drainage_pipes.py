"""Pipes of the drains 排水管段."""

from layers.base import Column
from layers.grades import Grade
from layers.store.columns import NAME
from layers.store.dataset_layer import DatasetLayer
from layers.style import Categories, Entry, Style, Variant, Width
from layers.title import Title

_SYSTEMS = (
    Entry("rain", "#0072B2", Title("雨水", "rainwater")),
    Entry("sewage", "#8c6d46", Title("污水", "sewage")),
    Entry("combined", "#CC79A7", Title("合流", "combined")),
)

LAYER = DatasetLayer(
    id="drainage_pipes",
    title=Title("排水管段", "Drainage pipes"),
    theme="governance",
    geometry="MultiLineString",
    columns=(
        NAME,
        Column("system", "text", Title("排水体制", "system"), codes=tuple((e.value, e.title) for e in _SYSTEMS)),
        Column("diameter_mm", "integer", Title("管径", "diameter"), "mm"),
        Column("material", "text", Title("材质", "material"), minzoom=15),
        Column("built_year", "integer", Title("建成年份", "year built"), minzoom=15),
        Column("upstream", "text", Title("上游节点", "upstream node"), minzoom=16),
        Column("downstream", "text", Title("下游节点", "downstream node"), minzoom=16),
    ),
    style=Style(
        kind="line",
        variants=(Variant("system", Title("排水体制", "system"), Categories("system", _SYSTEMS)),),
        order=72,
        width=Width(((12, 1), (18, 4))),
    ),
    grade=Grade.INTERNAL,
    minzoom=12,
    visible=False,
    description=Title("排水管网的管段，方向自上游至下游。", "Pipes of the drains, drawn from upstream to downstream."),
)
