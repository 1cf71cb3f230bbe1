"""Rules of sunlight 日照标准 as data: one TOML file each, on the shelf ``rules/`` and in a folder of the operator."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from bim.review.sun import BEIJING, Sun, Term, clock_seconds, from_true_solar, sun_at, term_day
from layers.errors import NotFound, ParameterError, SourceError
from layers.title import Title

Json = dict[str, Any]
SHELF = Path(__file__).parent / "rules"
# The algorithm of the sun is good for longer; a rule is asked of years that people plan for.
FIRST_YEAR, LAST_YEAR = 1950, 2100
_DAY = re.compile(r"(\d\d)-(\d\d)")
_TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_ID = re.compile("[a-z0-9]+(-[a-z0-9]+)*")
_CHOICES = {"status": ("verified", "secondary"), "clock": ("true_solar", "beijing"), "count": ("sum", "longest")}
# Each number of a rule, with its least and greatest value.
_NUMBERS = {
    "required_h": (0.0, 24.0), "least_segment_min": (0.0, 600.0), "sill_m": (0.0, 10.0), "grid_m": (0.1, 50.0),
    "step_min": (0.1, 60.0), "least_sweep_deg": (0.0, 89.0),
    "window_m": (0.0, 10.0),
}  # fmt: skip
_OPTIONAL = {"longest_segments", "assumed"}
_KEYS = {"id", "title", "source", "day", "from", "to", *_CHOICES, *_NUMBERS, *_OPTIONAL}
_ASSUMABLE = _KEYS - {"id", "title", "source", "status", "assumed"}


@dataclass(frozen=True)
class SunlightRule:
    """What a rule asks of a point: so many hours of sun on a day, between two times of day.

    ``status`` is "verified" where a person has compared the file with the text of the rule, and "secondary" where the
    text was not at hand; ``assumed`` names the keys that the source does not state. ``day`` is a solar term or a date
    (MM-DD). Hours are those of ``clock``. ``count`` "sum" adds up all segments of sun, or only the
    ``longest_segments`` longest; "longest" asks for one. Segments shorter than ``least_segment_min`` do not count.
    Sun that meets the façade, seen from above, at less than ``least_sweep_deg`` does not enter the window. Both ends of
    the sill of a window ``window_m`` wide have to be in the sun (满窗); with 0 it is a point.
    """

    id: str
    title: Title
    source: Title
    status: Literal["verified", "secondary"]
    day: str
    clock: Literal["true_solar", "beijing"]
    from_h: float
    to_h: float
    required_h: float
    count: Literal["sum", "longest"]
    longest_segments: int | None
    least_segment_min: float
    sill_m: float
    grid_m: float
    step_min: float
    least_sweep_deg: float
    window_m: float
    assumed: tuple[str, ...] = ()

    @property
    def counted_segments(self) -> int | None:
        """Return how many of the longest segments are added up, or None for all."""
        return 1 if self.count == "longest" else self.longest_segments

    @property
    def required_min(self) -> float:
        """Return how many minutes of sun are asked for."""
        return 60.0 * self.required_h

    def day_in(self, year: int) -> date:
        """Return the day of the rule in a year; raises ParameterError for a year out of reach."""
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise ParameterError("year", f"{year} is not a year from {FIRST_YEAR} to {LAST_YEAR}")
        named = _DAY.fullmatch(self.day)
        return date(year, int(named[1]), int(named[2])) if named else term_day(cast(Term, self.day), year)

    @property
    def looks(self) -> int:
        """Return how many times a day the sun is looked at; both ends of the hours are among them."""
        return round((self.to_h - self.from_h) * 60.0 / self.step_min) + 1

    def instants(self, year: int, lon: float) -> NDArray[np.float64]:
        """Return the instants (t,) at which the sun is looked at, seconds since 1970-01-01T00:00Z; read-only."""
        return _instants(self, year, lon)

    def sun(self, year: int, lon: float, lat: float) -> Sun:
        """Return where the sun stands at these instants over a place; read-only."""
        return _sun(self, year, lon, lat)

    def json(self) -> Json:
        """Return it as its file has it."""
        document: Json = {
            "id": self.id, "title": self.title.json(), "source": self.source.json(), "status": self.status,
            "day": self.day, "clock": self.clock, "from": _clock_text(self.from_h), "to": _clock_text(self.to_h),
            "required_h": self.required_h, "count": self.count, "longest_segments": self.longest_segments,
            **{name: getattr(self, name) for name in _NUMBERS if name != "required_h"}, "assumed": list(self.assumed),
        }  # fmt: skip
        return {name: value for name, value in document.items() if value is not None}


@lru_cache(maxsize=128)
def _instants(rule: SunlightRule, year: int, lon: float) -> NDArray[np.float64]:
    hours = rule.from_h + np.arange(rule.looks) * rule.step_min / 60.0
    shown = np.asarray(clock_seconds(rule.day_in(year), 0.0) + 3600.0 * hours, np.float64)
    if rule.clock == "true_solar":
        instants = from_true_solar(shown, lon)
    else:
        instants = np.asarray(shown - BEIJING.utcoffset(None).total_seconds(), np.float64)
    instants.setflags(write=False)
    return instants


@lru_cache(maxsize=128)
def _sun(rule: SunlightRule, year: int, lon: float, lat: float) -> Sun:
    found = sun_at(rule.instants(year, lon), lon, lat)
    for part in found:
        part.setflags(write=False)
    return found


def read_rules(folder: Path | None = None) -> dict[str, SunlightRule]:
    """Return the rules of the shelf by id, and those of a folder of the operator, which add to them or replace them.

    Raises SourceError, naming file and key, for what cannot be read.
    """
    if folder is not None and not folder.is_dir():
        raise SourceError(folder.name, "it is no folder; TWIN_REVIEW_RULES names a folder of rules, one TOML file each")
    found: dict[str, SunlightRule] = {}
    for shelf in (SHELF, folder):
        if shelf is None:
            continue
        # Files are told by their names: who asks over HTTP need not know where they lie.
        own = [parse_rule(Path(path.name), _text(path)) for path in sorted(shelf.glob("*.toml"))]
        named: dict[str, SunlightRule] = {rule.id: rule for rule in own}
        if len(named) < len(own):
            twice = sorted({rule.id for rule in own if sum(other.id == rule.id for other in own) > 1})
            raise SourceError(shelf.name, f"two files have the id {', '.join(twice)}; each rule has its own")
        found |= named
    return dict(sorted(found.items()))


def rule_named(rules: Mapping[str, SunlightRule], rule_id: str) -> SunlightRule:
    """Return a rule by its id, or raise NotFound with those that there are."""
    if rule_id not in rules:
        raise NotFound(f"there is no rule of sunlight {rule_id!r}; there are {', '.join(rules)}")
    return rules[rule_id]


def parse_rule(path: Path, text: str) -> SunlightRule:
    """Read a rule from the text of its file."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SourceError(str(path), f"it is not TOML: {error}") from error
    read = _Reader(path, document)
    read.require_keys()
    first, last = read.time("from"), read.time("to")
    if not first < last:
        raise read.error("to", "it is not later than from")
    numbers: dict[str, Any] = {name: read.number(name, *bounds) for name, bounds in _NUMBERS.items()}
    if numbers["required_h"] > last - first:
        raise read.error("required_h", f"between from and to there are only {last - first:g} hours")
    _require_whole_steps(read, numbers["step_min"], last - first)
    choices: dict[str, Any] = {name: read.choice(name, allowed) for name, allowed in _CHOICES.items()}
    segments = read.segments(choices["count"])
    return SunlightRule(
        id=read.id(), title=read.title("title"), source=read.title("source"), day=read.day(), from_h=first, to_h=last,
        longest_segments=segments, assumed=read.assumed(), **choices, **numbers,
    )  # fmt: skip


