"""Plots of detailed plans, with the limits of what may be built on them 控规地块."""

from layers.base import Column
from layers.rule import rule
from layers.store.columns import NAME
from layers.store.dataset_layer import DatasetLayer
from layers.style import Categories, Entry, Label, Style, Variant
from layers.title import Title

# The main classes of GB 50137-2011.
_USES = (
    Entry("R", "#F7E7A0", Title("居住用地", "residential")),
    Entry("A", "#F2A0B5", Title("公共管理与公共服务", "public services")),
    Entry("B", "#E8665B", Title("商业服务业设施", "commercial")),
    Entry("M", "#B08968", Title("工业用地", "industrial")),
    Entry("W", "#B8A2D0", Title("物流仓储", "logistics")),
    Entry("S", "#B9BCC2", Title("道路与交通设施", "roads and transport")),
    Entry("U", "#7FA8D1", Title("公用设施", "utilities")),
    Entry("G", "#9CCB86", Title("绿地与广场", "green space and squares")),
)


def _metres(name: str, zh: str, en: str) -> Column:
    return Column(name, "real", Title(zh, en), "m", minzoom=15)


LAYER = DatasetLayer(
    id="planning_plots",
    title=Title("控规地块", "Planning plots"),
    theme="planning",
    geometry="MultiPolygon",
    columns=(
        NAME,
        Column("plot_code", "text", Title("地块编号", "plot")),
        Column("use_class", "text", Title("用地大类", "use"), codes=tuple((e.value, e.title) for e in _USES)),
        Column("use", "text", Title("用地性质", "use in detail"), minzoom=14),
        Column("max_height_m", "real", Title("建筑限高", "height limit"), "m"),
        Column("max_storeys", "integer", Title("层数上限", "most storeys"), minzoom=15),
        Column("max_far", "real", Title("容积率上限", "highest floor area ratio")),
        Column("max_density_pct", "real", Title("建筑密度上限", "highest building density"), "%"),
        Column("min_green_pct", "real", Title("绿地率下限", "lowest green ratio"), "%"),
        _metres("min_setback_m", "退界下限", "least setback"),
        _metres("min_setback_north_m", "北侧退界下限", "least setback to the north"),
        _metres("min_setback_east_m", "东侧退界下限", "least setback to the east"),
        _metres("min_setback_south_m", "南侧退界下限", "least setback to the south"),
        _metres("min_setback_west_m", "西侧退界下限", "least setback to the west"),
        _metres("min_spacing_m", "建筑间距下限", "least spacing of buildings"),
        Column("basis", "text", Title("依据", "stated by"), minzoom=15),
        Column("approved", "timestamp", Title("批准日期", "approved"), minzoom=15),
    ),
    style=Style(
        kind="fill",
        variants=(Variant("use", Title("用地大类", "use"), Categories("use_class", _USES, "#ecebe6")),),
        order=12,
        outline="#8a6d3b",
        opacity=0.5,
        label=Label(minzoom=15, size=11, color="#6b5426"),
    ),
    minzoom=11,
    visible=False,
    description=Title(
        "控制性详细规划的地块与规划条件：限高、容积率、建筑密度、绿地率、退界；方案审查由此取值，留空即无此项限制",
        "plots of detailed plans with their limits on height, floor area ratio, density, green ratio and setbacks; "
        "reviews of schemes take them from here, and what is empty is no limit",
    ),
)

RULES = (
    rule("range", "限高在 0 至 1000 米之间", "height limit between 0 and 1000 m", "max_height_m", min=0, max=1000),
    rule("range", "容积率在 0 至 50 之间", "floor area ratio between 0 and 50", "max_far", min=0, max=50),
    rule("range", "建筑密度在 0 至 100% 之间", "density from 0 to 100 %", "max_density_pct", min=0, max=100),
    rule("range", "绿地率在 0 至 100% 之间", "green ratio from 0 to 100 %", "min_green_pct", min=0, max=100),
)
