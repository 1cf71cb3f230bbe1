"""What buildings are made of, from the site to a door 建筑构件."""

from layers.base import MAX_ZOOM, Appearance, Column, Nesting
from layers.store import HEIGHT, MIN_HEIGHT, NAME, DatasetLayer
from layers.style import Categories, Entry, Label, Style, Variant
from layers.title import Title

_KINDS = (
    Entry("site", "#c9c9c9", Title("场地", "site")),
    Entry("building", "#b8b0a4", Title("楼栋", "building")),
    Entry("storey", "#d8d4cc", Title("楼层", "storey")),
    Entry("space", "#56B4E9", Title("房间", "room")),
    Entry("element", "#E69F00", Title("构件", "element")),
)
_DISCIPLINES = (
    Entry("architecture", "#E69F00", Title("建筑", "architecture")),
    Entry("structure", "#8C8C8C", Title("结构", "structure")),
    Entry("mep", "#009E73", Title("机电", "mechanical, electrical, plumbing")),
    Entry("transport", "#0072B2", Title("垂直交通", "lifts, escalators")),
    Entry("furnishing", "#CC79A7", Title("家具", "furnishing")),
    Entry("site", "#c9c9c9", Title("场地", "site")),
)
# Beyond the last zoom: for the page that asks by name, and in no tile.
_NEVER = MAX_ZOOM + 1


def _codes(entries: tuple[Entry, ...]) -> tuple[tuple[str, Title], ...]:
    return tuple((entry.value, entry.title) for entry in entries)


LAYER = DatasetLayer(
    id="building_elements",
    title=Title("建筑构件（BIM）", "Building elements (BIM)"),
    theme="3d",
    geometry="MultiPolygon",
    columns=(
        NAME,
        Column("long_name", "text", Title("全称", "long name")),
        Column("kind", "text", Title("层级", "level"), codes=_codes(_KINDS)),
        Column("class", "text", Title("类型", "class")),
        Column("type_name", "text", Title("型号", "type"), minzoom=18),
        Column("discipline", "text", Title("专业", "discipline"), codes=_codes(_DISCIPLINES)),
        Column("storey_name", "text", Title("所在楼层", "storey"), minzoom=16),
        HEIGHT,
        MIN_HEIGHT,
        Column("volume_m3", "real", Title("体积", "volume"), "m³", minzoom=18),
        Column("area_m2", "real", Title("投影面积", "area in plan"), "m²", minzoom=18),
        Column("storey", "text", Title("楼层标识", "storey's id"), minzoom=16),
        Column("parent", "text", Title("上级标识", "parent's id"), minzoom=_NEVER),
        Column("shape", "text", Title("形体", "shape"), minzoom=_NEVER, indexed=True),
        Column("record", "text", Title("属性记录", "record"), minzoom=_NEVER),
        Column("defect", "text", Title("缺陷", "defect"), minzoom=18),
    ),
    style=Style(
        kind="fill",
        variants=(
            Variant("kind", Title("按层级", "by level"), Categories("kind", _KINDS)),
            Variant("discipline", Title("按专业", "by discipline"), Categories("discipline", _DISCIPLINES)),
        ),
        order=52,
        outline="#6b665f",
        opacity=0.35,
        label=Label(minzoom=19, size=11),
    ),
    appearance=Appearance("kind", (("space", 17), ("element", 18)), other=_NEVER),
    nesting=Nesting("parent", "kind", building="building", storey="storey", room="space"),
    minzoom=16,
    maxzoom=19,
    visible=True,
    rank="area_m2",
    description=Title(
        "建筑信息模型的场地、楼栋、楼层、房间和构件；平面轮廓、离地高度、属性与形体",
        "sites, buildings, storeys, rooms and elements of building models: outline, heights, properties and shape",
    ),
)
