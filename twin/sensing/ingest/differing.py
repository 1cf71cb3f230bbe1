"""Which of the readings that were known before say something else than what is kept."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, DateTime, Integer, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from twin.sensing.ingest.batch import Outcome
from twin.sensing.reading import Reading

_KEPT = text("""
SELECT k.place, coalesce(o.result_json, to_jsonb(o.result)) AS result
FROM unnest(:places, :streams, :times, :sequences) AS k(place, datastream, time, sequence)
JOIN onemap.observation AS o ON (o.datastream, o.time, o.sequence) = (k.datastream, k.time, k.sequence)
""").bindparams(
    bindparam("places", type_=ARRAY(Integer)),
    bindparam("streams", type_=ARRAY(BigInteger)),
    bindparam("times", type_=ARRAY(DateTime(timezone=True))),
    bindparam("sequences", type_=ARRAY(Integer)),
)


def differing(connection: Connection, readings: Sequence[Reading], outcome: Outcome) -> dict[int, Any]:
    """Return what is kept in the place of readings that say something else, by their places in the batch."""
    known = sorted(outcome.known)
    if not known:
        return {}
    given = [readings[place] for place in known]
    rows = connection.execute(
        _KEPT,
        {
            "places": known,
            "streams": [one.datastream for one in given],
            "times": [one.time for one in given],
            "sequences": [one.sequence for one in given],
        },
    )
    return {place: kept for place, kept in rows if kept != readings[place].result}
