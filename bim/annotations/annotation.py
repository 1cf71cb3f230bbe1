"""An annotation: what somebody says of a place or a thing, and what others answer."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from layers.errors import ParameterError
from layers.grades import Grade

OPEN, RESOLVED = "open", "resolved"
STATES = (OPEN, RESOLVED)
MOST_TEXT, MOST_ANSWER, MOST_ANSWERS = 2000, 1000, 50
_LONGEST_SUMMARY = 60
_WHITE = frozenset("\n\t")


@dataclass(frozen=True)
class Place:
    """Degrees of EPSG:4490, longitude first, and metres over the ground."""

    lon: float
    lat: float
    height_m: float = 0.0


@dataclass(frozen=True)
class Subject:
    """The thing of a layer that is annotated: its number there, and what models and schemes call it.

    ``name``, ``kind`` and ``storey`` are known of things that the reader sees at that time.
    """

    layer: str
    fid: int
    model: str | None = None
    element: str | None = None
    scheme: str | None = None
    name: str | None = None
    kind: str | None = None
    storey: str | None = None

    @property
    def key(self) -> str:
        """Return it as rows name it, ``buildings/12``."""
        return f"{self.layer}/{self.fid}"


@dataclass(frozen=True)
class Answer:
    """What somebody answered; ``who`` is None to those who may not know."""

    text: str
    at: str
    who: str | None = None


@dataclass(frozen=True)
class Annotation:
    """An annotation as a reader sees it; names of people are None to those who may not know them."""

    number: int
    text: str
    state: str
    place: Place
    grade: Grade
    written: datetime
    author: str | None = None
    about: Subject | None = None
    resolved: datetime | None = None
    resolved_by: str | None = None
    answers: tuple[Answer, ...] = field(default_factory=tuple)


def said(text: object, most: int = MOST_TEXT) -> str:
    """Return what somebody wrote, without the space around it; raises ParameterError for what is no text."""
    if not isinstance(text, str):
        raise ParameterError("text", "say something, as a text")
    clean = text.replace("\r\n", "\n").strip()
    if not clean:
        raise ParameterError("text", "it is empty; say something")
    if len(clean) > most:
        raise ParameterError("text", f"it has {len(clean)} characters; {most} is the most")
    if any(ord(letter) < ord(" ") and letter not in _WHITE for letter in clean):
        raise ParameterError("text", "it has control characters, which no page shows")
    return clean


def summary(text: str) -> str:
    """Return the first line of a text, short enough for a label."""
    line = text.partition("\n")[0].strip()
    return line if len(line) <= _LONGEST_SUMMARY else f"{line[: _LONGEST_SUMMARY - 1]}…"


def written_answers(answers: str | None, people: str | None) -> tuple[Answer, ...]:
    """Return answers as rows keep them: what was said and when, and apart from it by whom.

    Rows that came from a file may have anything there, which is no answer.
    """
    try:
        told = [(str(one["text"]), str(one["at"])) for one in json.loads(answers or "[]")]
        names = json.loads(people) if people else [None] * len(told)
        return tuple(Answer(*one, name) for one, name in zip(told, names, strict=True))
    except (ValueError, TypeError, KeyError):
        return ()
