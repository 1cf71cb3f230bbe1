"""Parts of buildings, each with its own height 建筑部分."""

from layers.base import Column
from layers.catalog.buildings import BUILDING_VARIANTS
from layers.store.columns import CLASS, FLOORS, HEIGHT, HEIGHT_SOURCE, MIN_HEIGHT, NAME
from layers.store.dataset_layer import DatasetLayer
from layers.style import Extrusion, Style
from layers.title import Title

LAYER = DatasetLayer(
    id="building_parts",
    title=Title("建筑部分", "Building parts"),
    theme="3d",
    geometry="MultiPolygon",
    columns=(
        NAME,
        CLASS,
        HEIGHT,
        MIN_HEIGHT,
        FLOORS,
        HEIGHT_SOURCE,
        Column("roof_shape", "text", Title("屋顶形状", "roof shape"), minzoom=15),
        Column("colour", "text", Title("颜色", "colour"), minzoom=15),
    ),
    style=Style(
        kind="fill",
        variants=tuple(variant for variant in BUILDING_VARIANTS if variant.id != "use"),
        order=51,
        outline="#8f8b84",
        extrusion=Extrusion("height_m", "min_height_m"),
    ),
    minzoom=13,
    rank="height_m",
)
