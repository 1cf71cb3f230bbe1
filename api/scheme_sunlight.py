"""What a design scheme does to the sunlight of its neighbours, as a section of its report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from api.report.sections import Entry, Grid, Mark, Section
from api.report.words import instant
from bim.catalog import DESIGN_SCHEMES
from bim.review import BEIJING, Impact, ImpactQuestion, Limits, Neighbour, Sources, SunlightRule, impact
from bim.schemes import Sees, design_of, scheme_of
from layers.errors import InputError
from layers.title import Title

# The rule of the city that the product is made for; any other by its id.
RULE = "shanghai-winter-solstice-1h"
# Points times instants, in both scenes: some five seconds of a core.
MOST_RAYS = 6_000_000
_MOST_LISTED = 60
_BREAKS, _KEEPS = "#b3261e", "#137333"
_HEADING = Title("对周边日照的影响", "Sunlight of the neighbours")


@dataclass(frozen=True)
class Counting:
    """By which rule sun is counted, this year, and how many triangles of models are cast at."""

    rule: SunlightRule
    triangles: int


def sunlight_section(connection: Connection, sees: Sees, base: Sources, scheme: str, counting: Counting) -> Section:
    """Return the section on a scheme in ``base``, what there is; one that cannot be counted says why.

    Raises NotFound for a scheme that the reader may not see.
    """
    site = scheme_of(connection, sees(DESIGN_SCHEMES.id), scheme).site
    question = ImpactQuestion(counting.rule, datetime.now(BEIJING).year, site)
    designed = replace(base, design=design_of(connection, sees, scheme))
    try:
        found = impact(connection, base, designed, question, Limits(MOST_RAYS, counting.triangles))
    except InputError as error:
        why = str(error)
        return Section("sunlight", _HEADING, sentences=(Title(f"未计算：{why}", f"not counted: {why}"),))
    touched = tuple(one for one in found.neighbours if one.most_lost_min or one.breaks)
    return Section("sunlight", _HEADING, sentences=_sentences(found, len(touched)), grid=_grid(touched[:_MOST_LISTED]))


def _sentences(found: Impact, touched: int) -> tuple[Title, ...]:
    question, total = found.question, len(found.neighbours)
    rule, harmed = question.rule, len(found.harmed)
    day = question.rule.day_in(question.year).isoformat()
    since = "?" if found.around.since is None else instant(found.around.since[1])
    left = max(0, touched - _MOST_LISTED)
    more = (Title(f"另有 {left} 栋未列出。", f"{left} more are not listed."),) if left else ()
    return (
        Title(
            f"标准：{rule.title.zh}（{rule.id}，{day}）；来源：{rule.source.zh}；{_STATUS[rule.status].zh}。",
            f"Rule: {rule.title.en} ({rule.id}, {day}); source: {rule.source.en}; {_STATUS[rule.status].en}.",
        ),
        Title(
            f"用地周边 {question.within_m:g} m 内建筑 {total} 栋，首层窗台高度每 {question.spacing_m:g} m 一个采样点；"
            f"其中 {harmed} 栋有采样点由达标变为不达标，{total - touched} 栋日照不减少。",
            f"{total} buildings within {question.within_m:g} m of the site, a point each {question.spacing_m:g} m at "
            f"the sills of the lowest storeys; of {harmed} some point meets the rule no more, and "
            f"{total - touched} lose no sun.",
        ),
        Title(
            f"现状建筑为平顶体块，高度取底图（数据至 {since}），地面为平地；采样点代替窗户。结果不是法定日照分析报告。",
            f"Buildings are flat-topped blocks as high as the map has them (data up to {since}) on flat ground; points "
            "stand for windows. This is no sunlight analysis report in the sense of the law.",
        ),
        *more,
    )


_STATUS = {
    "verified": Title("已核对原文", "verified against its text"),
    "secondary": Title("未核对原文，使用前须核对", "not verified against its text, which has to be done before use"),
}


def _grid(neighbours: Sequence[Neighbour]) -> Grid | None:
    if not neighbours:
        return None
    heads = (
        (Title("建筑", "building"), 50.0), (Title("采样点", "points"), 18.0), (Title("现状达标", "meet before"), 22.0),
        (Title("方案后达标", "meet after"), 22.0), (Title("不再达标", "no more"), 22.0),
        (Title("最多减少", "most lost"), 24.0),
    )  # fmt: skip
    return Grid(heads, tuple(map(_row, neighbours)), (1, 2, 3, 4, 5))


def _row(one: Neighbour) -> tuple[Entry, ...]:
    mark = Mark(Title(f"{one.breaks}", f"{one.breaks}"), _BREAKS if one.breaks else _KEEPS)
    return (
        one.name or one.building, str(one.points), str(one.met_before), str(one.met_after), mark,
        f"{one.most_lost_min:.0f} min",
    )  # fmt: skip
