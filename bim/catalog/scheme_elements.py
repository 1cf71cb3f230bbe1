"""What design schemes are made of, from the site to a door 方案构件: the columns of what there is, and the scheme."""

from bim.catalog.building_elements import LAYER as ELEMENTS
from bim.catalog.design_schemes import DesignLayer
from layers.base import Column
from layers.title import Title

LAYER = DesignLayer(
    id="scheme_elements",
    title=Title("方案构件", "Elements of design schemes"),
    theme=ELEMENTS.theme,
    geometry=ELEMENTS.geometry,
    columns=(*ELEMENTS.columns, Column("scheme", "text", Title("方案", "scheme"))),
    style=ELEMENTS.style,
    appearance=ELEMENTS.appearance,
    minzoom=ELEMENTS.minzoom,
    maxzoom=ELEMENTS.maxzoom,
    visible=False,
    rank=ELEMENTS.rank,
    description=Title(
        "规划设计方案的建筑构件，与现状建筑构件同列；每行属于一个方案，不进入现状底图",
        "elements of design schemes, with the columns of those that there are; each is of one scheme, none of the base",
    ),
)
