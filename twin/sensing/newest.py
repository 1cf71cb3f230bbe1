"""What the datastreams of things observed last, for whoever knows the things by their own ids.

A thing is known by its source key, by its unified code, or, as in addresses of SensorThings, as ``Things(12)``.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, or_

from layers.access import Decision, Principal, decide, visible
from layers.temporal import When
from twin.catalog.readings import LAYER as READINGS
from twin.catalog.things import LAYER as THINGS

_NUMBERED = re.compile(r"Things\((\d{1,18})\)")


@dataclass(frozen=True)
class Sight:
    """What somebody may see of things and of their newest readings at a time."""

    things: Decision
    readings: Decision
    when: When

    @classmethod
    def of(cls, principal: Principal, when: When) -> "Sight":
        """Return what a principal sees."""
        return cls(decide(principal, "read", THINGS), decide(principal, "read", READINGS), when)

    @property
    def allowed(self) -> bool:
        """Tell whether anything is seen."""
        return self.things.allowed and self.readings.allowed


@dataclass(frozen=True)
class Newest:
    """The newest observation of a datastream: a number in ``unit``, or a ``text``; ``thing`` is as it was asked for."""

    thing: str
    thing_name: str
    datastream: int
    name: str
    property: str
    value: float | None
    text: str | None
    unit: str
    time: datetime


def newest_of_things(connection: Connection, sight: Sight, ids: Collection[str]) -> list[Newest]:
    """Return the newest readings that are seen of things with these ids, the newest first."""
    if not ids or not sight.allowed:
        return []
    things = _things(connection, sight, ids)
    rows = visible(READINGS, sight.readings, sight.when)
    columns = rows.selected_columns
    statement = rows.where(columns.thing == func.any(sorted(things))).order_by(columns.time.desc(), columns.fid)
    found = connection.execute(statement).mappings()
    return [_newest(row, one, things[row["thing"]].name) for row in found for one in sorted(things[row["thing"]].ids)]


class _Thing(NamedTuple):
    """A thing that is seen: its name, and the ids by which it was asked for."""

    name: str
    ids: set[str]


def _newest(row: Any, thing: str, thing_name: str) -> Newest:
    name, observed, unit = (row[column] or "" for column in ("name", "property_name", "unit"))
    return Newest(thing, thing_name, row["fid"], name, observed, row["value"], row["text"], unit, row["time"])


def _things(connection: Connection, sight: Sight, ids: Collection[str]) -> dict[int, _Thing]:
    """Return the things that are seen by their numbers."""
    wanted = set(ids)
    by_number = {int(found[1]): one for one in wanted if (found := _NUMBERED.fullmatch(one))}
    rows = visible(THINGS, sight.things, sight.when)
    columns = rows.selected_columns
    listed = sorted(wanted)
    known = or_(
        columns.source_key == func.any(listed),
        columns.code == func.any(listed),
        columns.fid == func.any(sorted(by_number)),
    )
    things: dict[int, _Thing] = {}
    for row in connection.execute(rows.where(known)).mappings():
        meant = {row["source_key"], row["code"], by_number.get(row["fid"])} & wanted
        own = things.setdefault(row["fid"], _Thing(row["name"] or "", set()))
        own.ids.update(one for one in meant if one is not None)
    return things
