"""Administrative boundaries 行政区划."""

from layers.base import Appearance, Column
from layers.store.columns import CLASS, NAME, NAME_EN
from layers.store.dataset_layer import DatasetLayer
from layers.style import Single, Style, Variant, Width
from layers.title import Title

LAYER = DatasetLayer(
    id="boundaries",
    title=Title("行政区划", "Administrative boundaries"),
    theme="base",
    geometry="MultiPolygon",
    columns=(
        NAME,
        NAME_EN,
        CLASS,
        Column("admin_level", "integer", Title("行政级别", "administrative level")),
        Column("division_code", "text", Title("区划代码", "division code")),
    ),
    style=Style(
        kind="line",
        variants=(Variant("plain", Title("界线", "boundary"), Single("#9a86a4")),),
        order=70,
        width=Width(((8, 0.8), (14, 1.6))),
        dashes=(4, 2),
    ),
    appearance=Appearance("class", (("district", 6), ("city", 4)), other=10),
    minzoom=4,
)
