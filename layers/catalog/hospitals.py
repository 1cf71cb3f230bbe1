"""Hospitals and clinics 医疗机构."""

from layers.base import Column
from layers.store.columns import ADDRESS, CLASS, NAME, NAME_EN
from layers.store.dataset_layer import DatasetLayer
from layers.style import Categories, Entry, Label, Style, Variant, Width
from layers.title import Title

_KINDS = (
    Entry("hospital", "#D55E00", Title("医院", "hospital")),
    Entry("clinic", "#0072B2", Title("门诊部、社区卫生服务中心", "clinic or community health centre")),
    Entry("doctors", "#56B4E9", Title("诊所", "doctor's practice")),
)

LAYER = DatasetLayer(
    id="hospitals",
    title=Title("医疗机构", "Hospitals and clinics"),
    theme="business",
    geometry="Point",
    columns=(
        NAME,
        NAME_EN,
        CLASS,
        Column("tier", "text", Title("等级", "tier"), minzoom=13),
        Column("beds", "integer", Title("床位数", "beds"), minzoom=13),
        Column("emergency", "boolean", Title("设急诊", "has an emergency department"), minzoom=13),
        ADDRESS,
    ),
    style=Style(
        kind="circle",
        variants=(Variant("class", Title("类别", "class"), Categories("class", _KINDS)),),
        order=77,
        outline="#ffffff",
        width=Width(((11, 2.5), (17, 8))),
        label=Label(minzoom=15, size=11),
    ),
    minzoom=11,
    visible=False,
    description=Title("医院、门诊部与社区卫生服务中心。", "Hospitals, clinics and community health centres."),
)
