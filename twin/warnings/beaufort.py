"""Wind grades 风力等级: GB/T 28591-2012, Beaufort extended to 17.

Speeds are of the wind 10 m above flat open ground, in m/s, and the standard gives them to a tenth. Grade 17 has no
upper end here: the standard ends it at 61.2 m/s, and texts say 17级以上 for more.
"""

import math
from dataclasses import dataclass

from layers.errors import InputError
from layers.title import Title

_LOWEST = (0.0, 0.3, 1.6, 3.4, 5.5, 8.0, 10.8, 13.9, 17.2, 20.8, 24.5, 28.5, 32.7, 37.0, 41.5, 46.2, 51.0, 56.1)
_HIGHEST = (0.2, 1.5, 3.3, 5.4, 7.9, 10.7, 13.8, 17.1, 20.7, 24.4, 28.4, 32.6, 36.9, 41.4, 46.1, 50.9, 56.0, 61.2)
STRONGEST = len(_LOWEST) - 1
FASTEST_MS = 90.0
"""Speeds above this are refused as misread: no faster mean or gust near the ground is known from this region."""

_NAMES = (
    Title("无风", "calm"),
    Title("软风", "light air"),
    Title("轻风", "light breeze"),
    Title("微风", "gentle breeze"),
    Title("和风", "moderate breeze"),
    Title("劲风", "fresh breeze"),
    Title("强风", "strong breeze"),
    Title("疾风", "near gale"),
    Title("大风", "gale"),
    Title("烈风", "strong gale"),
    Title("狂风", "storm"),
    Title("暴风", "violent storm"),
    Title("飓风", "hurricane"),
)


@dataclass(frozen=True)
class Grades:
    """A closed range of wind grades; ``open`` where the text says 以上, "and more"."""

    low: int
    high: int
    open: bool = False

    def __post_init__(self) -> None:
        """Refuse grades that do not exist or run backwards."""
        if not 0 <= self.low <= self.high <= STRONGEST:
            raise InputError(f"wind grades {self.low}-{self.high} are not an ascending range within 0-{STRONGEST}")

    @property
    def speeds_ms(self) -> tuple[float, float]:
        """Return the lowest and the highest speed of the range, m/s; an open one ends with its highest grade."""
        return _LOWEST[self.low], _HIGHEST[self.high]

    @property
    def middle_ms(self) -> float:
        """Return the speed in the middle of the range, m/s."""
        low, high = self.speeds_ms
        return (low + high) / 2.0

    @property
    def sigma_ms(self) -> float:
        """Return the standard uncertainty of an unknown speed in the range, m/s: that of a uniform distribution."""
        low, high = self.speeds_ms
        return (high - low) / math.sqrt(12.0)

    def title(self) -> Title:
        """Return the range as people write it."""
        span = str(self.low) if self.low == self.high else f"{self.low}-{self.high}"
        return Title(f"{span}级{'以上' if self.open else ''}", f"grade {span}{' or more' if self.open else ''}")


def grade_of(speed_ms: float) -> int:
    """Return the grade of a speed in m/s, rounded to a tenth as the standard's table is."""
    if not 0.0 <= speed_ms <= FASTEST_MS:
        raise InputError(f"a wind of {speed_ms} m/s has no grade; speeds are from 0 to {FASTEST_MS:g} m/s")
    tenth = round(speed_ms, 1)
    return max(grade for grade, lowest in enumerate(_LOWEST) if tenth >= lowest)


def speeds_of(grade: int) -> tuple[float, float]:
    """Return the lowest and the highest speed of a grade, m/s."""
    return Grades(grade, grade).speeds_ms


def name_of(grade: int) -> Title:
    """Return the name of a grade; above 12 the standard has none, and the number stands for it."""
    Grades(grade, grade)
    return _NAMES[grade] if grade < len(_NAMES) else Title(f"{grade}级风", f"wind of grade {grade}")
