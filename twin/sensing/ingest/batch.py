"""One batch of readings: what cannot be kept is refused with a reason, the rest is kept by one statement.

What is already there is not kept again, so that a sender may repeat a batch of which it does not know the fate. Another
result of the same datastream, time and sequence is refused: what was kept is not overwritten by who repeats it forged.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from layers import temporal
from layers.access import Decision, visible
from layers.errors import InputError
from layers.store import feature_table, lend_driver
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.sensing.ingest.stage import copy_readings
from twin.sensing.ingest.statement import KEEP, KNOWN
from twin.sensing.observation_id import beginning_of, month_of
from twin.sensing.reading import Reading, Refusal, Rules, Why, objection, objection_to_type

MOST_READINGS = 100_000
_PREPARE = text("SELECT onemap.prepare_observations(:months)")
_FEATURES = text("SELECT datastream, feature FROM onemap.features_of(:streams) WHERE feature IS NOT NULL")


@dataclass
class Outcome:
    """What became of each reading of a batch, by its place in it.

    ``ids`` are the numbers of observations that are kept, those of ``known`` ones since an earlier time.
    """

    ids: dict[int, int] = field(default_factory=dict)
    known: set[int] = field(default_factory=set)
    refused: list[Refusal] = field(default_factory=list)

    @property
    def new(self) -> int:
        """Return how many readings became observations."""
        return len(self.ids) - len(self.known)


def ingest(
    connection: Connection, readings: Sequence[Reading], decision: Decision | None = None, rules: Rules | None = None
) -> Outcome:
    """Keep readings in the present transaction (a writer's); with a ``decision``, only of datastreams that it shows.

    Raises InputError when there are more than ``MOST_READINGS``.
    """
    if len(readings) > MOST_READINGS:
        raise InputError(f"{len(readings)} readings are more than the {MOST_READINGS} of one batch; send them in parts")
    outcome = Outcome()
    accepted = list(_accepted(connection, readings, decision, rules or Rules(), outcome))
    if accepted:
        _prepare(connection, accepted)
        _keep(connection, _with_features(connection, accepted), outcome)
    return outcome


Placed = tuple[int, Reading]


def _accepted(
    connection: Connection, readings: Sequence[Reading], decision: Decision | None, rules: Rules, outcome: Outcome
) -> Iterator[Placed]:
    now = datetime.now(UTC)
    types = _types(connection, sorted({reading.datastream for reading in readings}), decision)
    for place, reading in enumerate(readings):
        wrong: tuple[Why, str] | None
        if reading.datastream not in types:
            wrong = ("datastream", f"datastream: there is no datastream {reading.datastream}")
        else:
            wrong = objection(reading, now, rules) or objection_to_type(reading.result, types[reading.datastream])
        if wrong is None:
            yield place, reading
        else:
            outcome.refused.append(Refusal(place, *wrong))


def _types(connection: Connection, streams: list[int], decision: Decision | None) -> dict[int, str]:
    """Return the observation types of the present datastreams among these numbers."""
    table = feature_table(DATASTREAMS)
    rows: Select[Any] = (
        select(*table.c).where(table.c.valid.op("@>")(func.now()))
        if decision is None
        else visible(DATASTREAMS, decision, temporal.now())
    )
    columns = rows.selected_columns
    asked = rows.with_only_columns(columns.fid, columns.observation_type)
    asked = asked.where(columns.fid == func.any(bindparam("streams", streams, type_=ARRAY(BigInteger))))
    return {int(fid): str(kind or "") for fid, kind in connection.execute(asked)}


def _prepare(connection: Connection, accepted: Sequence[Placed]) -> None:
    months = sorted({month_of(reading.time) for _, reading in accepted})
    connection.execute(_PREPARE, {"months": [beginning_of(month) for month in months]})


def _with_features(connection: Connection, accepted: Sequence[Placed]) -> list[Placed]:
    """Give readings that name no feature of interest the one of the place of their thing."""
    wanting = sorted({reading.datastream for _, reading in accepted if reading.feature is None})
    if not wanting:
        return list(accepted)
    features = {int(stream): int(feature) for stream, feature in connection.execute(_FEATURES, {"streams": wanting})}
    return [
        (place, reading if reading.feature is not None else replace(reading, feature=features.get(reading.datastream)))
        for place, reading in accepted
    ]


def _keep(connection: Connection, accepted: Sequence[Placed], outcome: Outcome) -> None:
    with lend_driver(connection) as driver, driver.cursor() as cursor:
        copy_readings(cursor, accepted)
        kept = dict(cursor.execute(KEEP).fetchall())
        outcome.ids.update(kept)
        if len(kept) < len(accepted):
            there = cursor.execute(KNOWN, {"places": [p for p, _ in accepted if p not in kept]}).fetchall()
            known = {place: number for place, number, is_same in there if is_same}
            outcome.ids.update(known)
            outcome.known.update(known)
            outcome.refused += [_conflict(place, number) for place, number, is_same in there if not is_same]


def _conflict(place: int, number: int) -> Refusal:
    reason = f"observation {number} of this datastream, time and sequence has another result"
    return Refusal(place, "conflict", f"result: {reason}; change that one, or send this with another sequence")
