"""Enterprises 企业."""

from layers.base import Column
from layers.grades import Grade
from layers.store.columns import ADDRESS, CLASS, NAME, NAME_EN
from layers.store.dataset_layer import DatasetLayer
from layers.style import Categories, Entry, Label, Style, Variant, Width
from layers.title import Title

# Sections of GB/T 4754 that offices of a city centre fall into, and what OpenStreetMap calls them.
_KINDS = (
    Entry("finance", "#0072B2", Title("金融业", "finance")),
    Entry("information", "#56B4E9", Title("信息传输、软件和信息技术", "information and software")),
    Entry("business", "#E69F00", Title("租赁和商务服务", "leasing and business services")),
    Entry("trade", "#009E73", Title("批发和零售", "wholesale and retail")),
    Entry("transport", "#CC79A7", Title("交通运输与仓储", "transport and storage")),
    Entry("company", "#7a828c", Title("企业（行业不详）", "company, of an industry that is not told")),
)

LAYER = DatasetLayer(
    id="enterprises",
    title=Title("企业", "Enterprises"),
    theme="business",
    geometry="Point",
    columns=(
        NAME,
        NAME_EN,
        CLASS,
        Column("credit_code", "text", Title("统一社会信用代码", "unified social credit code"), minzoom=16),
        Column("employees", "integer", Title("从业人数", "employees"), minzoom=15, grade=Grade.INTERNAL),
        ADDRESS,
    ),
    style=Style(
        kind="circle",
        variants=(Variant("class", Title("行业", "industry"), Categories("class", _KINDS)),),
        order=75,
        width=Width(((13, 2), (18, 6))),
        label=Label(minzoom=17, size=11),
    ),
    minzoom=13,
    visible=False,
    description=Title(
        "法人单位及其经营地点；从业人数为内部数据。", "Companies where they work; how many work there is internal."
    ),
)
