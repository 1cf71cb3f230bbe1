"""Land use 土地利用."""

from layers.store.columns import CLASS, NAME, NAME_EN
from layers.store.dataset_layer import DatasetLayer
from layers.style import Categories, Entry, Style, Variant
from layers.title import Title

_USES = (
    Entry("residential", "#f0e4dc", Title("居住", "residential")),
    Entry("commercial", "#f2dcdc", Title("商务", "commercial")),
    Entry("retail", "#f7d9d0", Title("商业", "retail")),
    Entry("industrial", "#e3dfe8", Title("工业", "industrial")),
    Entry("construction", "#e6e2d3", Title("施工", "construction")),
    Entry("education", "#e9e6f3", Title("教育", "education")),
    Entry("religious", "#e5e0da", Title("宗教", "religious")),
    Entry("railway", "#dedede", Title("铁路", "railway")),
)

LAYER = DatasetLayer(
    id="landuse",
    title=Title("土地利用", "Land use"),
    theme="planning",
    geometry="MultiPolygon",
    columns=(NAME, NAME_EN, CLASS),
    style=Style(
        kind="fill",
        variants=(Variant("use", Title("用途", "use"), Categories("class", _USES, "#ecebe6")),),
        order=10,
    ),
    minzoom=10,
    visible=False,
)
