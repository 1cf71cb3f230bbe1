"""The wind that a notice states in words: 平均风力6级以上，阵风8级."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from layers.errors import ParameterError
from twin.warnings.beaufort import STRONGEST, Grades, grade_of

_DIGITS = {word: number for number, word in enumerate("零一二三四五六七八九")} | {"两": 2}
_NUMBER = r"\d{1,3}|[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九两]"
_RANGE = re.compile(
    rf"(?P<low>{_NUMBER})(?:级)?(?:\s*(?:[-~～—–]|至|到)\s*(?P<high>{_NUMBER}))?\s*级(?:[左右]*)(?P<open>(?:或|及|和)?以上)?"
    r"|(?P<ms>\d{1,3}(?:\.\d+)?)(?:\s*[-~～—–至到]\s*(?P<ms_high>\d{1,3}(?:\.\d+)?))?\s*(?:米/秒|米每秒|m/s)"
)
_GUST, _MEAN = re.compile("阵风"), re.compile("风力|平均风|[东南西北]风")
_AFTER_GUST = re.compile(r"(?:的)?(?:[东南西北偏到]{0,5})(?:强|短时)?阵风")
_AFTER_MEAN = re.compile(r"(?:的)?(?:[东南西北偏到]{0,5})(?:雷雨|雷暴)?大?风")
# Wind on the shore, on the water, high up or in a few places is not that of the whole district.
_EXPOSED = re.compile("沿江|沿海|江面|海面|海域|海区|水面|长江口|洋山|高层建筑|高空|局地|局部")
# The wind at the centre of a typhoon is far away from the district.
_CENTRE = re.compile("中心附近|中心最大|中心风力|近中心")
_DIRECTION = re.compile(r"偏?([东南西北]{1,2})(?:到偏?([东南西北]{1,2}))?(?:大|阵|强)?风")
_COMPASS = {"北": 0.0, "东北": 45.0, "东": 90.0, "东南": 135.0, "南": 180.0, "西南": 225.0, "西": 270.0, "西北": 315.0}
_Kind = Literal["mean", "gust"]


@dataclass(frozen=True)
class StatedWind:
    """Grades that a text gives; None where it gives none.

    ``mean`` and ``gust`` hold for the area as a whole, ``exposed_mean`` and ``exposed_gust`` for its shores, high
    buildings and single places. ``from_deg`` is where the wind blows from, degrees clockwise from north.
    """

    mean: Grades | None = None
    gust: Grades | None = None
    exposed_mean: Grades | None = None
    exposed_gust: Grades | None = None
    from_deg: float | None = None

    def __bool__(self) -> bool:
        """Tell whether the text gives any grade."""
        return any((self.mean, self.gust, self.exposed_mean, self.exposed_gust))

    @property
    def strongest_gust(self) -> int | None:
        """Return the highest grade of gust that is stated anywhere, or None."""
        gusts = [grades.high for grades in (self.gust, self.exposed_gust) if grades]
        return max(gusts, default=None)


@dataclass(frozen=True)
class _Mention:
    kind: _Kind
    exposed: bool
    grades: Grades


def stated_wind(text: str) -> StatedWind:
    """Read the wind of a notice in Chinese; the strongest of several mentions counts."""
    clauses = [clause for clause in re.split("[，,。；;：:]", text) if not _CENTRE.search(clause)]
    mentions = list(_mentions(clauses))

    def strongest(kind: _Kind, exposed: bool) -> Grades | None:
        grades = [mention.grades for mention in mentions if (mention.kind, mention.exposed) == (kind, exposed)]
        return max(grades, key=lambda each: (each.high, each.low), default=None)

    return StatedWind(
        mean=strongest("mean", False),
        gust=strongest("gust", False),
        exposed_mean=strongest("mean", True),
        exposed_gust=strongest("gust", True),
        from_deg=_direction("，".join(clauses)),
    )


def _mentions(clauses: list[str]) -> Iterator[_Mention]:
    """Yield each mention of a grade; one without a word of its own inherits the kind of the one before."""
    previous: _Kind | None = None
    for clause in clauses:
        position = 0
        for match in _RANGE.finditer(clause):
            before = clause[position : match.start()]
            kind = _kind_of(before, clause[match.end() :], previous)
            position = match.end()
            if kind:
                previous = kind
                yield _Mention(kind, bool(_EXPOSED.search(before)), _grades(match))


def _kind_of(before: str, after: str, previous: _Kind | None) -> _Kind | None:
    """Return whether a grade is of the mean or the gust, by the words before it, else by those after it."""
    if _GUST.search(before):
        return "gust"
    if _MEAN.search(before):
        return "mean"
    if _AFTER_GUST.match(after):
        return "gust"
    # "沿江沿海地区7-8级的大风" after "阵风6-7级" goes on speaking of gusts.
    if previous and _EXPOSED.search(before):
        return previous
    return "mean" if _AFTER_MEAN.match(after) else None


def _grades(match: re.Match[str]) -> Grades:
    if match["ms"]:
        low, high = grade_of(float(match["ms"])), grade_of(float(match["ms_high"] or match["ms"]))
    else:
        low, high = _number(match["low"]), _number(match["high"] or match["low"])
    if not low <= high <= STRONGEST:
        raise ParameterError("description", f"{match[0]!r} is not a range of wind grades within 0-{STRONGEST}")
    return Grades(low, high, open=bool(match["open"]))


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    if "十" in text:
        tens, units = text.split("十")
        return 10 * (_DIGITS[tens] if tens else 1) + (_DIGITS[units] if units else 0)
    return _DIGITS[text]


def _direction(text: str) -> float | None:
    """Return the direction that a text names first, the middle of "北到东北"."""
    for match in _DIRECTION.finditer(text):
        ends = [_COMPASS[name] for name in match.groups() if name in _COMPASS]
        if ends:
            east = sum(math.sin(math.radians(end)) for end in ends)
            north = sum(math.cos(math.radians(end)) for end in ends)
            return round(math.degrees(math.atan2(east, north)), 6) % 360.0
    return None
