"""Gusts at street level 街道阵风."""

from layers.style import Categories, Label, Ramp, Style, Variant, Width
from layers.title import Title
from twin.runs.layer import COLUMNS, RunLayer
from twin.runs.look import LEVELS

# Steps of the gust of three seconds at which walking becomes hard (10), dangerous (15) and impossible (20), and at
# which things begin to fly (25 m/s).
_GUSTS = ((0, "#e6eef5"), (10, "#8cc5e3"), (15, "#f2c300"), (20, "#ff7a00"), (25, "#e02020"))

LAYER = RunLayer(
    id="wind_streets",
    title=Title("街道阵风", "Gusts in streets"),
    theme="hazards",
    geometry="MultiLineString",
    columns=COLUMNS,
    style=Style(
        kind="line",
        variants=(
            Variant("gust", Title("按阵风", "by gust"), Ramp("value", _GUSTS, "m/s")),
            Variant("level", Title("按等级", "by level"), Categories("level", LEVELS)),
        ),
        order=60,
        opacity=0.85,
        width=Width(((12, 1.5), (15, 5), (18, 18))),
        label=Label(minzoom=16, placement="line"),
    ),
    minzoom=11,
    visible=False,
    rank="value",
    description=Title("离地2米的3秒阵风，逐时段", "gust of three seconds 2 m above the ground, step by step"),
    scenario="wind",
    kind="streets",
)
