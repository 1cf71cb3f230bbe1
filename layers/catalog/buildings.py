"""Buildings 建筑."""

from layers.base import Column
from layers.rule import rule
from layers.store.columns import ADDRESS, CLASS, FLOORS, HEIGHT, HEIGHT_SOURCE, MIN_HEIGHT, NAME, NAME_EN
from layers.store.dataset_layer import DatasetLayer
from layers.style import Categories, Entry, Extrusion, Label, Ramp, Single, Style, Variant
from layers.title import Title

_USES = (
    Entry("residential", "#E8C39E", Title("居住", "residential")),
    Entry("office", "#56B4E9", Title("办公", "office")),
    Entry("retail", "#D55E00", Title("商业", "retail")),
    Entry("hotel", "#CC79A7", Title("酒店", "hotel")),
    Entry("industrial", "#8C8C8C", Title("工业", "industrial")),
    Entry("education", "#F0E442", Title("教育", "education")),
    Entry("medical", "#C8102E", Title("医疗", "medical")),
    Entry("culture", "#009E73", Title("文化", "culture")),
    Entry("transport", "#0072B2", Title("交通", "transport")),
)
# ColorBrewer's YlGnBu, steps at the height classes of GB 50352 (24, 100, 250 m) and between.
_HEIGHTS = (
    (0, "#e9efc9"),
    (24, "#c7e9b4"),
    (50, "#7fcdbb"),
    (100, "#41b6c4"),
    (150, "#1d91c0"),
    (250, "#225ea8"),
    (400, "#0c2c84"),
)
BUILDING_VARIANTS = (
    Variant("height", Title("按高度", "by height"), Ramp("height_m", _HEIGHTS, "m")),
    Variant("use", Title("按用途", "by use"), Categories("use", _USES)),
    Variant("plain", Title("单色", "plain"), Single("#d8d4cc")),
)

LAYER = DatasetLayer(
    id="buildings",
    title=Title("建筑", "Buildings"),
    theme="base",
    geometry="MultiPolygon",
    columns=(
        NAME,
        NAME_EN,
        CLASS,
        Column("use", "text", Title("用途", "use"), codes=tuple((e.value, e.title) for e in _USES)),
        HEIGHT,
        MIN_HEIGHT,
        FLOORS,
        HEIGHT_SOURCE,
        Column("has_parts", "boolean", Title("有建筑部分", "has parts"), minzoom=13),
        ADDRESS,
        Column("start_year", "integer", Title("建成年份", "year built"), minzoom=15),
    ),
    style=Style(
        kind="fill",
        variants=BUILDING_VARIANTS,
        order=50,
        outline="#8f8b84",
        label=Label(minzoom=14.5, size=11, prominent=("height_m", 150, 16.8)),
        extrusion=Extrusion("height_m", "min_height_m", unless="has_parts"),
    ),
    minzoom=12,
    rank="height_m",
)

RULES = (
    # The highest building there is has 828 m and 163 floors.
    rule("range", "高度在 0 至 1000 米之间", "height between 0 and 1000 m", "height_m", min=0, max=1000),
    rule("range", "层数在 1 至 200 之间", "1 to 200 floors", "floors", min=1, max=200),
    rule("range", "建成年份合理", "a year of building that can be", "start_year", min=1000, max=2100),
    rule("size", "面积不小于 4 平方米", "at least 4 m²", min_m2=4),
    rule("no_overlap", "建筑互不重叠", "buildings do not overlap", tolerance_m2=1),
)
