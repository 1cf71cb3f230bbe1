"""Rules of alarms: which datastreams, what is an alarm, and of which level. Read from documents of HTTP and TOML."""

import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import TypeAdapter, ValidationError

from layers.errors import ParameterError, SourceError
from layers.grades import Grade, grade_named
from layers.title import Title
from twin.hazard import Level
from twin.sensing.alarms.course import Limit, Side

Kind = Literal["threshold", "rate", "silence", "stuck"]
MOST_STREAMS, LONGEST = 10_000, timedelta(days=366)
# Rules for the bundled district.
SAMPLE_RULES = Path(__file__).parent / "rules" / "lujiazui.toml"
_LONGEST_TEXT = 200
_LONGEST_AREA = 1_000_000
_DURATION = TypeAdapter(timedelta)


@dataclass(frozen=True)
class Watch:
    """Which datastreams are meant: those that fulfil all that is given.

    ``property`` is the definition, name or number of the observed property, ``category`` that of the thing, ``area``
    GeoJSON in degrees.
    """

    property: str | None = None
    category: str | None = None
    area: str | None = None
    datastreams: tuple[int, ...] | None = None


@dataclass(frozen=True)
class AlarmRule:
    """When what datastreams observe is an alarm; ``limit``, ``clear`` and ``rest`` are in ``unit``, a UCUM code.

    ``duration`` is how long a limit is not kept before that is an alarm; of ``rate`` within what time the value changes
    by ``limit``; of ``silence`` and ``stuck`` how long nothing comes, or nothing else than before.
    """

    kind: Kind
    title: Title
    level: Level
    watch: Watch
    unit: str | None = None
    side: Side = "above"
    limit: float | None = None
    clear: float | None = None
    duration: timedelta = timedelta(0)
    rest: float | None = None
    enabled: bool = True
    grade: Grade = Grade.OPEN
    id: int = field(default=0, compare=False)

    @property
    def bounds(self) -> Limit:
        """Return the limit that values, or their changes, are held against."""
        duration = self.duration if self.kind == "threshold" else timedelta(0)
        return Limit(self.limit or 0.0, self.side, self.clear, duration)

    def json(self) -> dict[str, Any]:
        """Return the rule as a document, as :func:`read_rule` takes it, with its number."""
        watch = self.watch
        return {
            "id": self.id,
            "kind": self.kind,
            "title": self.title.json(),
            "level": int(self.level),
            "property": watch.property,
            "category": watch.category,
            "area": None if watch.area is None else json.loads(watch.area),
            "datastreams": None if watch.datastreams is None else list(watch.datastreams),
            "unit": self.unit,
            "side": self.side,
            "limit": self.limit,
            "clear": self.clear,
            "duration": _DURATION.dump_python(self.duration, mode="json"),
            "rest": self.rest,
            "enabled": self.enabled,
            "grade": self.grade.name.lower(),
        }


def read_rule(document: Mapping[str, Any], former: AlarmRule | None = None) -> AlarmRule:
    """Read a rule, or what changes of a ``former`` one; raises ParameterError naming the part that cannot be used."""
    unknown = sorted(document.keys() - _READERS.keys())
    if unknown:
        raise ParameterError(str(unknown[0])[:60], f"this is none of {', '.join(_READERS)}")
    given = {name: _READERS[name](name, value) for name, value in document.items()}
    watch = {one.name: given.pop(one.name) for one in fields(Watch) if one.name in given}
    if former is None:
        for name in ("kind", "title", "level"):
            if name not in given:
                raise ParameterError(name, "it is missing")
        rule = AlarmRule(watch=Watch(**watch), **given)
    else:
        if given.get("kind", former.kind) != former.kind:
            raise ParameterError("kind", f"it is {former.kind}, and stays so; make another rule")
        rule = replace(former, watch=replace(former.watch, **watch), **given)
    _require_whole(rule)
    return rule


