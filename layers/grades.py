"""Grades of data: how freely it may be shown.

The four steps follow Shanghai's rules for public data (open without condition, open on condition, not open) and
GB/T 43697-2024, under which the highest grade of the parts is the grade of the whole.
"""

from enum import IntEnum

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


_TITLES = {
    Grade.OPEN: Title("公开", "open"),
    Grade.CONDITIONAL: Title("有条件开放", "on condition"),
    Grade.INTERNAL: Title("内部", "internal"),
    Grade.RESTRICTED: Title("受限", "restricted"),
}
