"""Reads onset and end of the weather from a notice: 预计未来6小时, 今天上午以前, 7日夜间至10日.

Parts of the day follow the usage of China's forecasts. A part of a day is meant inclusively (今天上午以前 lasts to the
end of the forenoon), a whole day exclusively (明天以前 ends when tomorrow begins).
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

# Hours from midnight of the named day: begin and end.
_PARTS: dict[str, tuple[float, float]] = {
    "凌晨": (0, 5),
    "早晨": (5, 8),
    "早上": (5, 8),
    "上午": (8, 12),
    "中午": (11, 13),
    "下午": (12, 17),
    "傍晚": (17, 20),
    "上半夜": (20, 24),
    "半夜": (23, 24),
    "下半夜": (24, 30),
    "夜里": (20, 32),
    "夜间": (20, 32),
    "白天": (8, 20),
}
_HOURS = {word: number for number, word in enumerate("零一二三四五六七八九十")} | {
    "两": 2,
    "十二": 12,
    "二十四": 24,
    "四十八": 48,
}
_NUMBER = r"\d{1,3}|" + "|".join(sorted(_HOURS, key=len, reverse=True))
_PART = "|".join(sorted(_PARTS, key=len, reverse=True))
_POINT = rf"(?:(?P<day{{0}}>今天|今日|明天|明日|后天|\d{{{{1,2}}}}日))?(?P<part{{0}}>{_PART})?"
_WITHIN = re.compile(
    rf"(?:未来|今后|预计)(?:的)?(?:(?:{_NUMBER})\s*[-~～—–至到]\s*)?(?P<hours>{_NUMBER})(?:个)?小时"
    rf"|(?<!过去)(?<!过去的)(?<![近\d.])(?P<inside>{_NUMBER})(?:个)?小时(?:之)?内"
)
_BEFORE = re.compile(_POINT.format("") + r"(?:(?P<clock>\d{1,2})[时点])?(?:以前|之前|前)")
_SPAN = re.compile(_POINT.format(1) + r"(?:起)?(?:至|到)" + _POINT.format(2))
_FROM = re.compile(_POINT.format("") + r"(?:(?P<clock>\d{1,2})[时点])?(?:起|开始)")
_PLAIN = re.compile(_POINT.format(""))
# An end later than this was misread.
_FARTHEST = timedelta(days=10)


@dataclass(frozen=True)
class Period:
    """Onset and end that a text states, aware; None where it states none."""

    onset: datetime | None = None
    expires: datetime | None = None


def stated_period(text: str, issued: datetime) -> Period:
    """Read the time of a notice's text; ``issued`` is aware, and its offset is that of the text."""
    onset, expires = _onset(text, issued), None
    if within := _WITHIN.search(text):
        expires = issued + timedelta(hours=_hours(within["hours"] or within["inside"]))
    else:
        span_onset, expires = _span(text, issued)
        onset = onset or span_onset
        expires = expires or _before(text, issued) or _plain(_FROM.sub("", text), issued)
    # A time in the past or far ahead does not belong to this warning.
    if expires is not None and not max(issued, onset or issued) < expires <= issued + _FARTHEST:
        expires = None
    if onset is not None and not issued < onset <= issued + _FARTHEST:
        onset = None
    return Period(onset, expires)


def _hours(word: str) -> float:
    return float(word) if word.isdigit() else float(_HOURS[word])


def _onset(text: str, issued: datetime) -> datetime | None:
    for match in _FROM.finditer(text):
        day = _day(match["day"], issued)
        if match["clock"]:
            return (day or _day("今天", issued) or issued) + timedelta(hours=min(int(match["clock"]), 24))
        if match["day"] or match["part"]:
            return _begin(match["day"], match["part"], issued)
    return None


def _span(text: str, issued: datetime) -> tuple[datetime | None, datetime | None]:
    for match in _SPAN.finditer(text):
        if (match["day1"] or match["part1"]) and (match["day2"] or match["part2"]):
            onset = _begin(match["day1"], match["part1"], issued)
            return onset, _end(match["day2"] or match["day1"], match["part2"], issued)
    return None, None


def _before(text: str, issued: datetime) -> datetime | None:
    for match in _BEFORE.finditer(text):
        if match["clock"]:
            day = _day(match["day"], issued) or _day("今天", issued)
            return day + timedelta(hours=min(int(match["clock"]), 24)) if day else None
        if match["part"]:
            return _end(match["day"], match["part"], issued)
        if match["day"]:
            return _day(match["day"], issued)
    return None


def _plain(text: str, issued: datetime) -> datetime | None:
    for match in _PLAIN.finditer(text):
        if match["day"]:
            return _end(match["day"], match["part"], issued)
    return None


def _begin(day: str | None, part: str | None, issued: datetime) -> datetime | None:
    midnight = _day(day or "今天", issued)
    return midnight and midnight + timedelta(hours=_PARTS[part][0] if part else 0)


def _end(day: str | None, part: str | None, issued: datetime) -> datetime | None:
    midnight = _day(day or "今天", issued)
    return midnight and midnight + timedelta(hours=_PARTS[part][1] if part else 24)


def _day(word: str | None, issued: datetime) -> datetime | None:
    """Return midnight of a named day; a day of the month is the next one of that number, from yesterday on."""
    midnight = issued.replace(hour=0, minute=0, second=0, microsecond=0)
    if word is None:
        return None
    offset = {"今天": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2}.get(word)
    if offset is not None:
        return midnight + timedelta(days=offset)
    number = int(word.removesuffix("日"))
    days = (midnight + timedelta(days=ahead) for ahead in range(-1, 31))
    return next((day for day in days if day.day == number), None)
