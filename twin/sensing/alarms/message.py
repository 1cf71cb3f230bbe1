"""What an alarm says, in Chinese and English."""

from datetime import timedelta

from layers.title import Title
from twin.sensing.alarms.rule import AlarmRule

_SIDES = {"above": "≥", "below": "≤", "either": "±"}


def message_of(rule: AlarmRule, stream: str, value: float | None, unit: str, *, gateway: bool = False) -> Title:
    """Return the sentence of an alarm: the rule's title, the datastream, and what it observed against what limit."""
    zh, en = _found(rule, value, unit, gateway=gateway)
    return Title(f"{rule.title.zh}：{stream}，{zh}", f"{rule.title.en}: {stream}, {en}")


def _found(rule: AlarmRule, value: float | None, unit: str, *, gateway: bool) -> tuple[str, str]:
    period = rule.duration
    if rule.kind == "silence":
        what = ("网关及其下全部数据流", " with all that is behind it") if gateway else ("", "")
        return f"{what[0]}超过 {_zh(period)} 无数据", f"silent{what[1]} for more than {_en(period)}"
    number = "" if value is None else _with_unit(value, unit)
    limit = f"{_SIDES[rule.side]} {_with_unit(rule.limit or 0.0, unit)}"
    if rule.kind == "stuck":
        return f"{number} 已 {_zh(period)} 不变", f"the same for {_en(period)}: {number}"
    if rule.kind == "rate":
        return (
            f"{_zh(period)}内变化 {number}（限值 {limit}）",
            f"changed by {number} within {_en(period)} (limit {limit})",
        )
    return f"{number}（限值 {limit}）", f"{number} (limit {limit})"


def _with_unit(value: float, unit: str) -> str:
    number = f"{value:.6g}"
    # One is the unit of what has none.
    return number if unit in ("", "1") else f"{number} {unit}"


def _parts(period: timedelta) -> tuple[int, int, int]:
    return period.days, period.seconds // 3600, period.seconds % 3600 // 60


def _zh(period: timedelta) -> str:
    return _spell(period, ("天", "小时", "分钟"), "秒", "")


def _en(period: timedelta) -> str:
    return _spell(period, (" d", " h", " min"), " s", " ")


def _spell(period: timedelta, names: tuple[str, str, str], second: str, between: str) -> str:
    parts = [f"{number}{name}" for number, name in zip(_parts(period), names, strict=True) if number]
    if period.seconds % 60 or not parts:
        parts.append(f"{period.seconds % 60}{second}")
    return between.join(parts)
