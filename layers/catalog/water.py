"""Water surfaces 水面."""

from layers.store.columns import CLASS, NAME, NAME_EN
from layers.store.dataset_layer import DatasetLayer
from layers.style import Label, Single, Style, Variant
from layers.title import Title

LAYER = DatasetLayer(
    id="water",
    title=Title("水面", "Water"),
    theme="base",
    geometry="MultiPolygon",
    columns=(NAME, NAME_EN, CLASS),
    style=Style(
        kind="fill",
        variants=(Variant("plain", Title("水面", "water"), Single("#b5d3ea")),),
        order=30,
        label=Label(minzoom=12, size=13, color="#3b6d94"),
    ),
    minzoom=6,
)