def _require_whole_steps(read: "_Reader", step_min: float, hours: float) -> None:
    steps = hours * 60.0 / step_min
    if steps < 1 or abs(steps - round(steps)) > 1e-6:
        raise read.error("step_min", f"{step_min:g} minutes do not divide the {hours * 60:g} minutes of the day")


@dataclass(frozen=True)
class _Reader:
    """Reads the keys of a document; what is wrong is said with the file and the key."""

    path: Path
    document: Json

    def error(self, key: str, message: str) -> SourceError:
        return SourceError(str(self.path), message, key)

    def require_keys(self) -> None:
        unknown = sorted(set(self.document) - _KEYS)
        if unknown:
            raise self.error(unknown[0], f"a rule has no such key; it has {', '.join(sorted(_KEYS))}")
        missing = sorted(_KEYS - _OPTIONAL - set(self.document))
        if missing:
            raise self.error(missing[0], "the key is missing")

    def id(self) -> str:
        value = self.document["id"]
        if not isinstance(value, str) or not _ID.fullmatch(value) or len(value) > 100:
            raise self.error("id", f"{value!r} is no name of small letters, digits and hyphens")
        return value

    def title(self, key: str) -> Title:
        value = self.document[key]
        if not isinstance(value, dict) or set(value) != {"zh", "en"}:
            raise self.error(key, "it is a table of two texts, zh and en")
        for language, text in value.items():
            if not isinstance(text, str) or not text.strip():
                raise self.error(f"{key}.{language}", "it is a text that is not empty")
        return Title(value["zh"], value["en"])

    def choice(self, key: str, allowed: Sequence[str]) -> str:
        value = self.document[key]
        if value not in allowed:
            raise self.error(key, f"{value!r} is not one of {', '.join(allowed)}")
        return str(value)

    def number(self, key: str, least: float, greatest: float) -> float:
        value = self.document[key]
        # True is an int in Python.
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= greatest:
            raise self.error(key, f"{value!r} is no number from {least:g} to {greatest:g}")
        return float(value)

    def day(self) -> str:
        value = self.document["day"]
        terms = Term.__args__  # type: ignore[attr-defined]
        if value in terms:
            return str(value)
        named = _DAY.fullmatch(value) if isinstance(value, str) else None
        try:
            # Of a year that is no leap year: a rule has its day in every year.
            date(2001, int(named[1]), int(named[2])) if named else int("")
        except ValueError:
            raise self.error("day", f"{value!r} is none of {', '.join(terms)}, nor a day MM-DD of every year") from None
        return str(value)

    def time(self, key: str) -> float:
        value = self.document[key]
        named = _TIME.fullmatch(value) if isinstance(value, str) else None
        if named is None or (hours := int(named[1]) + int(named[2]) / 60.0) > 24.0:
            raise self.error(key, f'{value!r} is no time of day such as "08:00"')
        return hours

    def segments(self, count: str) -> int | None:
        value = self.document.get("longest_segments")
        if value is None:
            return None
        if count != "sum":
            raise self.error("longest_segments", 'only count = "sum" adds up segments')
        return int(self.number("longest_segments", 1, 100)) if isinstance(value, int) else self._no_whole(value)

    def _no_whole(self, value: object) -> int:
        raise self.error("longest_segments", f"{value!r} is no whole number")

    def assumed(self) -> tuple[str, ...]:
        value = self.document.get("assumed", [])
        if not isinstance(value, list) or not all(isinstance(name, str) and name in _ASSUMABLE for name in value):
            raise self.error("assumed", f"it is a list of keys of the rule: {', '.join(sorted(_ASSUMABLE))}")
        return tuple(value)


def _clock_text(hours: float) -> str:
    minutes = round(hours * 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(path.name, f"it cannot be read as text in UTF-8: {error}") from error
