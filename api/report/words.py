"""The words of a report, Chinese and English, and how numbers and times are written in it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from layers.title import Title
from twin.hazard import Level
from twin.preplans.state import State
from twin.runs.report import FacadeRow, Report, Step
from twin.warnings.warning import beijing

Language = Literal["zh", "en"]

WORDS: dict[str, Title] = {
    "map": Title("平面图", "Map"),
    "map_note": Title(
        "街道按离地2米阵风着色；编号与对象表的排序一致；半透明区域为坠物警戒区。",
        "Streets by the gust 2 m above ground; numbers are ranks in the table of objects; tinted areas are keep-out "
        "zones.",
    ),
    "storm": Title("风暴过程", "The storm"),
    "objects": Title("重点风险对象", "Objects in danger"),
    "facades": Title("建筑立面", "Façades by building"),
    "tasks": Title("任务", "Tasks"),
    "warnings": Title("预警", "Warnings"),
    "after": Title("行动后评估", "After the storm"),
    "method": Title("方法与局限", "Method and limits"),
    "no_warning": Title("本次推演不是由预警启动。", "No warning started this run."),
    "no_object": Title("没有达到蓝色及以上等级的对象。", "Nothing reaches blue or above."),
    "no_facade": Title("没有达到蓝色及以上等级的立面单元。", "No façade cell reaches blue or above."),
    "no_task": Title("没有生成任务。", "No task was drafted."),
    "no_damage": Title(
        "尚未录入灾损报告；录入后，本节给出命中、漏报和空报。",
        "No damage has been reported yet; once it is, hits, misses and false alarms stand here.",
    ),
    "rank": Title("序", "No."),
    "name": Title("对象", "Object"),
    "level": Title("等级", "Level"),
    "reason": Title("原因", "Why"),
    "people": Title("人数", "People"),
    "owner": Title("责任单位", "Owner"),
    "building": Title("建筑", "Building"),
    "worst": Title("最大 η", "Worst η"),
    "where": Title("位置", "Where"),
    "cells": Title("单元数（红/橙/黄/蓝）", "Cells (red/orange/yellow/blue)"),
    "task": Title("任务", "Task"),
    "department": Title("责任部门", "Department"),
    "deadline": Title("时限", "Deadline"),
    "state": Title("状态", "State"),
    "issued": Title("发布", "Issued"),
    "expires": Title("失效", "Expires"),
    "warning": Title("预警信号", "Warning"),
    "overdue": Title("逾期", "overdue"),
    "screening": Title("筛", "scr."),
    "kind": Title("类别", "Kind"),
    "hits": Title("命中", "Hits"),
    "misses": Title("漏报", "Misses"),
    "alarms": Title("空报", "False alarms"),
    "all": Title("合计", "All"),
    "damage": Title("灾损", "Damage"),
    "foreseen": Title("对应的预测", "Foreseen as"),
    "time": Title("时间", "Time"),
    "place": Title("位置", "Place"),
    "distance": Title("距离", "Distance"),
    "acted": Title("事前处置", "Acted before"),
    "yes": Title("是", "yes"),
    "no": Title("否", "no"),
    "outside": Title("范围外，未参与评估", "Outside the area, not judged"),
    "done_in_time": Title("按时完成", "done in time"),
    "no_reason": Title("无说明", "no reason stated"),
}
SCORE_NOTE = Title(
    "POD 为命中占灾损的比例，FAR 为空报占预测的比例，CSI 为命中占两者全部的比例。"
    "黄色及以上、距离 {near:g} 米以内、类别相同的预测与灾损一一配对；人员聚集处仅在报告了同类灾损时计入。"
    "筛查宁可空报、不可漏报，FAR 偏高属预期。",
    "POD: hits over damages; FAR: false alarms over forecasts; CSI: hits over all of both. A forecast of yellow or "
    "above and a damage of the same kind within {near:g} m make a pair, each used once; places of people count only "
    "where harm of that kind was reported. Screening would rather warn too often than miss: a high FAR is expected.",
)


# A page lists at most this many of each, JSON all.
MOST_ALARMS, MOST_DAMAGES = 20, 100


def numbered(title: Title, number: int) -> Title:
    """Return the title of a list and how many there are, also where not all are listed."""
    return Title(f"{title.zh}（{number}）", f"{title.en} ({number})")


def score_note(near_m: float) -> Title:
    """Return what the ratios mean and how pairs are made."""
    return Title(SCORE_NOTE.zh.format(near=near_m), SCORE_NOTE.en.format(near=near_m))


def level_title(number: int) -> Title:
    """Return what a level is called, by its number."""
    return Level(number).title


def facts(report: Report) -> list[tuple[Title, Title]]:
    """Return the heading of a report: labels and values."""
    run = report.run
    times = f"{beijing(run.times[0])} – {beijing(run.times[-1])}"
    steps = Title(f"{times}（{run.steps} 个时段）", f"{times} ({run.steps} steps)")
    rows = [
        (Title("推演", "Run"), same(f"{run.id} · {run.title}")),
        (Title("时段（北京时间）", "Period (CST)"), steps),
    ]
    if report.peak is not None:
        rows.append((Title("最大风", "Strongest wind"), _peak(report.peak)))
    if report.response is not Level.NONE:
        level = report.response
        label = Title(f"{level.response} 级（{level.title.zh}）", f"{level.response} ({level.title.en})")
        rows.append((Title("响应等级", "Response"), label))
    source = run.summary.get("source")
    if isinstance(source, str) and source:
        rows.append((Title("风的来源", "Source of the wind"), same(source)))
    rows.append((Title("风场与建筑", "Fields and buildings"), fields(report)))
    return rows


def fields(report: Report) -> Title:
    """Return how good the fields are and for which state of the buildings they hold."""
    fields_summary = report.run.summary.get("fields")
    summary: Mapping[str, Any] = fields_summary if isinstance(fields_summary, Mapping) else {}
    quality, directions = summary.get("quality"), summary.get("directions")
    quality_titles = {"preview": Title("预览级", "preview"), "fine": Title("精细级", "fine")}
    parts = [quality_titles.get(str(quality), same(str(quality)))] if quality else []
    if isinstance(directions, list):
        parts.append(Title(f"{len(directions)} 个风向", f"{len(directions)} directions"))
    version = report.run.geometry_version
    parts.append(Title(f"建筑版本 {version or '未注明'}", f"geometry version {version or 'not stated'}"))
    assumed = report.run.summary.get("buildings_assumed_height")
    if assumed:
        parts.append(Title(f"{assumed} 栋建筑的高度为假定值", f"{assumed} buildings with assumed heights"))
    if report.run.summary.get("change"):
        parts.append(Title("含假设新建建筑", "with buildings that do not stand yet"))
    return Title("，".join(part.zh for part in parts), ", ".join(part.en for part in parts))


def _peak(step: Step) -> Title:
    at = beijing(step.time)
    speed = f"{step.speed_ms:.1f} ± {step.sigma_ms:.1f} m/s"
    gust = (" ", " ")
    if step.gust_ms is not None:
        gust = (f"，街道阵风 {step.gust_ms:.1f} m/s", f", street gusts {step.gust_ms:.1f} m/s")
    zh = f"{at}，{speed}，来向 {step.from_deg:.0f}°{gust[0]}"
    return Title(zh.strip(), f"{at}, {speed}, from {step.from_deg:.0f}°{gust[1]}".strip())


def same(text: str) -> Title:
    """Return a text that is the same in both languages."""
    return Title(text, text)


def where(row: FacadeRow) -> Title:
    """Return between which heights the worst cell is, and which way it looks."""
    heights = "" if row.height_m is None else f"{row.base_m or 0:.0f}–{row.height_m:.0f} m"
    if row.azimuth_deg is None:
        return same(heights)
    zh, en = _side(row.azimuth_deg)
    return Title(f"{zh}立面 {heights}".strip(), f"{en} side {heights}".strip())


def _side(azimuth_deg: float) -> tuple[str, str]:
    zh = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")
    en = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
    at = round(azimuth_deg / 45.0) % 8
    return zh[at], en[at]


def task_line(report: Report) -> Title:
    """Return the state of the tasks in a sentence."""
    counts = report.task_counts
    states = [(state.label, counts.states[state]) for state in State if counts.states[state]]
    zh = "，".join(f"{label.zh} {number}" for label, number in states)
    en = ", ".join(f"{number} {label.en}" for label, number in states)
    done = (
        f"按时完成 {counts.in_time}，逾期 {counts.overdue}",
        f"{counts.in_time} done in time, {counts.overdue} late",
    )
    more = counts.total - len(report.tasks)
    rest = ("", "")
    if more:
        listed = len(report.tasks)
        rest = (
            f"；下表列出 {listed} 项，已处置的优先，其次按等级",
            f"; {listed} are listed, those acted on first, then by level",
        )
    return Title(f"共 {counts.total} 项：{zh}；{done[0]}{rest[0]}。", f"{counts.total}: {en}; {done[1]}{rest[1]}.")


def zones_line(report: Report) -> Title:
    """Return how many keep-out zones there are, by level."""
    counts = [(level, number) for level, number in report.keepout.items() if number]
    zh = "，".join(f"{level.title.zh} {number}" for level, number in counts)
    en = ", ".join(f"{number} {level.title.en}" for level, number in counts)
    return Title(f"坠物警戒区：{zh or '无'}。", f"Keep-out zones: {en or 'none'}.")


def counted(level: Level) -> Title:
    """Return what is counted of a level at the head of a report."""
    return Title(f"{level.title.zh}对象", f"{level.title.en} objects")


_DECISIONS = {
    "confirm": "确认",
    "reassign": "转派",
    "start": "开始",
    "done": "完成",
    "drop": "取消",
    "report": "报告",
    "escalate": "升级",
}


def contact(each: Mapping[str, Any]) -> str:
    """Return owner and telephone of an object or task, where this reader may see them."""
    return " ".join(str(each[name]) for name in ("owner", "phone") if each.get(name))


def event_line(event: Mapping[str, Any]) -> str:
    """Return what became of a task in a line: when, what, by whom and with which remark where that may be seen."""
    what = str(event["what"])
    parts = [f"{instant(event['at'])} {_DECISIONS.get(what, '')} {what}", event.get("who"), event.get("note")]
    return " · ".join(str(part) for part in parts if part)


def ratio(value: float | None) -> str:
    """Return a ratio as per cent, or a dash where there were no cases."""
    return "–" if value is None else f"{value:.0%}"


def people(value: float) -> str:
    """Return an estimated number of people with no more figures than it deserves: two."""
    if value < 1:
        return "0" if value < 0.05 else "<1"
    digits = 10 ** max(0, len(str(int(value))) - 2)
    return f"{round(value / digits) * digits:,}"


def instant(time: str | datetime) -> str:
    """Return an instant in Beijing time, to the minute."""
    return beijing(time if isinstance(time, datetime) else datetime.fromisoformat(time))
