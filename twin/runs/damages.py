"""Damages reported after a storm: read, stored, listed, removed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from layers.access import Decision
from layers.errors import Conflict, InputError, NotFound, ParameterError
from layers.store import Database
from layers.temporal import parse_instant, rfc3339
from twin.preplans.after_action import Damage
from twin.runs.impact_titles import KIND_TITLES, kind_of, kind_title
from twin.runs.record import Run
from twin.store.models import damage as table
from twin.warnings.warning import beijing

MOST = 5000
LONGEST_TEXT = 1000
_FIELDS = ("lon", "lat", "kind", "time", "text")
# A damage that happened long before or after belongs to another storm.
_BEFORE, _AFTER = timedelta(days=1), timedelta(days=3)


@dataclass(frozen=True)
class Reported:
    """A stored damage, its number and who reported it."""

    id: int
    damage: Damage
    principal: str

    def json(self, decision: Decision) -> dict[str, Any]:
        """Return it as JSON, without what the decision masks."""
        place = {"id": self.id, "kind": self.damage.kind, "lon": self.damage.lon, "lat": self.damage.lat}
        public = place | {"kind_title": kind_title(self.damage.kind).json(), "time": rfc3339(self.damage.at)}
        personal = {"note": self.damage.note, "principal": self.principal}
        return public | {name: value for name, value in personal.items() if name not in decision.masked}


def require_done(run: Run) -> Run:
    """Return the run if it is done, or raise Conflict: before that there is nothing to report or evaluate."""
    if run.state != "done" or run.begins is None or run.step_s is None:
        raise Conflict(f"run {run.id} is {run.state}; its report is available once it is done")
    return run


def read_damages(document: object, run: Run) -> list[Damage]:
    """Return damages from JSON, a list or an object with ``damages``; raises an error that names the row and field."""
    rows = document.get("damages") if isinstance(document, Mapping) else document
    if not isinstance(rows, list) or not rows:
        raise InputError('damages: give a list such as [{"lon": 121.5, "lat": 31.24, "kind": "tree", "time": …}]')
    if len(rows) > MOST:
        raise ParameterError("damages", f"{len(rows)} rows are more than the {MOST} of one request; split them")
    return [_read_damage(row, f"damages[{index}]", run) for index, row in enumerate(rows)]


def _read_damage(row: object, place: str, run: Run) -> Damage:
    if not isinstance(row, Mapping):
        raise ParameterError(place, f"a damage must be an object with {', '.join(_FIELDS)}")
    unknown = sorted(str(name) for name in row if name not in _FIELDS)
    if unknown:
        raise ParameterError(f"{place}.{unknown[0]}", f"a damage has no such field; it has {', '.join(_FIELDS)}")
    return Damage(
        kind=_kind(row.get("kind"), f"{place}.kind"),
        lon=_degrees(row.get("lon"), f"{place}.lon", 180.0),
        lat=_degrees(row.get("lat"), f"{place}.lat", 85.0),
        at=_time(row.get("time"), f"{place}.time", run),
        note=_text(row.get("text", ""), f"{place}.text"),
    )


def _kind(value: object, place: str) -> str:
    kind = kind_of(value) if isinstance(value, str) else None
    if kind is None:
        raise ParameterError(place, f"{value!r} is none of {', '.join(KIND_TITLES)}")
    return kind


def _degrees(value: object, place: str, limit: float) -> float:
    number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    if not abs(number) <= limit:
        raise ParameterError(place, f"{value!r} is not a number of degrees from {-limit:g} to {limit:g}")
    return number


def _time(value: object, place: str, run: Run) -> datetime:
    if not isinstance(value, str):
        raise ParameterError(place, f"{value!r} is not an RFC 3339 date-time such as 2026-09-16T02:30:00+08:00")
    instant = parse_instant(value, place)
    first, last = run.times[0] - _BEFORE, run.times[-1] + _AFTER
    if not first <= instant <= last:
        raise ParameterError(place, f"{beijing(instant)} is not within this storm, {beijing(first)} to {beijing(last)}")
    return instant


def _text(value: object, place: str) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\0" in value:
        raise ParameterError(place, f"must be a text of at most {LONGEST_TEXT} characters without NUL")
    return value.strip()


def keep(database: Database, run: Run, damages: Sequence[Damage], principal: str) -> int:
    """Store damages of a run, all or none, and return how many were new; duplicates are stored once."""
    rows = [_row(run.id, damage, principal) for damage in damages]
    statement = insert(table).values(rows).on_conflict_do_nothing().returning(table.c.id)
    with database.writer.begin() as connection:
        return len(connection.execute(statement).all())


def _row(run: int, damage: Damage, principal: str) -> dict[str, Any]:
    place = func.ST_SetSRID(func.ST_MakePoint(damage.lon, damage.lat), 4490)
    return {
        "run": run,
        "kind": damage.kind,
        "at": damage.at,
        "note": damage.note,
        "geom": place,
        "principal": principal,
    }


def remove(database: Database, run: Run, number: int) -> None:
    """Delete a damage that was reported by mistake, or raise NotFound."""
    statement = delete(table).where(table.c.id == number, table.c.run == run.id)
    with database.writer.begin() as connection:
        if not connection.execute(statement).rowcount:
            raise NotFound(f"run {run.id} has no damage {number}; its report lists its damages")


def damages_statement(run: int) -> Select[Any]:
    """Select the damages reported for a run, by time."""
    place = (func.ST_X(table.c.geom).label("lon"), func.ST_Y(table.c.geom).label("lat"))
    columns = (table.c.id, table.c.kind, table.c.at, table.c.note, table.c.principal)
    return select(*columns, *place).where(table.c.run == run).order_by(table.c.at, table.c.id)


def damages_of(connection: Connection, run: int, decision: Decision) -> list[Reported]:
    """Return the damages reported for a run; notes are left out where the decision masks them."""
    return [_reported(row, decision) for row in connection.execute(damages_statement(run))]


def _reported(row: Row[Any], decision: Decision) -> Reported:
    note = "" if "note" in decision.masked else row.note
    return Reported(row.id, Damage(row.kind, row.lon, row.lat, row.at, note), row.principal)
