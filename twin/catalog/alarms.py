"""Alarms by rule 告警: what sensors observe that breaks a rule, from when until when, a point where the thing is."""

from layers.base import MAX_ZOOM, Column
from layers.grades import Grade
from layers.store import NAME, DatasetLayer
from layers.style import Categories, Entry, Label, Style, Variant, Width
from layers.title import Title
from twin.hazard import Level

# In no tile: for programs that ask by name.
_NEVER = MAX_ZOOM + 1
_LEVELS = tuple(Entry(str(int(level)), level.color, level.title) for level in reversed(Level) if level)
_STATES = (
    Entry("raised", "#e02020", Title("未确认", "raised")),
    Entry("acknowledged", "#ff7a00", Title("已确认", "acknowledged")),
    Entry("cleared", "#9aa5b1", Title("已解除", "cleared")),
)
_KINDS = (
    ("threshold", Title("超限", "limit not kept")),
    ("rate", Title("变化过快", "changes too fast")),
    ("silence", Title("无数据", "silent")),
    ("stuck", Title("数值不变", "stuck")),
)

LAYER = DatasetLayer(
    id="alarms",
    title=Title("告警", "Alarms"),
    theme="iot",
    geometry="Point",
    columns=(
        NAME,
        Column("rule", "integer", Title("规则编号", "rule"), minzoom=_NEVER),
        Column("kind", "text", Title("类型", "kind"), codes=_KINDS),
        Column("state", "text", Title("状态", "state"), codes=tuple((one.value, one.title) for one in _STATES)),
        Column("level", "integer", Title("级别", "level"), codes=tuple((one.value, one.title) for one in _LEVELS)),
        Column("datastream", "integer", Title("数据流编号", "datastream")),
        Column("thing", "integer", Title("设备编号", "thing")),
        Column("property_name", "text", Title("观测属性", "observed property")),
        Column("value", "real", Title("触发值", "value that raised it")),
        Column("limit_value", "real", Title("限值", "limit")),
        Column("unit", "text", Title("单位", "unit")),
        Column("since", "timestamp", Title("起始", "since")),
        Column("until", "timestamp", Title("解除", "until")),
        Column("message_zh", "text", Title("中文说明", "message in Chinese")),
        Column("message_en", "text", Title("英文说明", "message in English")),
        Column("acknowledged", "timestamp", Title("确认于", "acknowledged"), minzoom=_NEVER),
        Column("acknowledged_by", "text", Title("确认人", "acknowledged by"), minzoom=_NEVER, grade=Grade.INTERNAL),
    ),
    style=Style(
        kind="circle",
        variants=(
            Variant("level", Title("级别", "level"), Categories("level", _LEVELS)),
            Variant("state", Title("状态", "state"), Categories("state", _STATES)),
        ),
        order=95,
        # As wide as the ring of the viewer: the sign of the sensor lies on it.
        width=Width(((11, 6), (15, 13), (17, 17))),
        label=Label(minzoom=14, size=12),
    ),
    minzoom=8,
    maxzoom=17,
    visible=False,
    description=Title(
        "按规则对观测值的告警：超限、变化过快、无数据、数值不变；密级不低于其数据流",
        "what sensors observe against a rule: limits, changes, silence, stuck values; as secret as the datastream",
    ),
)
