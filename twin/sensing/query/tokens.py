"""A filter's text as tokens, each with its place; what is wrong is said with the option and the place."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from layers.errors import ParameterError
from layers.temporal import parse_instant
from twin.sensing.query.expression import Geometry, Interval, Value

LONGEST = 16_384
_EXCERPT = 24
_DATE = r"\d{4}-\d\d-\d\d"
_CLOCK = r"\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?"
# The + of an offset is a blank in an address that was not encoded.
_INSTANT = rf"{_DATE}[Tt]{_CLOCK}(?:[Zz]|[+\- ]\d\d:?\d\d)?"
_KINDS = (
    ("blank", r"\s+"),
    ("interval", rf"{_INSTANT}/{_INSTANT}"),
    ("instant", _INSTANT),
    ("date", _DATE),
    ("clock", _CLOCK),
    ("number", r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"),
    ("geometry", r"(?:geography|geometry)'[^']*'"),
    ("duration", r"duration'[^']*'"),
    ("string", r"'(?:[^']|'')*'"),
    ("name", r"@?[^\W\d][\w.@-]*"),
    ("mark", r"[(),/-]"),
)
_TOKEN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS))
_DURATION = re.compile(
    r"(-)?P(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6}(?:\.\d{1,6})?)S)?)?", re.IGNORECASE
)
_LITERALS = frozenset({"interval", "instant", "date", "clock", "number", "geometry", "duration", "string"})
_MOST_DIGITS = 19


@dataclass(frozen=True)
class Token:
    """A piece of the text from ``start`` on (counted from 0)."""

    kind: str
    text: str
    start: int

    @property
    def is_literal(self) -> bool:
        """Tell whether it is a value."""
        return self.kind in _LITERALS


@dataclass(frozen=True)
class Text:
    """The text of an option, and its name for messages."""

    option: str
    text: str

    def error(self, start: int, message: str) -> ParameterError:
        """Return the error of what is wrong at a place."""
        excerpt = self.text[start : start + _EXCERPT]
        where = f"at character {start + 1}, {excerpt!r}" if excerpt else "at its end"
        return ParameterError(self.option, f"{where}: {message}")

    def tokens(self) -> Iterator[Token]:
        """Yield the tokens and at last one of the kind ``end``."""
        if len(self.text) > LONGEST:
            raise ParameterError(self.option, f"this has more than {LONGEST} characters")
        at = 0
        while at < len(self.text):
            found = _TOKEN.match(self.text, at)
            if found is None:
                raise self.error(at, "a text begins that does not end" if self.text[at] == "'" else "unexpected")
            if found.lastgroup != "blank":
                yield Token(str(found.lastgroup), found.group(), at)
            at = found.end()
        yield Token("end", "", at)

    def value(self, token: Token) -> Value:
        """Return the value of a literal; raises ParameterError for one that names none."""
        try:
            return self._value(token)
        except (ValueError, OverflowError) as error:
            raise self.error(token.start, str(error)) from error

    def _value(self, token: Token) -> Value:
        if token.kind == "instant":
            return self._instant(token.text, token.start)
        if token.kind == "interval":
            return self._interval(token)
        return _READERS[token.kind](token.text)

    def _interval(self, token: Token) -> Interval:
        start, end = (self._instant(part, token.start) for part in token.text.split("/"))
        if end < start:
            raise self.error(token.start, "this interval ends before it begins")
        return Interval(start, end)

    def _instant(self, text: str, start: int) -> datetime:
        try:
            return parse_instant(_with_plus(text), self.option)
        except ParameterError as error:
            offset = "" if text[-1] in "Zz" or re.search(r"[+\- ]\d\d:?\d\d$", text) else "; state the offset from UTC"
            raise self.error(start, f"{text!r} is not an instant such as 2026-08-15T08:00:00+08:00{offset}") from error


def _with_plus(text: str) -> str:
    offset = re.sub(r"[ +](\d\d):?(\d\d)$", r"+\1:\2", text)
    return re.sub(r"-(\d\d)(\d\d)$", r"-\1:\2", offset) if "T" in offset.upper() else offset


def _number(text: str) -> int | float:
    if text.isdigit() and text.isascii():
        if len(text.lstrip("0")) > _MOST_DIGITS:
            raise ValueError(f"this number has more than {_MOST_DIGITS} digits")
        return int(text)
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("this number is too large")
    return number


def _duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()[1:]):
        raise ValueError(f"{text!r} is not a duration such as P1DT12H; years and months have no length of their own")
    sign, days, hours, minutes, seconds = found.groups()
    length = timedelta(
        days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0), seconds=float(seconds or 0)
    )
    return -length if sign else length


def _quoted(text: str) -> str:
    """Return what stands between the quotes of ``kind'…'``."""
    return text[text.index("'") + 1 : -1]


_READERS: dict[str, Callable[[str], Value]] = {
    "string": lambda text: _quoted(text).replace("''", "'"),
    "number": _number,
    "date": date.fromisoformat,
    "clock": time.fromisoformat,
    "duration": lambda text: _duration(_quoted(text)),
    "geometry": lambda text: Geometry(_quoted(text)),
}
