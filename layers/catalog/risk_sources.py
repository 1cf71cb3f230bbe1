"""Things that the wind may break or throw down 风险源."""

from layers.base import Column
from layers.grades import Grade
from layers.store.columns import HEIGHT, NAME
from layers.store.dataset_layer import DatasetLayer
from layers.style import Categories, Entry, Style, Variant, Width
from layers.title import Title

# The colours of Okabe and Ito, which differ to every kind of eye; the dark rim keeps the light ones legible.
_KINDS = (
    Entry("sign", "#E69F00", Title("户外广告牌", "outdoor sign")),
    Entry("scaffold", "#CC79A7", Title("脚手架", "scaffold")),
    Entry("tower_crane", "#D55E00", Title("塔吊", "tower crane")),
    Entry("tree", "#009E73", Title("行道树", "street tree")),
    Entry("temporary", "#F0E442", Title("临时构筑物", "temporary structure")),
    Entry("rooftop_plant", "#56B4E9", Title("屋顶设备", "rooftop plant")),
    Entry("canopy", "#0072B2", Title("雨棚", "canopy")),
)
_STATES = (
    ("in_use", Title("在用", "in use")),
    ("idle", Title("停用", "idle")),
    ("dismantled", Title("已拆除", "dismantled")),
)

LAYER = DatasetLayer(
    id="risk_sources",
    title=Title("风险源", "Objects at risk"),
    theme="hazards",
    geometry="Point",
    columns=(
        NAME,
        Column("kind", "text", Title("类型", "kind"), codes=tuple((e.value, e.title) for e in _KINDS)),
        HEIGHT,
        Column("width_m", "real", Title("宽度", "width"), "m"),
        Column("material", "text", Title("材料或树种", "material or species"), minzoom=15),
        Column("built_year", "integer", Title("设置年份", "year put up"), minzoom=15),
        Column("state", "text", Title("状态", "state"), codes=_STATES),
        Column("owner", "text", Title("责任单位", "responsible body"), minzoom=15),
        Column("phone", "text", Title("联系电话", "telephone"), minzoom=17, grade=Grade.INTERNAL),
        Column("note", "text", Title("备注", "note"), minzoom=16),
    ),
    style=Style(
        kind="circle",
        variants=(Variant("kind", Title("类型", "kind"), Categories("kind", _KINDS)),),
        order=77,
        outline="#3c4043",
        width=Width(((13, 2), (18, 6))),
    ),
    minzoom=13,
    visible=False,
    description=Title(
        "大风中可能坠落、倾覆或折断的物体。高度为其顶端离地高度；宽度为广告牌面宽、脚手架沿墙长度、塔吊臂长、树冠直径，"
        "其余为较长一边。",
        "What strong wind may throw down, overturn or break. Height is that of the top above ground; width is that of "
        "a sign's face, a scaffold along its wall, a crane's jib, a tree's crown, or else the longer side.",
    ),
)
