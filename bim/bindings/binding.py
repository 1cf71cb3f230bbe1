"""A binding: in which element of a building a thing is, since when and until when."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from layers.temporal import rfc3339

MOST_THING = 200
# Nothing that a spreadsheet evaluates comes first.
_THING = re.compile(r"\w[\w.:/@#$()+-]{0,199}")


@dataclass(frozen=True)
class Span:
    """A half-open interval in UTC; an open end is None."""

    first: datetime
    last: datetime | None = None

    def overlaps(self, other: "Span") -> bool:
        """Tell whether both have an instant in common."""
        return (self.last is None or other.first < self.last) and (other.last is None or self.first < other.last)

    def before(self, other: "Span") -> "Span | None":
        """Return what of this one lies before the other."""
        return Span(self.first, other.first) if self.first < other.first else None

    def after(self, other: "Span") -> "Span | None":
        """Return what of this one lies after the other."""
        if other.last is None or (self.last is not None and self.last <= other.last):
            return None
        return Span(other.last, self.last)

    def __str__(self) -> str:
        """Return it as requests state intervals."""
        return f"{rfc3339(self.first)}/{'..' if self.last is None else rfc3339(self.last)}"


@dataclass(frozen=True)
class Binding:
    """A thing in an element of a model; ``grade`` is its own. ``id`` is None for one that is not recorded yet."""

    thing: str
    model: str
    element: str
    span: Span
    note: str = ""
    grade: int = 0
    id: int | None = None

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "thing": self.thing,
            "model": self.model,
            "element": self.element,
            "from": rfc3339(self.span.first),
            "to": None if self.span.last is None else rfc3339(self.span.last),
            "note": self.note,
            "grade": self.grade,
        }


def is_thing(text: str) -> bool:
    """Tell whether a text can be the id of a thing: letters, digits, _, later also . : / @ # $ ( ) + -."""
    return _THING.fullmatch(text) is not None
