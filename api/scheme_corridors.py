"""What a design scheme does to protected view corridors, as a section of its report."""

from collections.abc import Sequence

from sqlalchemy import Connection

from api.report.sections import Entry, Grid, Mark, Section
from api.report.words import instant
from bim.review import Sources
from bim.schemes import CORRIDORS, STATES, CorridorVerdict, Sees, judge_corridors
from layers.errors import InputError
from layers.title import Title

_COLORS = {"meets": "#137333", "breaks": "#b3261e", "unknown": "#5f6368"}
_HEADING = Title("景观视廊", "View corridors")


def corridors_section(connection: Connection, sees: Sees, base: Sources, scheme: str, triangles: int) -> Section:
    """Return the section on a scheme in ``base``, what there is; where it cannot be counted it says why.

    Raises NotFound for a scheme that the reader may not see.
    """
    try:
        found = judge_corridors(connection, sees, base, scheme, triangles)
    except InputError as error:
        return Section("corridors", _HEADING, sentences=(Title(f"未计算：{error}", f"not counted: {error}"),))
    if not found:
        return Section("corridors", _HEADING, sentences=(_NONE,))
    problems = tuple(
        Title(f"{one.title.zh}：未知，{one.problem}", f"{one.title.en}: unknown, {one.problem}")
        for one in found
        if one.problem
    )
    return Section("corridors", _HEADING, sentences=(*_METHOD, *problems), grid=_grid(found))


_NONE = Title(
    f"图层 {CORRIDORS} 中没有经过本方案的视廊。", f"No corridor of the layer {CORRIDORS} passes over the scheme."
)
_METHOD = (
    Title(
        "遮挡率：自视点看对景处竖直窗口（或对景建筑可见立面）的视线中被挡住的比例；方案前已超限的部分不计为方案所致。",
        "Obstructed is the share of lines of sight to an upright window at the target (or to the façades of a "
        "landmark) that meet something; what was in the way before is not counted against the scheme.",
    ),
    Title(
        "不确定度：底图高度 ± 10%、模型定位误差（已知时）与窗口半格各自引起的变化。视点与对景处自身的建筑不计。",
        "The uncertainty is what heights of the base map 10 % off, the place of the models where it is stated, and "
        "half a cell of the window change. What stands at both ends of a corridor is not in its way.",
    ),
)


def _grid(found: Sequence[CorridorVerdict]) -> Grid:
    heads = (
        (Title("视廊", "corridor"), 34.0), (Title("允许遮挡", "permitted"), 16.0), (Title("现状", "as it is"), 16.0),
        (Title("方案", "scheme"), 16.0), (Title("不确定度", "uncertainty"), 18.0), (Title("结论", "verdict"), 22.0),
        (Title("主要遮挡", "most by"), 26.0), (Title("依据与日期", "stated by, since"), 34.0),
    )  # fmt: skip
    return Grid(heads, tuple(map(_row, found)), (1, 2, 3, 4))


def _row(one: CorridorVerdict) -> tuple[Entry, ...]:
    since = "" if one.date is None else f" {instant(one.date)}"
    state = STATES[one.state]
    if one.already:
        state = Title(f"{state.zh}（现状已超）", f"{state.en} (exceeded as it is)")
    elif one.in_doubt:
        state = Title(f"{state.zh}（在误差内）", f"{state.en} (within the uncertainty)")
    return (
        one.title,
        "?" if one.permitted_pct is None else f"≤ {one.permitted_pct:g} %",
        _percent(one.before_pct),
        _percent(one.after_pct),
        "?" if one.uncertainty_pct is None else f"± {one.uncertainty_pct:.1f} %",
        Mark(state, _COLORS[one.state]),
        one.by or "—",
        f"{one.source}{since}",
    )


def _percent(value: float | None) -> str:
    return "?" if value is None else f"{value:.1f} %"
