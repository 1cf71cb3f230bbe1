"""Datastreams stand where their things stand, and nobody sees of them what is hidden of the thing."""

from datetime import UTC, datetime

from sensing import add_stream, add_thing, at, rows
from sqlalchemy import text

from layers import temporal
from layers.access import ANONYMOUS, LOCAL_OPERATOR, decide, visible
from layers.temporal import When
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.catalog.readings import LAYER as READINGS
from twin.catalog.things import LAYER as THINGS
from twin.sensing.ingest import ingest
from twin.sensing.reading import CATEGORY, Reading

PLACE = "SELECT ST_X(geom) FROM onemap.{} WHERE fid = :fid AND valid @> CAST(:at AS timestamptz)"
MOVE = text("SELECT onemap.move_thing(:thing, ST_SetSRID(ST_MakePoint(:lon, 31.2), 4490), :at)")


def grade(tx, stream):
    return rows(tx, "SELECT max(grade) FROM onemap.datastreams WHERE fid = :fid", fid=stream)[0][0]


def seen(tx, layer, when=None, who=ANONYMOUS):
    statement = visible(layer, decide(who, "read", layer), when or temporal.now())
    return tx.execute(statement).mappings().all()


def test_a_datastream_has_place_and_least_grade_of_its_thing(tx):
    thing = add_thing(tx, lon=121.6, grade=2)
    stream, stricter = add_stream(tx, thing), add_stream(tx, thing, grade=3)
    assert rows(tx, PLACE.format("datastreams"), fid=stream, at=at(0)) == [(121.6,)]
    assert (grade(tx, stream), grade(tx, stricter)) == (2, 3)


def test_a_grade_that_is_raised_reaches_datastreams_and_a_lowered_one_is_not_undercut(tx):
    thing = add_thing(tx)
    stream = add_stream(tx, thing)
    tx.execute(text("UPDATE onemap.things SET grade = 2 WHERE fid = :f"), {"f": thing})
    tx.execute(text("UPDATE onemap.datastreams SET grade = 0 WHERE fid = :f"), {"f": stream})
    assert grade(tx, stream) == 2


def test_a_grade_that_is_lowered_leaves_datastreams_what_was_stated_for_them(tx):
    thing = add_thing(tx, grade=3)
    inherits, own, later = add_stream(tx, thing), add_stream(tx, thing, grade=2), add_stream(tx, thing)
    tx.execute(text("UPDATE onemap.datastreams SET grade = 1 WHERE fid = :f"), {"f": later})
    assert [grade(tx, stream) for stream in (inherits, own, later)] == [3, 3, 3]
    # Moving copies rows, and what is stated with them.
    tx.execute(MOVE, {"thing": thing, "lon": 121.7, "at": at(0)})
    tx.execute(text("UPDATE onemap.things SET grade = 0 WHERE fid = :f"), {"f": thing})
    assert [grade(tx, stream) for stream in (inherits, own, later)] == [0, 2, 1]
    tx.execute(text("UPDATE onemap.things SET grade = 2 WHERE fid = :f"), {"f": thing})
    assert [grade(tx, stream) for stream in (inherits, own, later)] == [2, 2, 2]
    tx.execute(text("UPDATE onemap.datastreams SET stated_grade = 0 WHERE fid = :f"), {"f": own})
    tx.execute(text("UPDATE onemap.things SET grade = 0 WHERE fid = :f"), {"f": thing})
    assert [grade(tx, stream) for stream in (inherits, own, later)] == [0, 0, 1]


def test_a_thing_that_moves_takes_its_datastreams_along_and_both_are_known_where_they_were(tx):
    thing = add_thing(tx)
    stream = add_stream(tx, thing)
    tx.execute(MOVE, {"thing": thing, "lon": 121.7, "at": at(0)})
    for layer, fid in (("things", thing), ("datastreams", stream)):
        assert rows(tx, PLACE.format(layer), fid=fid, at=at(-1)) == [(121.5,)]
        assert rows(tx, PLACE.format(layer), fid=fid, at=at(1)) == [(121.7,)]


