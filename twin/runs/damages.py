"""Damages as they were reported after a storm: read, kept, listed, taken back."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from layers.access.decide import Decision
from layers.errors import Conflict, InputError, NotFound, ParameterError
from layers.store.engine import Database
from layers.temporal import parse_instant, rfc3339
from twin.preplans.after_action import Damage
from twin.runs.kinds import KIND_TITLES, kind_of, kind_title
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
    """A kept damage and its number."""

    id: int
    damage: Damage
    principal: str

    def json(self, decision: Decision) -> dict[str, Any]:
        """Return it as JSON, without what the decision masks."""
        place = {"id": self.id, "kind": self.damage.kind, "lon": self.damage.lon, "lat": self.damage.lat}
        stated = place | {"kind_title": kind_title(self.damage.kind).json(), "time": rfc3339(self.damage.at)}
        personal = {"note": self.damage.note, "principal": self.principal}
        return stated | {name: value for name, value in personal.items() if name not in decision.masked}


def require_done(run: Run) -> Run:
    """Return a run that is done, or raise Conflict: before that there is nothing to report on or to judge."""
    if run.state != "done" or run.begins is None or run.step_s is None:
        raise Conflict(f"run {run.id} is {run.state}; its report can be had once it is done")
    return run


def read_damages(stated: object, run: Run) -> list[Damage]:
    """Return damages from JSON, a list or an object with ``damages``; raises an error that names the row and field."""
    rows = stated.get("damages") if isinstance(stated, Mapping) else stated
    if not isinstance(rows, list) or not rows:
        raise InputError('damages: a list is wanted, such as [{"lon": 121.5, "lat": 31.24, "kind": "tree", "time": …}]')
    if len(rows) > MOST:
        raise ParameterError("damages", f"{len(rows)} rows are more than {MOST}, the most that are taken at once")
    return [_read(row, f"damages[{index}]", run) for index, row in enumerate(rows)]


def _read(row: object, place: str, run: Run) -> Damage:
    if not isinstance(row, Mapping):
        raise ParameterError(place, f"an object with {', '.join(_FIELDS)} is wanted")
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


def _kind(stated: object, place: str) -> str:
    found = kind_of(stated) if isinstance(stated, str) else None
    if found is None:
        raise ParameterError(place, f"{stated!r} is none of {', '.join(KIND_TITLES)}")
    return found


def _degrees(stated: object, place: str, most: float) -> float:
    number = float(stated) if isinstance(stated, int | float) and not isinstance(stated, bool) else math.nan
    if not abs(number) <= most:
        raise ParameterError(place, f"{stated!r} is not a number of degrees from {-most:g} to {most:g}")
    return number


def _time(stated: object, place: str, run: Run) -> datetime:
    if not isinstance(stated, str):
        raise ParameterError(place, f"{stated!r} is not an RFC 3339 date-time such as 2026-09-16T02:30:00+08:00")
    instant = parse_instant(stated, place)
    first, last = run.times[0] - _BEFORE, run.times[-1] + _AFTER
    if not first <= instant <= last:
        raise ParameterError(
            place, f"{beijing(instant)} is not of this storm; from {beijing(first)} to {beijing(last)} belongs to it"
        )
    return instant


def _text(stated: object, place: str) -> str:
    if not isinstance(stated, str) or len(stated) > LONGEST_TEXT or "\0" in stated:
        raise ParameterError(place, f"a text of at most {LONGEST_TEXT} characters without NUL is wanted")
    return stated.strip()


def keep(database: Database, run: Run, damages: Sequence[Damage], principal: str) -> int:
    """Keep damages of a run, all or none, and return how many were new; the same one twice is kept once."""
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
    """Take a damage back that was reported by mistake, or raise NotFound."""
    gone = delete(table).where(table.c.id == number, table.c.run == run.id)
    with database.writer.begin() as connection:
        if not connection.execute(gone).rowcount:
            raise NotFound(f"run {run.id} has no damage {number}; its report lists those that there are")


def damages_statement(run: int) -> Select[Any]:
    """Return the damages reported for a run, by time."""
    place = (func.ST_X(table.c.geom).label("lon"), func.ST_Y(table.c.geom).label("lat"))
    shown = (table.c.id, table.c.kind, table.c.at, table.c.note, table.c.principal)
    return select(*shown, *place).where(table.c.run == run).order_by(table.c.at, table.c.id)


def damages_of(connection: Connection, run: int, decision: Decision) -> list[Reported]:
    """Return the damages reported for a run; what somebody wrote is left out where the decision masks it."""
    return [_reported(row, decision) for row in connection.execute(damages_statement(run))]


def _reported(row: Row[Any], decision: Decision) -> Reported:
    note = "" if "note" in decision.masked else row.note
    return Reported(row.id, Damage(row.kind, row.lon, row.lat, row.at, note), row.principal)
