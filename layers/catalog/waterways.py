"""Rivers, canals and ditches as lines 水系."""

from layers.base import Appearance, Column
from layers.store.columns import CLASS, NAME, NAME_EN
from layers.store.dataset_layer import DatasetLayer
from layers.style import Label, Single, Style, Variant, Width
from layers.title import Title

LAYER = DatasetLayer(
    id="waterways",
    title=Title("水系", "Waterways"),
    theme="base",
    geometry="MultiLineString",
    columns=(NAME, NAME_EN, CLASS, Column("width_m", "real", Title("宽度", "width"), "m")),
    style=Style(
        kind="line",
        variants=(Variant("plain", Title("水系", "waterway"), Single("#a6c9e4")),),
        order=31,
        width=Width(((10, 0.6), (17, 6)), "class", (("river", 1.6), ("ditch", 0.5), ("drain", 0.5))),
        label=Label(minzoom=14, size=11, placement="line", color="#3b6d94"),
    ),
    appearance=Appearance("class", (("river", 8), ("canal", 10)), other=13),
    minzoom=8,
)
