"""Corrections by hand of where models stand: what is believed of them, and how another belief is written.

A correction is of one version of a model, and later versions have it too. Like every row it has the time at which it
was believed; the file's own statement stays in ``bim_model``.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import Connection, DateTime, and_, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.sql.elements import ColumnElement

from bim.georeference import Placement
from bim.store import correction, model
from layers.space import MAP_CRS
from layers.store import believed
from layers.temporal import OpenTime
from layers.title import Title

Json = dict[str, Any]
_BY_HAND = Title(
    "位置由人工修正；文件所述位置见 stated", "placed by hand; what the file says of its place is in stated"
)
_KEEP = """
INSERT INTO onemap.bim_correction (load, placement, stated, who, why, recorded, recorded_tx)
SELECT %(load)s, %(placement)s, c.stated, c.who, c.why, tstzrange(clock_timestamp(), NULL), onemap.begin_edit()
FROM onemap.bim_correction AS c WHERE c.id = %(id)s
"""
# Dates that are still to come count: what was said last is of the version with the latest one.
_NEWEST = """
SELECT c.id FROM onemap.bim_model AS m
LEFT JOIN onemap.bim_correction AS c ON c.load = m.load AND upper_inf(c.recorded)
WHERE m.dataset = %(model)s AND m.load <> %(load)s ORDER BY m.date DESC, m.load DESC LIMIT 1
"""


@dataclass(frozen=True)
class Correction:
    """What somebody said of where a version stands; without a placement, that it stands where its file says.

    It was believed from ``since`` ``until`` (None: still). ``stated`` is when it was said, of this version or a former.
    """

    id: int
    load: int
    placement: Placement | None
    stated: datetime
    who: str
    why: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Version:
    """A version of a model with its own statement of its place (the JSON of a georeference), and the correction."""

    load: int
    date: datetime
    georeference: Json
    correction: Correction | None

    @property
    def own(self) -> Placement:
        """Return where its file has it."""
        return Placement.from_json(self.georeference["placement"])

    @property
    def by_hand(self) -> Placement | None:
        """Return where it stands by hand."""
        return None if self.correction is None else self.correction.placement

    @property
    def placement(self) -> Placement:
        """Return where it stands."""
        return self.by_hand or self.own


def correction_of(as_of: OpenTime) -> ColumnElement[bool]:
    """Return the condition that corrections are of a version and believed, now or at an instant: at most one is."""
    if as_of is None:
        known: ColumnElement[bool] = func.upper_inf(correction.c.recorded)
    else:
        known = believed(correction.c, literal(as_of, DateTime(timezone=True)))
    return and_(correction.c.load == model.c.load, known)


def by_hand(stated: Json, placement: Json | None) -> Json:
    """Return a georeference with a placement by hand, and what was stated; as it is without one.

    Its LoGeoRef level is that of the file, as of everything by hand, and there is nothing that it could be off from.
    """
    if placement is None:
        return stated
    told = {"level": stated["level"], "crs": MAP_CRS, "source": "by_hand", "residual_m": None}
    return {"placement": placement, **told, "notes": [_BY_HAND.json()], "stated": stated}


def versions_of(connection: Connection, model_id: str) -> list[Version]:
    """Return the versions of a model as they are believed now, the latest first."""
    statement = (
        select(model.c.load.label("version"), model.c.date, model.c.georeference, correction)
        .select_from(model.outerjoin(correction, correction_of(None)))
        .where(model.c.dataset == model_id)
        .order_by(model.c.date.desc(), model.c.load.desc())
    )
    return [
        Version(row["version"], row["date"], row["georeference"], None if row["id"] is None else _correction(row))
        for row in connection.execute(statement).mappings()
    ]


def history(connection: Connection, model_id: str, as_of: OpenTime = None) -> list[Correction]:
    """Return all that was ever said by hand of a model's place, or until an instant, the latest first."""
    began = func.lower(correction.c.recorded)
    statement = select(correction).join(model, model.c.load == correction.c.load).where(model.c.dataset == model_id)
    if as_of is not None:
        statement = statement.where(began <= as_of)
    ordered = statement.order_by(began.desc(), correction.c.id.desc())
    return [_correction(row) for row in connection.execute(ordered).mappings()]


def state(connection: Connection, loads: Sequence[int], placement: Placement | None, who: str, why: str) -> None:
    """Let a correction hold of versions, in a transaction of the writer; what was believed of them before is kept."""
    number = connection.execute(select(func.onemap.begin_edit())).scalar_one()
    instant = _end(connection, loads, number)
    told = {
        # Without a placement it is SQL's NULL, which the value None of JSON would not be.
        **({} if placement is None else {"placement": placement.json()}),
        "stated": instant,
        "who": who,
        "why": why,
        "recorded_tx": number,
    }
    began = {"recorded": Range(instant, None)}
    connection.execute(insert(correction), [{"load": load, **told, **began} for load in loads])


def _end(connection: Connection, loads: Iterable[int], number: int) -> datetime:
    """End what is believed of versions, and return when: a belief lasts at least a microsecond, whatever the clock."""
    held = and_(correction.c.load == func.any(list(loads)), func.upper_inf(correction.c.recorded))
    latest = select(func.max(func.lower(correction.c.recorded))).where(held).scalar_subquery()
    soonest = func.greatest(func.clock_timestamp(), latest + timedelta(microseconds=1))
    instant: datetime = connection.execute(select(soonest)).scalar_one()
    ended = func.tstzrange(func.lower(correction.c.recorded), instant)
    connection.execute(update(correction).where(held).values(recorded=ended, superseded_tx=number))
    return instant


def newest(cursor: "psycopg.Cursor[Any]", model_id: str, but: int) -> int | None:
    """Return the number of what was said last by hand of a model, in the transaction of its load ``but``."""
    row = cursor.execute(_NEWEST, {"model": model_id, "load": but}).fetchone()
    return None if row is None else row[0]


def keep(cursor: "psycopg.Cursor[Any]", load: int, kept: Correction, placement: Placement) -> None:
    """Let a correction of a former version hold of a new one, in the transaction of its load."""
    cursor.execute(_KEEP, {"load": load, "id": kept.id, "placement": json.dumps(placement.json())})


def _correction(row: Any) -> Correction:
    placed, recorded = row["placement"], row["recorded"]
    return Correction(
        row["id"], row["load"], None if placed is None else Placement.from_json(placed), row["stated"], row["who"],
        row["why"], recorded.lower, recorded.upper,
    )  # fmt: skip
