"""The four colours of warnings, as texts write them."""

import re

from layers.errors import ParameterError
from twin.hazard import Level

NAMES = "蓝|黄|橙|红"
"""The Chinese colours as alternatives of a regular expression, without 色."""

_ZH = {"蓝": Level.BLUE, "黄": Level.YELLOW, "橙": Level.ORANGE, "红": Level.RED}
_EN = {"blue": Level.BLUE, "yellow": Level.YELLOW, "orange": Level.ORANGE, "red": Level.RED}
_GRADES = {"Ⅳ": Level.BLUE, "Ⅲ": Level.YELLOW, "Ⅱ": Level.ORANGE, "Ⅰ": Level.RED}
_ASCII = {"IV": "Ⅳ", "III": "Ⅲ", "II": "Ⅱ", "I": "Ⅰ"}
# The national emergency response law of 2007, article 42, and its plans: the four grades and their words.
_WORDS = {"一般": Level.BLUE, "较重": Level.YELLOW, "严重": Level.ORANGE, "特别严重": Level.RED}
_ENGLISH = re.compile(r"\b(blue|yellow|orange|red)\b", re.IGNORECASE)

GRADE = r"[\[【(（](?P<roman>[ⅠⅡⅢⅣ]|IV|I{1,3})级(?:/(?P<word>特别严重|严重|较重|一般))?[\]】)）]"
"""Regular expression of a bracket such as [Ⅲ级/较重]."""


def find_color(text: str) -> Level | None:
    """Return the level of the first colour in a short text (黄, 黄色, yellow, "3; orange; Severe"), or None."""
    chinese = re.search(f"({NAMES})", text)
    if chinese:
        return _ZH[chinese[1]]
    english = _ENGLISH.search(text)
    return _EN[english[1].lower()] if english else None


def level_of(text: str, field: str) -> Level:
    """Return the level of a colour; anything else is an error of ``field``."""
    plain = text.strip().removesuffix("色").lower()
    level = _ZH.get(plain) or _EN.get(plain)
    if level is None:
        raise ParameterError(field, f"{text!r} is none of the colours 蓝色, 黄色, 橙色, 红色")
    return level


def level_of_grade(roman: str) -> Level:
    """Return the level of a grade in Roman numerals, of Unicode or of plain letters."""
    return _GRADES[_ASCII.get(roman, roman)]


def level_of_word(word: str) -> Level:
    """Return the level of 一般, 较重, 严重 or 特别严重."""
    return _WORDS[word]
