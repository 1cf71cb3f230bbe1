"""What people say of places, buildings and their parts 批注, each a point on the map with its answers."""

from layers.base import MAX_ZOOM, Column
from layers.grades import Grade
from layers.store import MIN_HEIGHT, DatasetLayer
from layers.style import Categories, Entry, Label, Style, Variant, Width
from layers.title import Title

_STATES = (
    Entry("open", "#D55E00", Title("待处理", "open")),
    Entry("resolved", "#8C8C8C", Title("已解决", "resolved")),
)
# In no tile: for programs that ask by name.
_NEVER = MAX_ZOOM + 1

LAYER = DatasetLayer(
    id="annotations",
    title=Title("批注", "Annotations"),
    theme="planning",
    geometry="Point",
    columns=(
        Column("name", "text", Title("摘要", "summary")),
        Column("text", "text", Title("内容", "text"), minzoom=_NEVER),
        Column("state", "text", Title("状态", "state"), codes=tuple((one.value, one.title) for one in _STATES)),
        MIN_HEIGHT,
        Column("about", "text", Title("对象", "about")),
        Column("model", "text", Title("模型", "model"), minzoom=_NEVER),
        Column("element", "text", Title("构件标识", "element's id"), minzoom=_NEVER),
        Column("scheme", "text", Title("方案", "scheme"), minzoom=_NEVER),
        Column("written", "timestamp", Title("写于", "written"), minzoom=_NEVER),
        Column("author", "text", Title("作者", "author"), minzoom=_NEVER, grade=Grade.INTERNAL),
        Column("answers", "text", Title("答复", "answers"), minzoom=_NEVER),
        Column("answered_by", "text", Title("答复人", "answered by"), minzoom=_NEVER, grade=Grade.INTERNAL),
        Column("resolved", "timestamp", Title("解决于", "resolved"), minzoom=_NEVER),
        Column("resolved_by", "text", Title("解决人", "resolved by"), minzoom=_NEVER, grade=Grade.INTERNAL),
    ),
    style=Style(
        kind="circle",
        variants=(Variant("state", Title("状态", "state"), Categories("state", _STATES)),),
        order=90,
        width=Width(((12, 3), (18, 7))),
        label=Label(minzoom=16, size=12),
    ),
    minzoom=10,
    maxzoom=17,
    visible=False,
    description=Title(
        "对建筑、楼层、构件或地点的批注与答复；密级不低于所批注的对象",
        "what people say of buildings, storeys, elements and places, with answers; graded at least as what it is about",
    ),
)
