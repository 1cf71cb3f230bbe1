"""Administrative boundaries 行政区划."""

from layers.base import Appearance, Column
from layers.rule import rule
from layers.store.columns import CLASS, NAME, NAME_EN
from layers.store.dataset_layer import DatasetLayer
from layers.style import Single, Style, Variant, Width
from layers.title import Title

LAYER = DatasetLayer(
    id="boundaries",
    title=Title("行政区划", "Administrative boundaries"),
    theme="base",
    geometry="MultiPolygon",
    columns=(
        NAME,
        NAME_EN,
        CLASS,
        Column("admin_level", "integer", Title("行政级别", "administrative level")),
        Column("division_code", "text", Title("区划代码", "division code")),
    ),
    style=Style(
        kind="line",
        variants=(Variant("plain", Title("界线", "boundary"), Single("#9a86a4")),),
        order=70,
        width=Width(((8, 0.8), (14, 1.6))),
        dashes=(4, 2),
    ),
    appearance=Appearance("class", (("district", 6), ("city", 4)), other=10),
    minzoom=4,
)

RULES = (
    rule("required", "有名称", "has a name", "name"),
    # GB/T 2260: two digits each of province, city and district; GB/T 10114: three more of the street.
    rule(
        "pattern",
        "区划代码为 6、9 或 12 位数字",
        "division code of 6, 9 or 12 digits",
        "division_code",
        regex="^([0-9]{6}|[0-9]{9}|[0-9]{12})$",
    ),
    rule("unique", "区划代码唯一", "division code unique", "division_code"),
)
