"""The report of a design scheme: sections in the order of ``SECTIONS``; whatever is reviewed adds one of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from api.report.scheme_drawing import scheme_drawing, surrounding
from api.report.sections import Document, Entry, Grid, Mark, Section
from api.report.words import instant
from bim.schemes import (
    BUILDINGS,
    STATES,
    Figure,
    Massing,
    Review,
    Sees,
    Verdict,
    buildings_near,
    replaced,
    review,
    review_base,
)
from layers.access import Decision
from layers.title import Title

_COLORS = {"meets": "#137333", "breaks": "#b3261e", "unknown": "#5f6368"}
_MOST_BUILDINGS = 100
FOOTER = Title("辅助分析，不作为审批结论", "a review aid, not a decision")


@dataclass(frozen=True)
class Subject:
    """What a report is about: the scheme and the district as it is, as a reader sees them, with what lies around."""

    made: Review
    base: Review
    around: Sequence[Massing]
    instead_of: dict[str, list[int]]
    reader: Decision


def report_of(connection: Connection, sees: Sees, scheme: str, more: Sequence[Section] = ()) -> Document:
    """Return the report of a scheme, with ``more`` sections before that on the method.

    Raises NotFound for a scheme that the reader may not see.
    """
    made = review(connection, sees, scheme)
    subject = Subject(
        made,
        review_base(connection, sees, scheme),
        buildings_near(connection, sees(BUILDINGS), surrounding(made.scheme.site)),
        replaced(connection, sees, made.scheme),
        sees(BUILDINGS).decision,
    )
    found = tuple(section for section in (build(subject) for build in SECTIONS) if section is not None)
    sections = (*found, *more, method())
    title = Title(f"规划方案辅助分析：{made.title.zh}", f"Review of the design scheme: {made.title.en}")
    return Document(title, made.title.zh, _facts(subject), sections, datetime.now(UTC), FOOTER)


def _facts(subject: Subject) -> tuple[tuple[Title, Title], ...]:
    made = subject.made
    counts = {state: sum(one.state == state for one in made.verdicts) for state in STATES}
    summed = Title(
        "，".join(f"{STATES[state].zh} {number} 项" for state, number in counts.items()),
        ", ".join(f"{number} {STATES[state].en}" for state, number in counts.items()),
    )
    since = "?" if made.scheme.date is None else instant(made.scheme.date)
    dates = ", ".join(f"{one.id} ({one.format}): {instant(one.date)}" for one in made.models) or "—"
    level = subject.reader.clearance.title
    return (
        (Title("方案", "scheme"), Title(f"{made.title.zh}（{made.id}）", f"{made.title.en} ({made.id})")),
        (Title("结论", "verdicts"), summed if made.verdicts else made.limits.found),
        (Title("规划条件", "limits"), _limits(made)),
        (Title("方案日期", "date of the scheme"), Title(since, since)),
        (Title("模型及数据日期", "models, and their dates"), Title(dates, dates)),
        (Title("密级", "grade"), made.scheme.grade.title),
        (
            Title("查阅级别", "as seen with the clearance"),
            Title(f"{level.zh}；更高密级的内容未计入", f"{level.en}; nothing of a higher grade is counted"),
        ),
    )


def _limits(made: Review) -> Title:
    since = "" if made.limits.date is None else f"，{instant(made.limits.date)}"
    source = f"；{made.limits.source}" if made.limits.source else ""
    return Title(f"{made.limits.found.zh}{source}{since}", f"{made.limits.found.en}{source}{since}")


def plan(subject: Subject) -> Section:
    """Return the plan of the scheme among the buildings around."""
    gone = {str(fid) for fid in subject.instead_of[BUILDINGS]}
    drawing = scheme_drawing(subject.made.scheme.site, subject.made.massings, subject.made.green, subject.around, gone)
    count = sum(map(len, subject.instead_of.values()))
    return Section(
        "plan",
        Title("方案平面图", "Plan"),
        drawing,
        (
            Title(
                f"紫色粗线为用地红线；方案建筑按高度着色并标注顶高；虚线为被替换的现状（共 {count} 个对象）。",
                "The thick line is the border of the site; buildings of the scheme by height, with the height of "
                f"their tops; dashed is what it takes the place of ({count} things).",
            ),
        ),
    )


def verdicts(subject: Subject) -> Section:
    """Return whether the scheme keeps each of its limits, beside the district as it is."""
    before = {one.rule.id: one for one in subject.base.verdicts}
    rows = tuple(_verdict(one, before.get(one.rule.id)) for one in subject.made.verdicts)
    heads = (
        (Title("规则", "rule"), 30.0), (Title("限值", "limit"), 14.0), (Title("方案", "scheme"), 14.0),
        (Title("结论", "verdict"), 16.0), (Title("余量", "margin"), 13.0), (Title("不确定度", "uncertainty"), 16.0),
        (Title("现状", "as it is"), 14.0), (Title("依据与日期", "stated by, since"), 40.0),
    )  # fmt: skip
    grid = Grid(heads, rows, (1, 2, 4, 5, 6)) if rows else None
    return Section("verdicts", Title("规划条件审查", "Limits"), sentences=(subject.made.limits.found,), grid=grid)


def _verdict(verdict: Verdict, before: Verdict | None) -> tuple[Entry, ...]:
    unit = verdict.figure.unit
    state = STATES[verdict.state]
    if verdict.in_doubt:
        state = Title(f"{state.zh}（在误差内）", f"{state.en} (within the uncertainty)")
    since = "" if verdict.limits.date is None else f" {instant(verdict.limits.date)}"
    return (
        verdict.rule.title,
        f"{'≤' if verdict.rule.at_most else '≥'} {_number(verdict.limit, unit)}",
        _number(verdict.figure.value, unit),
        Mark(state, _COLORS[verdict.state]),
        _number(verdict.margin, unit),
        "?" if verdict.figure.uncertainty is None else f"± {_number(verdict.figure.uncertainty, unit)}",
        "" if before is None else _number(before.figure.value, unit),
        f"{verdict.limits.source}{since}",
    )


def indicators(subject: Subject) -> Section:
    """Return all indicators, what they are made from, and how they differ from the district as it is."""
    before = {one.name: one for one in subject.base.figures}
    rows = tuple(_indicator(one, before[one.name]) for one in subject.made.figures)
    heads = (
        (Title("指标", "indicator"), 34.0), (Title("方案", "scheme"), 20.0), (Title("现状", "as it is"), 20.0),
        (Title("差", "difference"), 20.0), (Title("算法或未知原因", "made from, or why it is unknown"), 60.0),
    )  # fmt: skip
    return Section("indicators", Title("指标", "Indicators"), grid=Grid(heads, rows, (1, 2, 3)))


def _indicator(figure: Figure, before: Figure) -> tuple[Entry, ...]:
    known = figure.value is not None and before.value is not None
    change = (figure.value or 0.0) - (before.value or 0.0)
    return (
        figure.title,
        _number(figure.value, figure.unit),
        _number(before.value, figure.unit),
        f"{change:+,.2f} {figure.unit}".strip() if known else "?",
        figure.basis,
    )


def buildings(subject: Subject) -> Section | None:
    """Return the buildings of the scheme one by one."""
    listed = subject.made.massings
    if not listed:
        return None
    heads = (
        (Title("建筑", "building"), 40.0), (Title("底", "from"), 16.0), (Title("顶", "to"), 16.0),
        (Title("层数", "storeys"), 14.0), (Title("退界", "setback"), 16.0), (Title("建筑面积", "floor area"), 24.0),
        (Title("面积算法", "floor area made from"), 50.0),
    )  # fmt: skip
    pairs = zip(listed[:_MOST_BUILDINGS], subject.made.setbacks, strict=False)
    rows = tuple(_building(one, setback) for one, setback in pairs)
    left = len(listed) - len(rows)
    more = (Title(f"另有 {left} 栋未列出。", f"{left} more are not listed."),) if left else ()
    return Section("buildings", Title("方案建筑", "Buildings"), sentences=more, grid=Grid(heads, rows, (1, 2, 3, 4, 5)))


def _building(one: Massing, setback: float) -> tuple[Entry, ...]:
    return (
        one.label,
        _number(one.base_m, "m"),
        _number(one.top_m, "m"),
        _number(one.storeys.value, ""),
        _number(setback, "m"),
        _number(one.floor_area_m2.value, "m²"),
        one.floor_area_m2.basis,
    )


def method() -> Section:
    """Return how all of it is measured, and what it cannot tell."""
    return Section("method", Title("方法与局限", "Method and limits"), sentences=_METHOD)


_METHOD = (
    Title(
        "面积在 CGCS2000 椭球面上量算；距离在以用地为中心的平面上量算，5 公里内比例误差小于百万分之一。",
        "Areas are those of the ellipsoid of CGCS2000; distances those of a plane about the site, whose scale is off "
        "by less than a millionth within 5 km.",
    ),
    Title(
        "高度自模型零点（地面）起算，底图没有地形和大地水准面；规划限高的起算面可能不同。",
        "Heights count from the model's zero, the ground; the map has neither terrain nor geoid, and the datum of a "
        "height limit may be another.",
    ),
    Title(
        "建筑基底取俯视轮廓，含挑檐、阳台；相接的建筑在间距中视为一栋。现状与绿地取底图当前数据。",
        "What a building covers is its outline from above, with eaves and balconies; buildings that touch are one "
        "where spacing is measured. What there is, and green space, are from the base map as it is.",
    ),
    Title(
        "退界的不确定度只计模型定位：参考系转换的精度与拟合残差，不含红线和设计文件本身的误差；未载明者记“?”。"
        "其余指标的数据来源没有给出精度。",
        "The uncertainty of setbacks is that of the model's place alone: the accuracy of the way of its coordinates "
        "and the residual of their fit, without errors of the border and of the design file; '?' is where nothing "
        "states it. The sources of the other indicators state no accuracy.",
    ),
    Title(
        "规则与限值来自图层 planning_plots 或方案自定的规划条件，改动数据即改动结论。",
        "Rules and limits are data, of the layer planning_plots or given with the scheme: whoever edits them edits the "
        "verdicts.",
    ),
)

SECTIONS: tuple[Callable[[Subject], Section | None], ...] = (plan, verdicts, indicators, buildings)


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "?"
    digits = f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{digits} {unit}".strip()
