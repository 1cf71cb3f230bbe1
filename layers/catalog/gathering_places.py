"""Places where many people are at once 人员聚集点."""

from layers.base import Column
from layers.grades import Grade
from layers.rule import rule
from layers.store.columns import HEIGHT, NAME
from layers.store.dataset_layer import DatasetLayer
from layers.style import Categories, Entry, Label, Style, Variant, Width
from layers.title import Title

# The colours of Okabe and Ito, which differ to every kind of eye.
_KINDS = (
    Entry("sky_deck", "#D55E00", Title("观光层", "sky deck")),
    Entry("metro_exit", "#0072B2", Title("地铁出入口", "metro exit")),
    Entry("square", "#009E73", Title("广场", "square")),
    Entry("ferry", "#56B4E9", Title("轮渡站", "ferry terminal")),
    Entry("footbridge", "#E69F00", Title("人行天桥", "footbridge")),
)

LAYER = DatasetLayer(
    id="gathering_places",
    title=Title("人员聚集点", "Places with people"),
    theme="hazards",
    geometry="Point",
    columns=(
        NAME,
        Column("kind", "text", Title("类型", "kind"), codes=tuple((e.value, e.title) for e in _KINDS)),
        Column("capacity", "integer", Title("容纳人数", "capacity")),
        HEIGHT,
        Column("owner", "text", Title("责任单位", "responsible body"), minzoom=15),
        Column("phone", "text", Title("联系电话", "telephone"), minzoom=17, grade=Grade.INTERNAL),
    ),
    style=Style(
        kind="circle",
        variants=(Variant("kind", Title("类型", "kind"), Categories("kind", _KINDS)),),
        order=78,
        outline="#3c4043",
        width=Width(((12, 3), (18, 8))),
        label=Label(minzoom=15, size=11),
    ),
    minzoom=12,
    visible=False,
    description=Title(
        "大风中须关闭、疏散或提醒的场所。高度为人所在之处离地高度。",
        "What has to be closed, cleared or warned in strong wind. Height is that of the people's floor above ground.",
    ),
)

RULES = (rule("range", "容量不为负", "capacity not below zero", "capacity", min=0, max=1000000),)
