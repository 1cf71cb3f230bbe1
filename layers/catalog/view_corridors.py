"""Protected view corridors: from where which landmark is to stay in sight, and how much may be in the way 景观视廊."""

from layers.base import Column
from layers.rule import rule
from layers.store.columns import NAME
from layers.store.dataset_layer import DatasetLayer
from layers.style import Label, Single, Style, Variant, Width
from layers.title import Title

LAYER = DatasetLayer(
    id="view_corridors",
    title=Title("景观视廊", "View corridors"),
    theme="planning",
    geometry="MultiLineString",
    columns=(
        NAME,
        Column("corridor_code", "text", Title("视廊编号", "corridor")),
        Column("target_code", "text", Title("对景建筑统一编码", "code of the landmark"), minzoom=13),
        Column("eye_height_m", "real", Title("视点离地高", "eye over ground"), "m", minzoom=13),
        Column("target_base_m", "real", Title("对景下缘离地高", "view from"), "m", minzoom=13),
        Column("target_top_m", "real", Title("对景上缘离地高", "view up to"), "m", minzoom=13),
        Column("width_m", "real", Title("对景处宽度", "width at the target"), "m", minzoom=13),
        Column("angle_deg", "real", Title("水平视角", "angle across"), "°", minzoom=13),
        Column("permitted_pct", "real", Title("允许遮挡", "may be obstructed"), "%"),
        Column("basis", "text", Title("依据", "stated by"), minzoom=13),
        Column("approved", "timestamp", Title("批准日期", "approved"), minzoom=13),
    ),
    style=Style(
        kind="line",
        variants=(Variant("plain", Title("视廊", "corridor"), Single("#CC79A7")),),
        order=56,
        width=Width(((10, 1.5), (16, 4))),
        dashes=(4, 2),
        opacity=0.9,
        label=Label(minzoom=12, size=11, color="#7b3f61"),
    ),
    minzoom=10,
    visible=False,
    description=Title(
        "受保护的景观视廊：线的起点为视点，终点为对景；方案审查逐条比较方案前后被遮挡的比例",
        "protected views: the line begins at the eye and ends at what is looked at; reviews of schemes compare how "
        "much of it is obstructed without and with the scheme",
    ),
)

RULES = (
    rule("range", "视点离地高在 0 至 1000 米之间", "eye 0 to 1000 m over ground", "eye_height_m", min=0, max=1000),
    rule("range", "对景上缘离地高在 0 至 2000 米之间", "view up to 2000 m", "target_top_m", min=0, max=2000),
    rule("range", "对景处宽度在 0 至 2000 米之间", "width from 0 to 2000 m", "width_m", min=0, max=2000),
    rule("range", "水平视角在 0 至 120° 之间", "angle from 0 to 120°", "angle_deg", min=0, max=120),
    rule("range", "允许遮挡在 0 至 100% 之间", "obstruction from 0 to 100 %", "permitted_pct", min=0, max=100),
)
