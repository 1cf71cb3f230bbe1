"""Whole numbers in Chinese numerals, as house numbers are written with them."""

_DIGITS = {glyph: value for value, glyph in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "○": 0,
    "两": 2,
    "壹": 1,
    "贰": 2,
    "叁": 3,
    "肆": 4,
    "伍": 5,
    "陆": 6,
    "柒": 7,
    "捌": 8,
    "玖": 9,
}
_UNITS = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
NUMERALS = "".join([*_DIGITS, *_UNITS, "廿", "卅"])
_FULL = str.maketrans({"廿": "二十", "卅": "三十"})


def number_of(text: str) -> str | None:
    """Return a numeral in Arabic digits, or None when it is not a number: 十二 is 12, 一百零五 105, 二〇三 203."""
    text = text.translate(_FULL)
    if all(glyph in _DIGITS for glyph in text):
        # Digit by digit, as in 二〇三: leading zeros count.
        return "".join(str(_DIGITS[glyph]) for glyph in text) or None
    return _composed(text)


def _composed(text: str) -> str | None:
    total, digit, unit, nought = 0, None, 10_000, False
    for glyph in text:
        if glyph in _UNITS:
            if _UNITS[glyph] >= unit:
                return None
            unit = _UNITS[glyph]
            total += (1 if digit is None else digit) * unit
            digit, nought = None, False
        elif digit is not None and digit != 0:
            return None
        else:
            digit, nought = _DIGITS[glyph], nought or _DIGITS[glyph] == 0
    if digit is None:
        return str(total)
    # 一百五 is 150, 一百零五 105, 二十五 25.
    return str(total + digit * (1 if nought or unit == 10 else unit // 10))


def numeral_of(number: int) -> str:
    """Return a number from 1 to 9999 in Chinese numerals: 12 is 十二, 105 一百零五."""
    if not 1 <= number <= 9999:
        raise ValueError(f"{number} is not from 1 to 9999")
    text, pending = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            text += ("零" if pending and text else "") + "零一二三四五六七八九"[digit] + name
        pending = not digit and bool(text)
    return text[1:] if 10 <= number < 20 else text