def rules_in(path: Path) -> list[AlarmRule]:
    """Return the rules of a TOML file, each a table ``[[rules]]``; raises SourceError naming the one that is none."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(str(path), f"it cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError(str(path), f"this is not TOML ({error})") from error
    given = document.get("rules")
    if not isinstance(given, list) or document.keys() != {"rules"}:
        raise SourceError(str(path), "there is nothing but tables [[rules]] in such a file")
    return [_rule_at(path, number, one) for number, one in enumerate(given, start=1)]


def _rule_at(path: Path, number: int, document: Any) -> AlarmRule:
    if not isinstance(document, Mapping):
        raise SourceError(str(path), "it is no table", f"rule {number}")
    try:
        return read_rule(document)
    except ParameterError as error:
        raise SourceError(str(path), str(error), f"rule {number}") from error


def _require_whole(rule: AlarmRule) -> None:
    if all(getattr(rule.watch, one.name) is None for one in fields(Watch)):
        raise ParameterError("property", "say which datastreams: by property, category, area or datastreams")
    _REQUIRED[rule.kind](rule)
    if rule.kind not in ("threshold", "rate") and (rule.clear is not None or rule.side != "above"):
        raise ParameterError("clear", f"a rule of the kind {rule.kind} has neither clear nor side")
    if rule.kind != "stuck" and rule.rest is not None:
        raise ParameterError("rest", "only a rule of what is stuck has one")
    if rule.limit is not None and rule.unit is None:
        raise ParameterError("unit", "say in which unit the limit is, as a UCUM code such as m/s; 1 for numbers alone")


def _require_threshold(rule: AlarmRule) -> None:
    if rule.limit is None:
        raise ParameterError("limit", "say which value is an alarm")
    if rule.side == "either":
        raise ParameterError("side", "a value is above or below its limit; either is for changes")
    _require_calm(rule)


def _require_rate(rule: AlarmRule) -> None:
    if rule.limit is None:
        raise ParameterError("limit", "say by how much the value changes within the duration")
    if rule.side == "either" and rule.limit <= 0:
        raise ParameterError("limit", "a change to either side is more than zero")
    if not rule.duration:
        raise ParameterError("duration", "say within what time the value changes so much, such as PT10M")
    _require_calm(rule)


def _require_silence(rule: AlarmRule) -> None:
    if rule.limit is not None:
        raise ParameterError("limit", "silence has none; say in duration how long it lasts")
    if not rule.duration:
        raise ParameterError("duration", "say after what time without a reading a datastream is silent, such as PT15M")


def _require_stuck(rule: AlarmRule) -> None:
    if not rule.duration:
        raise ParameterError("duration", "say for how long the value is the same, such as PT6H")
    if rule.limit is not None and rule.limit < 0:
        raise ParameterError("limit", "it is within what the value stays: zero or more")


_REQUIRED = {
    "threshold": _require_threshold,
    "rate": _require_rate,
    "silence": _require_silence,
    "stuck": _require_stuck,
}


def _require_calm(rule: AlarmRule) -> None:
    """A clear level beyond the limit would end an alarm where it begins."""
    if rule.clear is not None and rule.bounds.is_reached(rule.clear) and rule.clear != rule.limit:
        side = "below" if rule.side != "below" else "above"
        raise ParameterError("clear", f"{rule.clear:g} is not {side} the limit, {rule.limit:g}")
    if rule.clear is not None and rule.clear == rule.limit:
        raise ParameterError("clear", "it is the limit; leave it out")


def _choice(*known: str) -> Any:
    def read(name: str, value: Any) -> str:
        if value not in known:
            raise ParameterError(name, f"{str(value)[:60]!r} is none of {', '.join(known)}")
        return str(value)

    return read


def _title(name: str, value: Any) -> Title:
    if not isinstance(value, Mapping) or value.keys() - {"zh", "en"} or "zh" not in value:
        raise ParameterError(name, 'it is no object such as {"zh": "大风", "en": "gale"}')
    zh = _text(f"{name}.zh", value["zh"])
    return Title(str(zh), str(_text(f"{name}.en", value.get("en", zh))))


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST_TEXT or "\0" in value:
        raise ParameterError(name, f"it is no text of up to {_LONGEST_TEXT} characters")
    return value.strip()


def _optional(read: Any) -> Any:
    return lambda name, value: None if value is None else read(name, value)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ParameterError(name, f"{str(value)[:40]!r} is no number")
    return float(value)


def _level(name: str, value: Any) -> Level:
    if isinstance(value, bool) or value not in (1, 2, 3, 4):
        raise ParameterError(name, f"{str(value)[:40]!r} is none of 1 (blue), 2 (yellow), 3 (orange), 4 (red)")
    return Level(value)


def _duration(name: str, value: Any) -> timedelta:
    wrong = ParameterError(name, f"{str(value)[:40]!r} is no duration such as PT10M, up to {LONGEST.days} days")
    if not isinstance(value, str) or not value.startswith("P"):
        raise wrong
    try:
        duration = _DURATION.validate_python(value)
    except ValidationError:
        raise wrong from None
    if not timedelta(0) <= duration <= LONGEST:
        raise wrong
    return duration


def _area(name: str, value: Any) -> str:
    written = json.dumps(value)
    if not isinstance(value, Mapping) or value.get("type") not in ("Polygon", "MultiPolygon"):
        raise ParameterError(name, "it is no Polygon or MultiPolygon of GeoJSON, in degrees")
    if len(written) > _LONGEST_AREA:
        raise ParameterError(name, f"it is longer than {_LONGEST_AREA} characters")
    return written


def _datastreams(name: str, value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_STREAMS:
        raise ParameterError(name, f"it is no list of up to {MOST_STREAMS} numbers of datastreams")
    if not all(isinstance(one, int) and not isinstance(one, bool) and 0 < one < 2**63 for one in value):
        raise ParameterError(name, "it has something in it that is no number of a datastream")
    return tuple(sorted(set(value)))


def _enabled(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ParameterError(name, f"{str(value)[:40]!r} is neither true nor false")
    return value


def _grade(name: str, value: Any) -> Grade:
    if not isinstance(value, str):
        raise ParameterError(name, "it is no name of a grade, such as internal")
    return grade_named(value)


_READERS: Mapping[str, Any] = {
    "kind": _choice(*get_args(Kind)),
    "title": _title,
    "level": _level,
    "property": _optional(_text),
    "category": _optional(_text),
    "area": _optional(_area),
    "datastreams": _optional(_datastreams),
    "unit": _optional(_text),
    "side": _choice(*get_args(Side)),
    "limit": _optional(_number),
    "clear": _optional(_number),
    "duration": _duration,
    "rest": _optional(_number),
    "enabled": _enabled,
    "grade": _grade,
}
