"""Resource paths: ``Things(1)/Datastreams(2)/Observations``."""

import re
from dataclasses import dataclass
from typing import Literal

from layers.errors import ParameterError
from layers.numbers import parse_whole

MOST_SEGMENTS = 12
LONGEST = 2000
_ENDINGS = ("$ref", "$value")
_SEGMENT = re.compile(r"(?P<name>[^\W\d][\w.@-]*|@[\w.]+|\d+)(?:\((?P<id>-?\d+|'(?:[^']|'')*')\))?")

Ending = Literal["", "$ref", "$value"]


@dataclass(frozen=True)
class Segment:
    """A name, and the id in parentheses behind it."""

    name: str
    id: int | str | None = None


@dataclass(frozen=True)
class Path:
    """What is addressed, from the root on; ``ending`` tells which form of it is wanted."""

    segments: tuple[Segment, ...]
    ending: Ending = ""


def parse_path(text: str) -> Path:
    """Read a path behind the root of the service, decoded; raises ParameterError."""
    if len(text) > LONGEST:
        raise ParameterError("path", f"it has more than {LONGEST} characters")
    text = text.strip("/")
    segments: list[Segment] = []
    at = 0
    while at < len(text):
        if (rest := text[at:]) in _ENDINGS and segments:
            return Path(tuple(segments), rest)  # type: ignore[arg-type]
        found = _SEGMENT.match(text, at)
        if found is None or (found.end() < len(text) and text[found.end()] != "/"):
            raise ParameterError("path", f"{rest[:40]!r} is not of the form Things(1)/Datastreams, $ref or $value")
        segments.append(Segment(found["name"], _id(found["id"])))
        at = found.end() + 1
        if len(segments) > MOST_SEGMENTS:
            raise ParameterError("path", f"it has more than {MOST_SEGMENTS} parts")
    return Path(tuple(segments))


def _id(text: str | None) -> int | str | None:
    if text is None:
        return None
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    return -parse_whole("path", text[1:]) if text.startswith("-") else parse_whole("path", text)
