"""Wind load on façades over what they are designed for 幕墙风荷载比."""

from layers.style import Categories, Extrusion, Ramp, Style, Variant
from layers.title import Title
from twin.runs.layer import COLUMNS, RunLayer
from twin.runs.look import LEVELS

# The demand over the design value: at 1 the load is that of the code.
_RATIOS = ((0, "#dfe6ea"), (0.5, "#1e6fff"), (0.7, "#f2c300"), (0.85, "#ff7a00"), (1.0, "#e02020"))

LAYER = RunLayer(
    id="wind_facades",
    title=Title("立面风压", "Wind on façades"),
    theme="hazards",
    geometry="MultiPolygon",
    columns=COLUMNS,
    style=Style(
        kind="fill",
        variants=(
            Variant("eta", Title("按荷载比", "by demand over design"), Ramp("value", _RATIOS, "η")),
            Variant("level", Title("按等级", "by level"), Categories("level", LEVELS)),
        ),
        order=61,
        opacity=0.9,
        extrusion=Extrusion("height_m", "base_m"),
    ),
    minzoom=13,
    visible=False,
    rank="value",
    description=Title("幕墙单元风荷载与设计值之比 η", "wind load on each façade cell over its design value, η"),
    scenario="wind",
    kind="facades",
)
