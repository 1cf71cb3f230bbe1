"""Where in a file something stands, for those who have to mend it."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from layers.errors import SourceError

Json = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """A place in a file: its line where the file is a sequence, and its path as a program would write it, from 0."""

    path: Path
    line: int | None = None
    within: str = ""

    def __str__(self) -> str:
        """Return it for a message: line 3, CityObjects["a"].geometry[0]."""
        return ", ".join(part for part in (f"line {self.line}" if self.line else "", self.within) if part)

    def at(self, *steps: str | int) -> "Place":
        """Return the place that lies these names and numbers further in."""
        further = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
        return replace(self, within=(self.within + further).lstrip("."))

    def key(self, key: str) -> "Place":
        """Return the place of a member whose name is no plain word."""
        return replace(self, within=f"{self.within}[{json.dumps(key, ensure_ascii=False)}]")

    def error(self, message: str) -> SourceError:
        """Return the error of this place."""
        return SourceError(str(self.path), message, str(self) or None)


def mapping(value: object, place: Place) -> Json:
    """Return a value that is to be an object of JSON."""
    if not isinstance(value, dict):
        raise place.error(f"an object {{…}} is expected, and {told(value)} is there")
    return value


def listing(value: object, place: Place) -> list[Any]:
    """Return a value that is to be a list."""
    if not isinstance(value, list):
        raise place.error(f"a list […] is expected, and {told(value)} is there")
    return value


def told(value: object) -> str:
    """Return a value for a message, in few characters."""
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
