"""What was kept and is to be published, as the database notes it (``twin/store/sql/040_arrivals.sql``)."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, and_, bindparam, delete, exists, func, select, text, true, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from layers import temporal
from layers.access import ANONYMOUS, decide, visible
from layers.store import Database
from layers.temporal import rfc3339
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.store.arrival_models import arrival, followed, following
from twin.store.sensing_models import latest, observation

# Of so many datastreams each is known to be followed; if there are more, all are.
MOST_FOLLOWED = 100_000
# Arrivals are noted for so long after the last sign of life of the publisher.
_LEASE = text("clock_timestamp() + interval '1 minute'")
# Of the arrivals that wait, all but the newest of each datastream are given up.
_SKIP = text("""
DELETE FROM onemap.arrival AS a USING (
    SELECT datastream, max(number) AS newest FROM onemap.arrival GROUP BY datastream
) AS n WHERE n.datastream = a.datastream AND a.number < n.newest
""")
_TAKE = text("""
WITH taken AS (
    DELETE FROM onemap.arrival WHERE number IN (SELECT number FROM onemap.arrival ORDER BY number LIMIT :most)
    RETURNING number, datastream, time, sequence
) SELECT number, datastream, time, sequence FROM taken ORDER BY number
""")
_WAITING = text("SELECT count(*) FROM (SELECT FROM onemap.arrival LIMIT :most) AS waiting")


@dataclass(frozen=True)
class Kept:
    """An observation that is kept, as subscribers get it."""

    datastream: int
    number: int
    document: dict[str, Any]
    is_newest: bool


@dataclass(frozen=True)
class Taken:
    """A batch of arrivals: those that everybody may see, how many were given up, and whether more wait."""

    kept: list[Kept]
    skipped: int = 0
    has_more: bool = False


@dataclass(frozen=True)
class Arrivals:
    """The arrivals of a database; there is one publisher at a time."""

    database: Database

    def forget_all(self) -> None:
        """Nobody follows anything."""
        with self.database.writer.begin() as connection:
            for table in (followed, arrival, following):
                connection.execute(delete(table))

    def follow(self, numbers: Iterable[int], *, everything: bool) -> None:
        """Have what is kept for datastreams noted from now on."""
        with self.database.writer.begin() as connection:
            if numbers := sorted(numbers):
                rows = [{"datastream": number} for number in numbers]
                connection.execute(upsert(followed).on_conflict_do_nothing(), rows)
                count = connection.execute(select(func.count()).select_from(followed)).scalar_one()
                everything = everything or count > MOST_FOLLOWED
            lease = upsert(following).values(id=1, everything=everything, until=_LEASE)
            changed = {"until": lease.excluded.until, "everything": following.c.everything | lease.excluded.everything}
            connection.execute(lease.on_conflict_do_update(index_elements=["id"], set_=changed))

    def renew(self) -> None:
        """Give a sign of life."""
        with self.database.writer.begin() as connection:
            connection.execute(update(following).values(until=_LEASE))

    def newest(self, numbers: Iterable[int] | None, most: int) -> list[Kept]:
        """Return the latest of datastreams that everybody may see, of ``most`` at most; None means all.

        Those of which an arrival waits are left out: it is published in its turn.
        """
        asked = true() if numbers is None else latest.c.datastream == func.any(_array(numbers))
        streams = _open().subquery("stream")
        joined = observation.join(latest, _is_latest()).join(streams, streams.c.fid == latest.c.datastream)
        rows = select(observation, true().label("is_newest")).select_from(joined).where(asked)
        rows = rows.where(~exists().where(arrival.c.datastream == latest.c.datastream))
        with self.database.reader.connect() as connection:
            return [_kept(row) for row in connection.execute(rows.order_by(latest.c.time.desc()).limit(most))]

    @contextmanager
    def taken(self, most: int, most_waiting: int) -> Iterator[Taken]:
        """Yield the oldest arrivals; they are gone when the block ends, and stay where it fails."""
        with self.database.writer.begin() as connection:
            waiting = connection.execute(_WAITING, {"most": most_waiting + 1}).scalar_one()
            skipped = connection.execute(_SKIP).rowcount if waiting > most_waiting else 0
            rows = connection.execute(_TAKE, {"most": most}).all() if waiting else []
            yield Taken(_observations(connection, rows), skipped, len(rows) == most)


_KEYS = ("datastream", "time", "sequence")


def _observed() -> Select[Any]:
    """Return the observations of arrays of keys, which are the parameters."""
    columns = [observation.c[name] for name in _KEYS]
    arrays = [bindparam(one.name, type_=ARRAY(one.type)) for one in columns]
    asked = func.unnest(*arrays).table_valued(*_KEYS, name="asked").render_derived()
    joined = asked.join(observation, and_(*(one == asked.c[one.name] for one in columns)))
    joined = joined.outerjoin(latest, latest.c.datastream == observation.c.datastream)
    return select(observation, (latest.c.id == observation.c.id).label("is_newest")).select_from(joined)


_OBSERVED = _observed()


def open_datastreams(connection: Connection, numbers: Iterable[int]) -> frozenset[int]:
    """Return those of some Datastreams that everybody may see now."""
    fid = _open().selected_columns.fid
    asked = _open().with_only_columns(fid).where(fid == func.any(_array(numbers)))
    return frozenset(connection.execute(asked).scalars())


def _open() -> Select[Any]:
    return visible(DATASTREAMS, decide(ANONYMOUS, "read", DATASTREAMS), temporal.now())


def _array(numbers: Iterable[int]) -> Any:
    return bindparam(None, sorted(numbers), type_=ARRAY(BigInteger))


def _is_latest() -> Any:
    return and_(latest.c.id == observation.c.id, latest.c.datastream == observation.c.datastream,
                latest.c.time == observation.c.time, latest.c.sequence == observation.c.sequence)  # fmt: skip


def _observations(connection: Connection, rows: Sequence[Any]) -> list[Kept]:
    """Return the observations of arrivals that are still there and that everybody may see, in their order."""
    if not rows:
        return []
    shown = open_datastreams(connection, {row.datastream for row in rows})
    keys = [(row.datastream, row.time, row.sequence) for row in rows if row.datastream in shown]
    if not keys:
        return []
    found = connection.execute(_OBSERVED, dict(zip(_KEYS, map(list, zip(*keys, strict=True)), strict=True)))
    by_key = {(row.datastream, row.time, row.sequence): _kept(row) for row in found}
    return [by_key[key] for key in dict.fromkeys(keys) if key in by_key]


def _kept(row: Any) -> Kept:
    """Return an observation as subscribers get it."""
    instants = (row.time, row.time_end)
    document = {
        "@iot.id": row.id,
        "phenomenonTime": "/".join(rfc3339(instant) for instant in instants if instant is not None),
        "resultTime": None if row.result_time is None else rfc3339(row.result_time),
        "result": row.result_json if row.result is None else row.result,
        "resultQuality": row.quality,
        "parameters": row.parameters,
    }
    return Kept(row.datastream, row.id, document, bool(row.is_newest))
