"""Weather warnings as they were received, and the runs that they start."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update
from sqlalchemy.dialects.postgresql import insert

from layers.access import Area, Decision, require_inside
from layers.store import Database
from layers.temporal import rfc3339
from layers.title import Title
from twin.hazard import Level
from twin.runs.record import RunRequest, create_in
from twin.runs.request import as_json
from twin.runs.warned_places import places
from twin.scenario import Scenario
from twin.store.models import warning as table
from twin.warnings import Status, WeatherWarning, decide
from twin.warnings.kinds import KINDS

Scenarios = Mapping[str, Scenario[Any]]
REPLACED = "replaced"
"""The status of a warning, besides those of ``Status``, once another one replaced it."""
_KNOWN = Title("已收到过，不再启动推演", "received before; it does not start a run again")


@dataclass(frozen=True)
class Taken:
    """The outcome of receiving a warning: new or known, the run that it started or none, and why."""

    warning: WeatherWarning
    new: bool
    run: int | None
    scenario: str | None
    reason: Title


def take(
    database: Database,
    warnings: Iterable[WeatherWarning],
    principal: str,
    scenarios: Callable[[], Scenarios],
    area: Area | None = None,
) -> list[Taken]:
    """Store warnings and start the runs that the rules require, in one transaction; a known one changes nothing.

    A principal who is bound to an area can submit only warnings that concern it.
    """
    with database.writer.begin() as connection:
        results = []
        for warning in warnings:
            require_inside(connection, area, f"warning {warning.id}", places(warning))
            results.append(_take(connection, warning, principal, scenarios))
        return results


def _take(connection: Connection, warning: WeatherWarning, principal: str, scenarios: Callable[[], Scenarios]) -> Taken:
    row = insert(table).values(_row(warning, principal)).on_conflict_do_nothing().returning(table.c.id)
    if connection.execute(row).one_or_none() is None:
        run = connection.execute(select(table.c.run).where(table.c.id == warning.id)).scalar()
        return Taken(warning, new=False, run=run, scenario=None, reason=_KNOWN)
    if warning.status is not Status.ISSUED:
        _end_former(connection, warning)
    decision = decide(warning)
    request = None if decision.scenario is None else _request(warning, principal, scenarios().get(decision.scenario))
    if request is None:
        return Taken(warning, new=True, run=None, scenario=None, reason=_why_not(decision.scenario, decision.reason))
    run = create_in(connection, request)
    connection.execute(update(table).where(table.c.id == warning.id).values(run=run))
    return Taken(warning, new=True, run=run, scenario=request.scenario, reason=decision.reason)


def _request(warning: WeatherWarning, principal: str, scenario: Scenario[Any] | None) -> RunRequest | None:
    """Return the run that a warning requires, or None where its scenario is not concerned."""
    if scenario is None or scenario.of_warning is None:
        return None
    request = scenario.of_warning(warning)
    return (
        None if request is None else RunRequest(scenario.id, warning.title.zh, principal, as_json(request), show=True)
    )


def _why_not(scenario: str | None, reason: Title) -> Title:
    if scenario is None:
        return reason
    return Title("预警区域与推演范围无关，不启动推演", f"it does not concern the area of the scenario {scenario}")


def _end_former(connection: Connection, warning: WeatherWarning) -> None:
    """End the warnings that an update or cancellation names, or else the former ones of the same kind and area."""
    referenced = [reference.split(",")[1] for reference in warning.references if reference.count(",") == 2]
    same_office = (table.c.kind == warning.kind) & (table.c.area == warning.area)
    former = table.c.id.in_(referenced) if referenced else same_office
    ending = update(table).where(former, table.c.id != warning.id, table.c.issued <= warning.issued)
    still_valid = ending.where(table.c.expires > warning.issued, table.c.status != Status.CANCELLED.value)
    status = REPLACED if warning.status is Status.UPDATED else Status.CANCELLED.value
    connection.execute(still_valid.values(expires=warning.issued, status=status))


def _row(warning: WeatherWarning, principal: str) -> dict[str, Any]:
    return {
        "id": warning.id,
        "kind": warning.kind,
        "level": int(warning.level),
        "area": warning.area,
        "division": warning.division,
        "issued": warning.issued,
        "expires": warning.expires,
        "status": warning.status.value,
        "document": document(warning),
        "principal": principal,
    }


def document(warning: WeatherWarning) -> dict[str, Any]:
    """Return a warning as JSON."""
    plain: dict[str, Any] = _plain(asdict(warning))
    return plain | {"title": warning.title.json()}


def warnings_statement(limit: int, now: datetime | None = None) -> Select[Any]:
    """Select the newest warnings, with ``now`` only those in force at that time."""
    rows = select(table).order_by(table.c.issued.desc(), table.c.id).limit(limit)
    if now is None:
        return rows
    ended_states = (REPLACED, Status.CANCELLED.value)
    return rows.where(table.c.issued <= now, table.c.expires > now, table.c.status.not_in(ended_states))


def warning_json(row: Row[Any], decision: Decision) -> dict[str, Any]:
    """Return a stored warning as JSON, without what the decision masks."""
    fields = {str(name): _plain(value) for name, value in row._mapping.items() if name not in decision.masked}
    level = Level(row.level)
    kind = KINDS[row.kind].title.json() if row.kind in KINDS else {"zh": row.kind, "en": row.kind}
    return fields | {"kind_title": kind, "level_title": level.title.json(), "color": level.color}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value.value if isinstance(value, Enum) else value
