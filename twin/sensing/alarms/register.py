"""The register of rules: made, changed, removed and listed; triggers find which datastreams each is about.

Rules are graded: nobody hears of one above his clearance, nor, in one that he sees, of datastreams that he does not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import BigInteger, Connection, RowMapping, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from layers import temporal
from layers.access import Decision, Principal, decide, visible
from layers.errors import NotFound, ParameterError
from layers.grades import Grade
from layers.store import locks_of
from layers.title import Title
from twin.catalog.alarms import LAYER as ALARMS
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.hazard import Level
from twin.sensing.alarms.rule import AlarmRule, Watch
from twin.store.alarm_models import alarm_rule

MOST_RULES = 1000
_COLUMNS = (
    "kind", "title_zh", "title_en", "level", "property", "category", "datastreams", "unit", "side", "limit_value",
    "clear_value", "duration", "rest", "enabled", "grade", "changed_by",
)  # fmt: skip
_AREA = "ST_SetSRID(ST_GeomFromGeoJSON(:area), 4490)"
_NAMES, _VALUES = ", ".join(_COLUMNS), ", ".join(f":{name}" for name in _COLUMNS)
_ENTER = text(f"INSERT INTO onemap.alarm_rule ({_NAMES}, area) VALUES ({_VALUES}, {_AREA}) RETURNING id")  # noqa: S608
_SET = ", ".join(f"{name} = :{name}" for name in _COLUMNS)
_CHANGE = text(f"UPDATE onemap.alarm_rule SET {_SET}, area = {_AREA}, changed = clock_timestamp() WHERE id = :id")  # noqa: S608
_REMOVE = text("DELETE FROM onemap.alarm_rule WHERE id = :id")
_IS_VALID = text(f"SELECT ST_IsValid({_AREA})")
_MATCHES = text("SELECT rule, datastream, unit, fits FROM onemap.alarm_matches(CAST(:rules AS bigint[]), NULL)")


@dataclass(frozen=True)
class Watched:
    """How many datastreams a rule judges, and how many it would if their units, by their codes, were its own."""

    judged: int = 0
    of_other_units: Mapping[str, int] = field(default_factory=dict)


def rules(connection: Connection, principal: Principal) -> list[AlarmRule]:
    """Return the rules that somebody may see, each without the datastreams that he may not, in order of numbers."""
    # A rule has no place: whoever is bound to an area sees the open ones.
    clearance = principal.clearance if principal.area is None else Grade.OPEN
    found = [rule for rule in all_rules(connection) if rule.grade <= clearance]
    named = {one for rule in found for one in rule.watch.datastreams or ()}
    seen = _seen(connection, decide(principal, "read", DATASTREAMS), named)
    return [_shown(rule, seen) for rule in found]


def all_rules(connection: Connection) -> list[AlarmRule]:
    """Return every rule, in order of numbers, for whoever judges."""
    area = func.ST_AsGeoJSON(alarm_rule.c.area).label("shape")
    asked = select(*(one for one in alarm_rule.c if one.name != "area"), area).order_by(alarm_rule.c.id)
    return [_from_row(row) for row in connection.execute(asked).mappings()]


def rule_of(connection: Connection, principal: Principal, number: int) -> AlarmRule:
    """Return one rule; one that may not be seen is reported like one that does not exist."""
    for rule in rules(connection, principal):
        if rule.id == number:
            return rule
    raise NotFound(f"there is no alarm rule {number}; GET /sensing/alarm-rules lists them")


def set_rule(connection: Connection, rule: AlarmRule, who: Principal) -> int:
    """Make a rule, and return its number; raises ParameterError for datastreams that it cannot judge."""
    _begin(connection)
    _require(connection, rule, who)
    if connection.execute(select(func.count()).select_from(alarm_rule)).scalar_one() >= MOST_RULES:
        raise ParameterError("rule", f"there are {MOST_RULES} rules, the most; remove one")
    number: int = connection.execute(_ENTER, _values(rule, who)).scalar_one()
    return number


def change(connection: Connection, number: int, rule: AlarmRule, who: Principal) -> None:
    """Change a rule; what it raised goes on, and is judged by the new limits.

    Datastreams that are hidden from ``who`` stay in a rule that names some.
    """
    _begin(connection)
    _require(connection, rule, who)
    changed = replace(rule, watch=replace(rule.watch, datastreams=_with_hidden(connection, number, rule, who)))
    connection.execute(_CHANGE, _values(changed, who) | {"id": number})


def _with_hidden(connection: Connection, number: int, rule: AlarmRule, who: Principal) -> tuple[int, ...] | None:
    """Return the datastreams that a changed rule names, with those of the former that ``who`` does not see."""
    former = connection.execute(select(alarm_rule.c.datastreams).where(alarm_rule.c.id == number)).scalar()
    if rule.watch.datastreams is None or not former:
        return rule.watch.datastreams
    hidden = set(former) - _seen(connection, decide(who, "read", DATASTREAMS), set(former)).keys()
    return tuple(sorted(hidden.union(rule.watch.datastreams)))


def forget(connection: Connection, number: int) -> None:
    """Remove a rule; the alarms that it raised are over, and stay in the history."""
    _begin(connection)
    connection.execute(_REMOVE, {"id": number})


def watched(connection: Connection, principal: Principal, numbers: Iterable[int]) -> dict[int, Watched]:
    """Return what rules watch of the datastreams that somebody may see."""
    asked = sorted(numbers)
    found: dict[int, Watched] = {number: Watched() for number in asked}
    matches = connection.execute(_MATCHES, {"rules": asked}).all()
    seen = _seen(connection, decide(principal, "read", DATASTREAMS), {row.datastream for row in matches})
    for row in matches:
        if row.datastream in seen:
            found[row.rule] = _counted(found[row.rule], row.unit or "", fits=row.fits)
    return found


def _counted(watched_: Watched, unit: str, *, fits: bool) -> Watched:
    if fits:
        return replace(watched_, judged=watched_.judged + 1)
    others = watched_.of_other_units
    return replace(watched_, of_other_units={**others, unit: others.get(unit, 0) + 1})


def _begin(connection: Connection) -> None:
    """Let nothing be judged meanwhile."""
    locks = locks_of(connection)
    locks.layers([ALARMS.id])
    locks.begin_rows()


def _require(connection: Connection, rule: AlarmRule, who: Principal) -> None:
    if rule.grade > who.clearance:
        raise ParameterError(
            "grade", f"{rule.grade.name.lower()} is above {who.clearance.name.lower()}, up to which you see"
        )
    if rule.watch.area is not None and not connection.execute(_IS_VALID, {"area": rule.watch.area}).scalar_one():
        raise ParameterError("area", "it crosses itself")
    named = set(rule.watch.datastreams or ())
    if named:
        _require_streams(connection, rule, decide(who, "read", DATASTREAMS), named)


def _require_streams(connection: Connection, rule: AlarmRule, decision: Decision, named: set[int]) -> None:
    """Refuse datastreams that are named and are not there, or have another unit than the rule."""
    units = _seen(connection, decision, named)
    missing = sorted(named - units.keys())
    if missing:
        raise ParameterError("datastreams", f"there is no datastream {missing[0]}")
    other = next(((one, unit) for one, unit in units.items() if rule.unit not in (None, unit)), None)
    if other is not None:
        raise ParameterError(
            "unit", f"datastream {other[0]} is in {other[1] or 'no unit'}, not in {rule.unit}; nothing is converted"
        )


def _seen(connection: Connection, decision: Decision, numbers: set[int]) -> dict[int, str]:
    """Return the units, by their codes, of those datastreams that a decision shows."""
    columns = visible(DATASTREAMS, decision, temporal.now()).selected_columns
    unit = func.onemap.ucum_of(columns.unit_definition, columns.unit_symbol).label("unit")
    rows = visible(DATASTREAMS, decision, temporal.now()).with_only_columns(columns.fid, unit)
    asked = rows.where(columns.fid == func.any(bindparam("numbers", sorted(numbers), type_=ARRAY(BigInteger))))
    return {int(fid): str(code or "") for fid, code in connection.execute(asked)}


def _shown(rule: AlarmRule, seen: Mapping[int, str]) -> AlarmRule:
    if rule.watch.datastreams is None:
        return rule
    shown = tuple(one for one in rule.watch.datastreams if one in seen)
    return replace(rule, watch=replace(rule.watch, datastreams=shown))


def _values(rule: AlarmRule, who: Principal) -> dict[str, Any]:
    watch = rule.watch
    return {
        "kind": rule.kind,
        "title_zh": rule.title.zh,
        "title_en": rule.title.en,
        "level": int(rule.level),
        "property": watch.property,
        "category": watch.category,
        "area": watch.area,
        "datastreams": None if watch.datastreams is None else list(watch.datastreams),
        "unit": rule.unit,
        "side": rule.side,
        "limit_value": rule.limit,
        "clear_value": rule.clear,
        "duration": rule.duration,
        "rest": rule.rest,
        "enabled": rule.enabled,
        "grade": int(rule.grade),
        "changed_by": who.name,
    }


def _from_row(row: RowMapping) -> AlarmRule:
    named = row["datastreams"]
    return AlarmRule(
        kind=row["kind"],
        title=Title(row["title_zh"], row["title_en"]),
        level=Level(row["level"]),
        watch=Watch(row["property"], row["category"], row["shape"], None if named is None else tuple(named)),
        unit=row["unit"],
        side=row["side"],
        limit=row["limit_value"],
        clear=row["clear_value"],
        duration=row["duration"],
        rest=row["rest"],
        enabled=row["enabled"],
        grade=Grade(row["grade"]),
        id=row["id"],
    )
