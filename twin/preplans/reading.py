"""Reads a pre-plan from TOML, with errors that name the entry and the fix."""

import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from layers.errors import SourceError
from layers.title import Title
from twin.hazard import Level
from twin.preplans.plan import GROUPS, Deadline, Group, Measure, Plan, Response, Trigger
from twin.warnings.kinds import KINDS as WARNING_KINDS

_COLORS = {level.title.en: level for level in Level if level is not Level.NONE}
_WHOLE = "the plan"
_ROMAN = {level.response: level for level in Level if level is not Level.NONE}


def read_plan(path: Path) -> Plan:
    """Read and check a pre-plan; raises ``SourceError`` naming the entry."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SourceError(path.name, f"is not a readable TOML file: {error}") from error
    root = _Entry(path.name, _WHOLE, table)
    plan = Plan(
        id=root.text("id"),
        title=root.title(),
        version=root.text("version"),
        kinds=root.texts("kinds"),
        roles={role: entry.title() for role, entry in root.subtables("roles")},
        responses=tuple(sorted(map(_response, root.entries("responses", "level")), key=lambda each: each.level)),
        measures=tuple(sorted(map(_measure, root.entries("measures", "id")), key=lambda each: (each.order, each.id))),
    )
    _check(path.name, plan)
    return plan


@dataclass(frozen=True)
class _Entry:
    """A table of the file and its place."""

    file: str
    place: str
    table: dict[str, Any]

    def error(self, message: str) -> SourceError:
        return SourceError(self.file, message, self.place)

    def need(self, name: str, kind: type, what: str) -> Any:
        value = self.table.get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self.error(f"{name} must be {what}, not {value!r}")
        return value

    def text(self, name: str) -> str:
        value = self.need(name, str, "a text")
        if not value.strip():
            raise self.error(f"{name} is empty")
        return str(value)

    def texts(self, name: str) -> tuple[str, ...]:
        values = self.table.get(name, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise self.error(f"{name} must be a list of texts, not {values!r}")
        return tuple(values)

    def title(self) -> Title:
        return Title(self.text("zh"), self.text("en"))

    def choice(self, name: str, choices: Mapping[str, Level]) -> Level:
        value = self.table.get(name)
        if not isinstance(value, str) or value not in choices:
            raise self.error(f"{name} {value!r} is none of {', '.join(choices)}")
        return choices[value]

    def count(self, name: str) -> int:
        value = int(self.need(name, int, "a whole number"))
        if value < 0:
            raise self.error(f"{name} {value} is below zero")
        return value

    def minutes(self, name: str) -> timedelta | None:
        return timedelta(minutes=self.count(name)) if name in self.table else None

    def entries(self, name: str, key: str) -> list["_Entry"]:
        tables = self.table.get(name)
        if not isinstance(tables, list) or not tables:
            raise self.error(f"has no {name}")
        return [self._inside(f"{name} {_name(table, key, number)}", table) for number, table in enumerate(tables, 1)]

    def subtables(self, name: str) -> list[tuple[str, "_Entry"]]:
        tables = self.need(name, dict, "a table of tables")
        return [(key, self._inside(f"{name} {key!r}", table)) for key, table in tables.items()]

    def _inside(self, place: str, table: Any) -> "_Entry":
        entry = _Entry(self.file, place if self.place == _WHOLE else f"{self.place}, {place}", table)
        if not isinstance(table, dict):
            raise entry.error(f"must be a table, not {table!r}")
        return entry


def _name(table: Any, key: str, number: int) -> str:
    """Return the name of an entry for an error: its id where it has one, else its number."""
    return repr(table[key]) if isinstance(table, dict) and key in table else f"no. {number}"


def _response(entry: _Entry) -> Response:
    reporting = entry.minutes("reporting_min")
    if not reporting:
        raise entry.error("has no reporting_min: give the reporting interval in minutes")
    triggers = tuple(_trigger(each) for each in entry.entries("triggers", "warning"))
    return Response(entry.choice("level", _ROMAN), entry.title(), reporting, triggers)


def _trigger(entry: _Entry) -> Trigger:
    level = entry.choice("level", _COLORS)
    if ("warning" in entry.table) == ("impacts" in entry.table):
        raise entry.error("a trigger needs either warning or impacts, and not both")
    if "impacts" in entry.table:
        return Trigger(
            level, impacts=entry.text("impacts"), count=entry.count("count") if "count" in entry.table else 1
        )
    kind = entry.text("warning")
    if kind not in WARNING_KINDS:
        raise entry.error(f"{kind!r} is not a kind of warning; the kinds are {', '.join(WARNING_KINDS)}")
    return Trigger(level, warning=kind)


def _measure(entry: _Entry) -> Measure:
    kinds = entry.texts("kinds")
    return Measure(
        id=entry.text("id"),
        title=entry.title(),
        kinds=kinds,
        impact_level=entry.choice("impact_level", _COLORS) if kinds else Level.NONE,
        response=entry.choice("response", _ROMAN),
        responsible=entry.text("responsible"),
        deadline=_deadline(entry),
        order=entry.count("order"),
        group=_group(entry, "object" if kinds else "district"),
        depends_on=entry.texts("depends_on"),
    )


def _deadline(entry: _Entry) -> Deadline:
    deadline = Deadline(entry.minutes("after_issue_min"), entry.minutes("before_onset_min"))
    if deadline.after_issue is None and deadline.before_onset is None:
        raise entry.error("has no deadline: give after_issue_min or before_onset_min")
    return deadline


def _group(entry: _Entry, usual: Group) -> Group:
    value = entry.table.get("group", usual)
    for group in GROUPS:
        if group == value:
            return group
    raise entry.error(f"group {value!r} is none of {', '.join(GROUPS)}")


def _check(file: str, plan: Plan) -> None:
    """Refuse unknown names, duplicates, and circular dependencies."""
    _unique(file, "measures", [measure.id for measure in plan.measures])
    _unique(file, "responses", [response.level.response for response in plan.responses])
    ids = {measure.id for measure in plan.measures}
    for measure in plan.measures:
        refuse = _Entry(file, f"measures {measure.id!r}", {}).error
        _check_names(refuse, "kind", measure.kinds, plan.kinds)
        _check_names(refuse, "role", (measure.responsible,), plan.roles)
        _check_names(refuse, "measure", measure.depends_on, ids)
    for response in plan.responses:
        refuse = _Entry(file, f"responses {response.level.response!r}", {}).error
        kinds = [trigger.impacts for trigger in response.triggers if trigger.impacts not in (None, "*")]
        _check_names(refuse, "kind", [kind for kind in kinds if kind], plan.kinds)
    try:
        tuple(TopologicalSorter({each.id: each.depends_on for each in plan.measures}).static_order())
    except CycleError as error:
        raise SourceError(file, f"depends_on is circular: {' -> '.join(error.args[1])}", "measures") from error


def _check_names(
    refuse: Callable[[str], SourceError], what: str, names: Iterable[str], choices: Collection[str]
) -> None:
    for name in names:
        if name not in choices:
            raise refuse(f"unknown {what} {name!r}; use one of {', '.join(sorted(choices))}")


def _unique(file: str, place: str, names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise SourceError(file, f"{name!r} occurs more than once", place)
