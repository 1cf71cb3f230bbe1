"""One batch of readings: what cannot be kept is refused with a reason, the rest is kept by one statement.

What is already there is not kept again, so that a sender may repeat a batch of which it does not know the fate. Another
result of the same datastream, time and sequence is refused: what was kept is not overwritten by who repeats it forged.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from psycopg import Cursor
from sqlalchemy import BigInteger, Connection, Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from layers import temporal
from layers.access import ANONYMOUS, Decision, decide, visible
from layers.errors import InputError
from layers.store import feature_table, lend_driver
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.sensing.entities.view import View
from twin.sensing.ingest.plain import Plain
from twin.sensing.ingest.stage import copy_readings
from twin.sensing.ingest.statement import KEEP, KNOWN, LEAVE, PREPARE, PRESENT, TAKE_BACK
from twin.sensing.reading import MEASUREMENT, Reading, Refusal, Rules, Why, objection, objection_to_type
from twin.store.sensing_models import datastream_feature, feature_of_interest

MOST_READINGS = 100_000
# So often what is removed again and again by somebody else is kept anew.
_ATTEMPTS = 5
_UNSETTLED = "result: others keep and remove an observation of this datastream, time and sequence; send this again"


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
        _keep(connection, accepted, outcome)
    return outcome


def reason_against(connection: Connection, reading: Reading, decision: Decision | None = None) -> str | None:
    """Return why a reading could not be kept, or None; nothing is kept."""
    outcome = Outcome()
    list(_accepted(connection, [reading], decision, Rules(), outcome))
    return outcome.refused[0].reason if outcome.refused else None


# A reading with its place in the batch, and whether it is plain.
Accepted = tuple[int, Reading, bool]


def _accepted(
    connection: Connection, readings: Sequence[Reading], decision: Decision | None, rules: Rules, outcome: Outcome
) -> Iterator[Accepted]:
    now = datetime.now(UTC)
    types = _types(connection, sorted({reading.datastream for reading in readings}), decision)
    features = _features(connection, {(one.feature, one.datastream) for one in readings if one.feature}, decision)
    is_plain, measured = Plain.at(now, rules), {number for number, kind in types.items() if kind == MEASUREMENT}
    for place, reading in enumerate(readings):
        wrong: tuple[Why, str] | None
        if reading.datastream in measured and is_plain(reading):
            yield place, reading, True
            continue
        if reading.datastream not in types:
            outcome.refused.append(_unknown(place, reading.datastream))
            continue
        if reading.feature is not None and (reading.feature, reading.datastream) not in features:
            wrong = ("feature", f"FeatureOfInterest: there is no feature {reading.feature}")
        else:
            wrong = objection(reading, now, rules) or objection_to_type(reading.result, types[reading.datastream])
        if wrong is None:
            yield place, reading, False
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


def _features(connection: Connection, named: set[tuple[int, int]], decision: Decision | None) -> set[tuple[int, int]]:
    """Return those pairs of a feature and a datastream of which readings of the datastream may be.

    An observation shows what it is of to all who see it: the feature is one that the decision shows. Devices, which
    have none, name what everybody sees, or what their datastream observed before.
    """
    if not named:
        return set()
    asked = bindparam("features", sorted({feature for feature, _ in named}), type_=ARRAY(BigInteger))
    seeing = decision or decide(ANONYMOUS, "read", DATASTREAMS)
    number, known = feature_of_interest.c.id, datastream_feature.c
    shown = View(seeing, seeing, datetime.now(UTC)).features()
    seen = set(connection.execute(select(number).where(number == func.any(asked), shown)).scalars())
    own = select(known.feature, known.datastream).where(known.feature == func.any(asked))
    of_streams = set() if decision else {(feature, stream) for feature, stream in connection.execute(own)} & named
    return of_streams | {pair for pair in named if pair[0] in seen}


def _keep(connection: Connection, accepted: Sequence[Accepted], outcome: Outcome) -> None:
    plain = [(place, reading) for place, reading, is_plain in accepted if is_plain]
    others = [(place, reading) for place, reading, is_plain in accepted if not is_plain]
    with lend_driver(connection) as driver, driver.cursor(binary=True) as cursor:
        copy_readings(cursor, plain, others)
        cursor.execute(PREPARE)
        left = {place: reading.datastream for place, reading, _ in accepted}
        for _ in range(_ATTEMPTS):
            left = _keep_staged(cursor, left, outcome)
            if not left:
                return
            cursor.execute(LEAVE, {"places": sorted(left)})
    outcome.refused += [Refusal(place, "conflict", _UNSETTLED) for place in sorted(left)]


def _keep_staged(cursor: Cursor[Any], streams: Mapping[int, int], outcome: Outcome) -> dict[int, int]:
    """Keep what is staged, with the datastreams by place; return what was there then and was gone a moment later."""
    row: Any = cursor.execute(KEEP).fetchone()
    places, numbers, first = row
    # Two arrays, since thousands of rows would take as long as keeping them.
    kept: dict[int, int] = {} if places is None else dict(zip(places, numbers, strict=True))
    gone = _gone(cursor, first) if first else frozenset()
    outcome.refused += [_unknown(place, stream) for place, stream in streams.items() if stream in gone]
    outcome.ids.update({place: number for place, number in kept.items() if streams[place] not in gone})
    left = {place: stream for place, stream in streams.items() if place not in kept and stream not in gone}
    if left:
        rows = cursor.execute(KNOWN, {"places": sorted(left)}).fetchall()
        _note_known(rows, outcome)
        for place, _, _ in rows:
            del left[place]
    return left


def _gone(cursor: Cursor[Any], first: Sequence[int]) -> frozenset[int]:
    """Take back what was kept of datastreams that somebody removed meanwhile, and return these.

    Whoever removes one waits for a batch that has its row of latest, and a batch for him: afterwards it has a first
    observation again.
    """
    present = {int(fid) for (fid,) in cursor.execute(PRESENT, {"streams": list(first)}).fetchall()}
    gone = frozenset(first) - present
    if gone:
        cursor.execute(TAKE_BACK, {"streams": sorted(gone)})
    return gone


def _unknown(place: int, stream: int) -> Refusal:
    return Refusal(place, "datastream", f"datastream: there is no datastream {stream}")


def _note_known(rows: Sequence[tuple[int, int, bool]], outcome: Outcome) -> None:
    """Note which were there before, and which are refused since what is there has another result."""
    known = {place: number for place, number, is_same in rows if is_same}
    outcome.ids.update(known)
    outcome.known.update(known)
    outcome.refused += [_conflict(place, number) for place, number, is_same in rows if not is_same]


def _conflict(place: int, number: int) -> Refusal:
    reason = f"observation {number} of this datastream, time and sequence has another result"
    return Refusal(place, "conflict", f"result: {reason}; change that one, or send this with another sequence")
