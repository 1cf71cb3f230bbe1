"""Parks, gardens, woods and grass 绿地."""

from layers.store.columns import CLASS, NAME, NAME_EN
from layers.store.dataset_layer import DatasetLayer
from layers.style import Label, Single, Style, Variant
from layers.title import Title

LAYER = DatasetLayer(
    id="green",
    title=Title("绿地", "Green space"),
    theme="base",
    geometry="MultiPolygon",
    columns=(NAME, NAME_EN, CLASS),
    style=Style(
        kind="fill",
        variants=(Variant("plain", Title("绿地", "green space"), Single("#cfe3c3")),),
        order=20,
        label=Label(minzoom=14, size=11, color="#4c7a45"),
    ),
    minzoom=9,
)
