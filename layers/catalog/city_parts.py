"""City parts: manhole covers, lamps, hydrants and the like 城市部件."""

from layers.base import Column
from layers.rule import rule
from layers.store.columns import CLASS, NAME
from layers.store.dataset_layer import DatasetLayer
from layers.style import Categories, Entry, Style, Variant, Width
from layers.title import Title

# The classes of CJ/T 214 and GB/T 30428.2.
_CLASSES = (
    Entry("公用设施", "#0072B2", Title("公用设施", "public utilities")),
    Entry("道路交通", "#E69F00", Title("道路交通", "roads and traffic")),
    Entry("市容环境", "#009E73", Title("市容环境", "street environment")),
    Entry("园林绿化", "#7fb069", Title("园林绿化", "greens")),
    Entry("房屋土地", "#8c6d46", Title("房屋土地", "houses and land")),
)

LAYER = DatasetLayer(
    id="city_parts",
    title=Title("城市部件", "City parts"),
    theme="governance",
    geometry="Point",
    columns=(
        NAME,
        Column("part_code", "text", Title("部件编码", "part code")),
        CLASS,
        Column("subclass", "text", Title("小类", "subclass")),
        Column("department", "text", Title("主管部门", "department"), minzoom=16),
        Column("state", "text", Title("状态", "state"), minzoom=15),
    ),
    style=Style(
        kind="circle",
        variants=(Variant("class", Title("大类", "class"), Categories("class", _CLASSES)),),
        order=74,
        width=Width(((13, 1.5), (18, 4.5))),
    ),
    minzoom=13,
    visible=False,
)

RULES = (
    rule("pattern", "部件编码为 16 位数字", "part code of 16 digits", "part_code", regex="^[0-9]{16}$"),
    rule("unique", "部件编码唯一", "part code unique", "part_code"),
    rule("required", "有大类", "has a class", "class"),
)
