"""Objects at risk, ranked 风险对象."""

from layers.base import Appearance
from layers.style import Categories, Label, Style, Variant, Width
from layers.title import Title
from twin.runs.layer import COLUMNS, RunLayer
from twin.runs.look import LEVELS

LAYER = RunLayer(
    id="wind_objects",
    title=Title("大风风险对象", "Things in danger of wind"),
    theme="hazards",
    geometry="Point",
    columns=COLUMNS,
    style=Style(
        kind="circle",
        variants=(Variant("level", Title("按等级", "by level"), Categories("level", LEVELS)),),
        order=95,
        width=Width(((11, 3), (16, 9))),
        label=Label(minzoom=15, prominent=("level", 3, 17)),
    ),
    # Streets are the lines of a layer of their own: a point on each would hide the map.
    appearance=Appearance("category", (("street", 20),), other=10),
    minzoom=10,
    visible=False,
    rank="level",
    description=Title(
        "按等级和暴露人数排序的风险对象及原因", "what the wind endangers, why, ranked by level and people exposed"
    ),
    scenario="wind",
    kind="objects",
)
