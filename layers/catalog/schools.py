"""Schools 学校."""

from layers.base import Column
from layers.store.columns import ADDRESS, CLASS, NAME, NAME_EN
from layers.store.dataset_layer import DatasetLayer
from layers.style import Categories, Entry, Label, Style, Variant, Width
from layers.title import Title

_KINDS = (
    Entry("kindergarten", "#E69F00", Title("幼儿园", "kindergarten")),
    Entry("primary", "#009E73", Title("小学", "primary school")),
    Entry("secondary", "#0072B2", Title("中学", "secondary school")),
    Entry("school", "#56B4E9", Title("学校（学段不详）", "school, of a stage that is not told")),
    Entry("college", "#CC79A7", Title("高校", "college or university")),
)

LAYER = DatasetLayer(
    id="schools",
    title=Title("学校", "Schools"),
    theme="business",
    geometry="Point",
    columns=(
        NAME,
        NAME_EN,
        CLASS,
        Column("students", "integer", Title("学生数", "students"), minzoom=13),
        ADDRESS,
    ),
    style=Style(
        kind="circle",
        variants=(Variant("class", Title("学段", "stage"), Categories("class", _KINDS)),),
        order=76,
        outline="#ffffff",
        width=Width(((11, 2.5), (17, 8))),
        label=Label(minzoom=15, size=11),
    ),
    minzoom=11,
    visible=False,
    description=Title(
        "各级学校与幼儿园，以校门或校园中的一点表示。", "Schools of all stages, as a point on their grounds."
    ),
)
