"""Grades of data: how freely it may be shown.

The four steps follow Shanghai's rules for public data (open without condition, open on condition, not open) and
GB/T 43697-2024, under which the highest grade of the parts is the grade of the whole.
"""

from enum import IntEnum

from layers.errors import ParameterError
from layers.title import Title


class Grade(IntEnum):
    """How freely a layer, column or row may be shown; a higher one is shown to fewer."""

    OPEN = 0
    CONDITIONAL = 1
    INTERNAL = 2
    RESTRICTED = 3

    @property
    def title(self) -> Title:
        """Return the grade's name for people."""
        return _TITLES[self]


def grade_named(text: str, parameter: str = "grade") -> Grade:
    """Read the name of a grade, such as internal; raises ParameterError for any other text."""
    try:
        return Grade[text.strip().upper()]
    except KeyError:
        names = ", ".join(grade.name.lower() for grade in Grade)
        raise ParameterError(parameter, f"{text!r} is none of {names}") from None


_TITLES = {
    Grade.OPEN: Title("公开", "open"),
    Grade.CONDITIONAL: Title("有条件开放", "on condition"),
    Grade.INTERNAL: Title("内部", "internal"),
    Grade.RESTRICTED: Title("受限", "restricted"),
}