def test_a_move_that_is_told_late_ends_where_the_next_one_began(tx):
    thing = add_thing(tx)
    tx.execute(MOVE, {"thing": thing, "lon": 121.7, "at": at(60)})
    tx.execute(MOVE, {"thing": thing, "lon": 121.6, "at": at(0)})
    tx.execute(MOVE, {"thing": thing, "lon": 121.8, "at": at(60)})
    known = [rows(tx, PLACE.format("things"), fid=thing, at=at(minute))[0][0] for minute in (-1, 1, 61)]
    assert known == [121.5, 121.6, 121.8]


def test_the_newest_reading_is_shown_and_at_a_past_instant_the_one_of_then(tx):
    stream = add_stream(tx, add_thing(tx))
    ingest(tx, [Reading(stream, at(minute), float(minute)) for minute in (0, 10, 20)])
    ((row,),) = (seen(tx, READINGS),)
    assert (row["fid"], row["value"], row["unit"], row["time"]) == (stream, 20.0, "°C", at(20))
    ((past,),) = (seen(tx, READINGS, When(at(15), at(15))),)
    assert (past["value"], past["time"]) == (10.0, at(10))
    assert seen(tx, READINGS, When(at(-5), at(-5))) == []


def test_a_reading_that_is_no_number_is_text(tx):
    stream = add_stream(tx, add_thing(tx), kind=CATEGORY)
    ingest(tx, [Reading(stream, at(0), "暴雨")])
    assert [(row["value"], row["text"]) for row in seen(tx, READINGS)] == [(None, "暴雨")]


def test_readings_of_a_hidden_thing_are_hidden_now_and_in_the_past(tx):
    thing = add_thing(tx)
    stream = add_stream(tx, thing)
    ingest(tx, [Reading(stream, at(0), 1.0)])
    past = When(at(1), at(1))
    assert len(seen(tx, READINGS)) == len(seen(tx, READINGS, past)) == 1
    # From now on it is hidden, though its slice of then is not graded.
    tx.execute(text("SELECT onemap.cut_slices('datastreams', ARRAY[CAST(:s AS bigint)], now())"), {"s": stream})
    tx.execute(text("UPDATE onemap.datastreams SET grade = 2 WHERE fid = :s AND upper_inf(valid)"), {"s": stream})
    for layer in (READINGS, DATASTREAMS):
        assert seen(tx, layer) == seen(tx, layer, past) == []
        assert len(seen(tx, layer, past, LOCAL_OPERATOR)) == 1


def test_a_thing_without_a_place_is_a_row_and_in_no_tile(tx):
    tx.execute(text("INSERT INTO onemap.things (name, geom) VALUES ('nowhere', 'SRID=4490;POINT EMPTY')"))
    assert [row["name"] for row in seen(tx, THINGS)] == ["nowhere"]
    assert rows(tx, "SELECT x FROM onemap.tile_edit WHERE layer = 'things'") == []


def test_an_edit_of_a_datastream_is_an_edit_of_its_reading_and_folding_edits_is_none(tx):
    def version() -> int:
        return int(tx.execute(text("SELECT onemap.tile_version('readings', 0, 0, 0, now())")).scalar_one())

    before = version()
    thing = add_thing(tx)
    assert version() == before
    stream = add_stream(tx, thing)
    between = version()
    assert between > before
    tx.execute(text("UPDATE onemap.datastreams SET name = 'humidity' WHERE fid = :f"), {"f": stream})
    after = version()
    assert after > between
    tx.execute(text("SELECT onemap.compact_versions()"))
    assert version() == after


def test_a_boundary_of_datastreams_is_one_of_readings(tx):
    add_stream(tx, add_thing(tx))
    tx.execute(text("UPDATE onemap.datastreams SET valid = '[2020-01-01Z,2030-01-01Z)'"))
    found = rows(tx, "SELECT layer, at FROM onemap.validity_boundary WHERE layer IN ('datastreams', 'readings')")
    assert sorted(found) == [(name, datetime(2030, 1, 1, tzinfo=UTC)) for name in ("datastreams", "readings")]
