"""Keep-out zones below objects that may fall 坠物警戒区."""

from layers.style import Categories, Label, Style, Variant
from layers.title import Title
from twin.runs.layer import COLUMNS, RunLayer
from twin.runs.look import LEVELS

LAYER = RunLayer(
    id="wind_keepout",
    title=Title("坠物警戒区", "Keep-out zones"),
    theme="hazards",
    geometry="MultiPolygon",
    columns=COLUMNS,
    style=Style(
        kind="fill",
        variants=(Variant("level", Title("按等级", "by level"), Categories("level", LEVELS)),),
        order=62,
        opacity=0.35,
        outline="#e02020",
        label=Label(minzoom=16),
    ),
    minzoom=12,
    visible=False,
    rank="level",
    description=Title("高空坠物可能落到的范围", "where falling objects may land"),
    scenario="wind",
    kind="keepout",
)
