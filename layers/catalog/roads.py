"""Roads and paths 道路."""

from layers.base import Appearance, Column
from layers.rule import rule
from layers.store.columns import BRIDGE, CLASS, NAME, NAME_EN, TUNNEL
from layers.store.dataset_layer import DatasetLayer
from layers.style import Categories, Entry, Label, Style, Variant, Width
from layers.title import Title

# Classes are OpenStreetMap's values of the key highway.
_CLASSES = (
    Entry("motorway", "#e2cda0", Title("高速公路", "motorway")),
    Entry("trunk", "#e8d8b4", Title("快速路", "trunk road")),
    Entry("primary", "#f0e4c9", Title("主干路", "primary road")),
    Entry("secondary", "#f7f1e3", Title("次干路", "secondary road")),
    Entry("tertiary", "#ffffff", Title("支路", "tertiary road")),
    Entry("residential", "#ffffff", Title("居住区道路", "residential street")),
    Entry("footway", "#d9cfc4", Title("步行道", "footway")),
    Entry("cycleway", "#c5d2de", Title("自行车道", "cycleway")),
)
_WIDTHS = (
    ("motorway", 2.2),
    ("trunk", 2.0),
    ("primary", 1.7),
    ("secondary", 1.4),
    ("tertiary", 1.1),
    ("footway", 0.25),
    ("path", 0.25),
    ("steps", 0.25),
    ("cycleway", 0.3),
    ("service", 0.5),
)
_FROM_ZOOM = (
    ("motorway", 6),
    ("trunk", 8),
    ("primary", 9),
    ("secondary", 11),
    ("tertiary", 12),
    ("residential", 13),
    ("unclassified", 13),
    ("motorway_link", 11),
    ("trunk_link", 11),
    ("primary_link", 12),
)

LAYER = DatasetLayer(
    id="roads",
    title=Title("道路", "Roads"),
    theme="base",
    geometry="MultiLineString",
    columns=(
        NAME,
        NAME_EN,
        CLASS,
        Column("ref", "text", Title("编号", "number"), minzoom=10),
        Column("oneway", "boolean", Title("单行", "one way"), minzoom=15),
        Column("lanes", "integer", Title("车道数", "lanes"), minzoom=14),
        Column("maxspeed_kmh", "integer", Title("限速", "speed limit"), "km/h", minzoom=15),
        BRIDGE,
        TUNNEL,
        Column("level", "integer", Title("层级", "level"), minzoom=13),
        Column("width_m", "real", Title("宽度", "width"), "m", minzoom=15),
    ),
    style=Style(
        kind="line",
        variants=(Variant("class", Title("等级", "class"), Categories("class", _CLASSES, "#f2efe9")),),
        order=40,
        outline="#d6d2ca",
        width=Width(((8, 0.4), (12, 1.1), (15, 4.5), (18, 16)), "class", _WIDTHS),
        label=Label(minzoom=13.5, size=11, placement="line", color="#5f5a52"),
    ),
    appearance=Appearance("class", _FROM_ZOOM, other=14),
    minzoom=6,
)

RULES = (
    rule("required", "有等级", "has a class", "class"),
    rule("range", "车道数在 1 至 20 之间", "1 to 20 lanes", "lanes", min=1, max=20),
    rule("range", "限速在 5 至 140 之间", "speed limit from 5 to 140 km/h", "maxspeed_kmh", min=5, max=140),
    rule("range", "宽度在 0.3 至 150 米之间", "0.3 to 150 m wide", "width_m", min=0.3, max=150),
    rule("connected", "道路与路网相连", "connected with another road", tolerance_m=1),
)
