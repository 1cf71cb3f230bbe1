"""What was kept stays, whoever writes beside it, and comes back from an archive."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sensing import add_location, add_stream, add_thing, at, rows
from sqlalchemy import text

from api.layers import all_layers
from api.schemas import all_schemas
from layers.ops.backup_writer import backup
from layers.ops.restoration import restore
from layers.ops.target import Target
from layers.settings import Settings
from layers.store import Database
from twin.sensing.ingest import ingest
from twin.sensing.reading import Reading

WRITERS, BATCHES, STREAMS, MINUTES = 4, 8, 5, 40
DAY = 24 * 60


def test_writers_that_send_the_same_readings_at_once_keep_each_of_them_once(db: Database):
    with db.owner.begin() as connection:
        things = [add_thing(connection) for _ in range(STREAMS)]
        for thing in things:
            add_location(connection, thing)
        streams = [add_stream(connection, thing) for thing in things]
    # In four months, for which there are no partitions yet.
    everything = [
        Reading(stream, at(minute + 31 * DAY * (minute % 4)), float(minute))
        for stream in streams
        for minute in range(MINUTES)
    ]

    def write(seed: int) -> int:
        order, new = random.Random(seed), 0  # noqa: S311 - any order does
        for _ in range(BATCHES):
            with db.writer.begin() as connection:
                new += ingest(connection, order.sample(everything, len(everything) // 2)).new
        with db.writer.begin() as connection:
            return new + ingest(connection, everything).new

    with ThreadPoolExecutor(WRITERS) as pool:
        new = list(pool.map(write, range(WRITERS)))
    assert sum(new) == len(everything)
    with db.reader.connect() as connection:
        kept = rows(connection, "SELECT datastream, count(*), min(time), max(time) FROM onemap.observation GROUP BY 1")
        told = rows(connection, "SELECT datastream, count, first_time, last_time FROM onemap.latest")
        assert sorted(kept) == sorted(told)
        assert len(kept) == STREAMS
        agree = "SELECT bool_and(o.result = l.result) FROM onemap.latest l JOIN onemap.observation o USING (id)"
        assert rows(connection, agree) == [(True,)]
        assert rows(connection, "SELECT count(*) FROM onemap.feature_of_interest") == [(STREAMS,)]


def test_observations_come_back_from_an_archive_and_go_on(db: Database, server, template, tmp_path: Path):
    def target(database: Database) -> Target:
        return Target(database.urls, server.admin_url(database.urls), Settings(_env_file=None))

    with db.owner.begin() as connection:
        stream = add_stream(connection, add_thing(connection))
    with db.writer.begin() as connection:
        before = ingest(connection, [Reading(stream, at(DAY * 31 * month), 1.0) for month in range(3)])
    path = tmp_path / "sensors.backup"
    backup(target(db), path, lambda *_: None)
    with server.copy_of(template) as other:
        restore(target(other), all_layers(), all_schemas(), path, lambda *_: None)
        with other.writer.begin() as connection:
            again = ingest(connection, [Reading(stream, at(DAY * 31 * month), 1.0) for month in range(5)])
        assert [again.ids[place] for place in range(3)] == [before.ids[place] for place in range(3)]
        assert (again.new, again.known) == (2, {0, 1, 2})
        with other.reader.connect() as connection:
            assert rows(connection, "SELECT count(*), count(DISTINCT id) FROM onemap.observation") == [(5, 5)]
            assert connection.execute(text("SELECT count FROM onemap.latest")).scalar_one() == 5
