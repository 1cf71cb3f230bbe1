"""Numbers as OpenStreetMap's mappers write them."""

import re
from datetime import date

FOOT_M = 0.3048
INCH_M = 0.0254
MILE_KM = 1.609344
# The tallest building stands 828 m high; larger numbers are typing errors.
TALLEST_M = 1000.0
_LENGTH = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)?)\s*(?P<unit>m|metres?|meters?|米|ft|feet|foot|')?"
    r"(?:\s*(?P<inches>\d+(?:\.\d+)?)\s*(?:\"|''|in))?",
    re.IGNORECASE,
)
_FEET = {"ft", "feet", "foot", "'"}
_SPEED = re.compile(r"(?P<number>\d+)\s*(?P<unit>km/h|kmh|kph|mph)?", re.IGNORECASE)
_COUNT = re.compile(r"\d{1,4}(?:\.\d+)?")
_YEAR = re.compile(r"(\d{4})(?:s|-\d{2}(?:-\d{2})?)?")


def metres(text: str | None) -> float | None:
    """Return a length such as ``632``, ``632 m``, ``2072'``, ``100 ft`` or ``6'7"`` in metres, or None."""
    match = _LENGTH.fullmatch((text or "").strip())
    if match is None:
        return None
    number = float(match["number"].replace(",", "."))
    if (match["unit"] or "m").lower() in _FEET:
        length = number * FOOT_M + float(match["inches"] or 0) * INCH_M
    elif match["inches"]:
        return None
    else:
        length = number
    return round(length, 2) if length <= TALLEST_M else None


def count(text: str | None) -> float | None:
    """Return a count such as ``6``, ``2.5`` or the largest of ``3;5``, or None."""
    parts = [part.strip() for part in (text or "").split(";")]
    numbers = [float(part) for part in parts if _COUNT.fullmatch(part)]
    return max(numbers) if numbers else None


def integer(text: str | None) -> int | None:
    """Return a whole number such as ``-1`` or the first of ``2;3``, or None."""
    first = (text or "").split(";")[0].strip()
    return int(first) if re.fullmatch(r"-?\d{1,4}", first) else None


def kmh(text: str | None) -> int | None:
    """Return a speed limit in km/h, or None where it is a word."""
    match = _SPEED.fullmatch((text or "").strip())
    if match is None:
        return None
    speed = int(match["number"]) * (MILE_KM if (match["unit"] or "").lower() == "mph" else 1)
    return round(speed) if speed < 500 else None


def year(text: str | None) -> int | None:
    """Return the year of a date such as ``1994``, ``2016-05-20`` or ``1920s``, or None."""
    match = _YEAR.fullmatch((text or "").strip())
    number = int(match[1]) if match else 0
    return number if 1 <= number <= date.max.year else None
