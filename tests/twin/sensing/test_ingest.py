from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sensing import add_location, add_stream, add_thing, at, rows
from sqlalchemy import Connection, text

from layers.access import ANONYMOUS, LOCAL_OPERATOR, decide
from layers.errors import InputError
from layers.store import Database
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.sensing.ingest import MOST_READINGS, ingest
from twin.sensing.ingest.plain import Plain
from twin.sensing.observation_id import month_of, month_of_id
from twin.sensing.reading import (
    CATEGORY,
    COUNT,
    MEASUREMENT,
    TRUTH,
    Reading,
    Rules,
    as_double,
    objection,
    objection_to_type,
)


@pytest.fixture
def stream(tx: Connection) -> int:
    return add_stream(tx, add_thing(tx))


LATEST = "SELECT time, result, count, first_time, last_time FROM onemap.latest WHERE datastream = :stream"


def test_readings_become_history_and_the_newest_is_the_latest(tx, stream):
    outcome = ingest(tx, [Reading(stream, at(m), float(m)) for m in (5, 20, 10)])
    assert (outcome.new, outcome.known, outcome.refused) == (3, set(), [])
    found = rows(tx, "SELECT time, result FROM onemap.observation WHERE datastream = :s ORDER BY time", s=stream)
    assert found == [(at(5), 5), (at(10), 10), (at(20), 20)]
    assert rows(tx, LATEST, stream=stream) == [(at(20), 20, 3, at(5), at(20))]


def test_a_batch_that_is_sent_again_changes_nothing(tx, stream):
    batch = [Reading(stream, at(m), 20.5) for m in range(100)]
    first = ingest(tx, batch)
    again = ingest(tx, batch)
    assert (again.new, len(again.known)) == (0, 100)
    assert again.ids == first.ids
    assert rows(tx, LATEST, stream=stream)[0][2] == 100


def test_another_result_of_the_same_instant_and_sequence_is_refused_and_overwrites_nothing(tx, stream):
    first = ingest(tx, [Reading(stream, at(0), 1.0)])
    again = ingest(tx, [Reading(stream, at(0), 1.0), Reading(stream, at(0), 2.0), Reading(stream, at(0), 2.0, 1)])
    assert (again.known, set(again.ids)) == ({0}, {0, 2})
    assert [(one.place, one.why) for one in again.refused] == [(1, "conflict")]
    assert f"observation {first.ids[0]} of this datastream, time and sequence" in again.refused[0].reason
    assert rows(tx, LATEST, stream=stream)[0][1:3] == (2.0, 2)


def test_a_reading_that_is_twice_in_one_batch_is_kept_once(tx, stream):
    outcome = ingest(tx, [Reading(stream, at(0), 1.0), Reading(stream, at(0), 1.0), Reading(stream, at(0), 2.0, 1)])
    assert (outcome.new, outcome.known) == (2, {1})
    assert outcome.ids[0] == outcome.ids[1] != outcome.ids[2]
    assert rows(tx, LATEST, stream=stream)[0][1:3] == (2.0, 2)


def test_what_comes_late_does_not_take_the_place_of_the_latest(tx, stream):
    ingest(tx, [Reading(stream, at(60), 6.0)])
    ingest(tx, [Reading(stream, at(-60 * 24 * 400), 1.0)])
    assert rows(tx, LATEST, stream=stream) == [(at(60), 6.0, 2, at(-60 * 24 * 400), at(60))]


def test_numbers_tell_the_partition(tx, stream):
    times = [datetime(1900, 1, 1, tzinfo=UTC), at(0), at(60 * 24 * 40)]
    outcome = ingest(tx, [Reading(stream, time, 1) for time in times])
    assert [month_of_id(outcome.ids[place]) for place in range(3)] == [month_of(time) for time in times]
    months = rows(tx, "SELECT tableoid::regclass::text FROM onemap.observation ORDER BY time")
    assert months == [("onemap.observation_1900_01",), ("onemap.observation_2026_03",), ("onemap.observation_2026_04",)]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"result": float("nan")}, "result"),
        ({"result": float("inf")}, "result"),
        ({"result": "warm"}, "type"),
        ({"result": True}, "type"),
        ({"time": at(0).replace(tzinfo=None)}, "zone"),
        ({"time_end": at(9).replace(tzinfo=None)}, "zone"),
        ({"time": datetime(9999, 1, 1, tzinfo=UTC)}, "year"),
        ({"time": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=8)))}, "year"),
        ({"time": datetime(1900, 1, 1, tzinfo=timezone(timedelta(hours=8)))}, "year"),
        ({"time": datetime.now(UTC) + timedelta(days=2)}, "future"),
        ({"time_end": at(-1)}, "interval"),
        ({"datastream": 10**9}, "datastream"),
        ({"sequence": -1}, "type"),
        ({"feature": 10**9}, "feature"),
        ({"parameters": {"sky": ["clear", "a\0b"]}}, "result"),
        ({"quality": {"a\0b": 1}}, "result"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_reason_and_stops_no_other(tx, stream, change, why):
    good, bad = Reading(stream, at(0), 1.0), Reading(stream, at(1), 2.0)
    outcome = ingest(tx, [good, replace(bad, **change), replace(good, time=at(2))])
    assert [(refusal.place, refusal.why) for refusal in outcome.refused] == [(1, why)]
    assert outcome.refused[0].reason
    assert (outcome.new, sorted(outcome.ids)) == (2, [0, 2])


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [(TRUTH, True, 1), (CATEGORY, "rain", 4), (COUNT, 4, 4.5), (COUNT, 4, "4"), ("http://example.org/any", [1], None)],
)
def test_results_are_of_the_type_of_their_datastream(tx, kind, good, bad):
    stream = add_stream(tx, add_thing(tx), kind=kind)
    outcome = ingest(tx, [Reading(stream, at(0), good), Reading(stream, at(1), bad)])
    assert [refusal.why for refusal in outcome.refused] == ([] if bad is None else ["type"])
    kept = "SELECT coalesce(result_json, to_jsonb(result)) FROM onemap.observation WHERE time = :t"
    assert rows(tx, kept, t=at(0)) == [(good,)]


def test_a_whole_number_beyond_doubles_keeps_its_digits(tx):
    stream = add_stream(tx, add_thing(tx), kind=COUNT)
    ingest(tx, [Reading(stream, at(0), 2**60 + 1)])
    assert rows(tx, "SELECT result, result_json::text FROM onemap.observation") == [(None, str(2**60 + 1))]


def test_a_batch_has_a_most(tx, stream):
    with pytest.raises(InputError, match=f"more than the {MOST_READINGS}"):
        ingest(tx, [Reading(stream, at(0), 1.0)] * (MOST_READINGS + 1))


def test_a_decision_shows_no_datastream_that_it_hides(tx):
    secret = add_stream(tx, add_thing(tx, grade=2))
    outcome = ingest(tx, [Reading(secret, at(0), 1.0)], decide(ANONYMOUS, "read", DATASTREAMS))
    assert [refusal.reason for refusal in outcome.refused] == [f"datastream: there is no datastream {secret}"]
    assert ingest(tx, [Reading(secret, at(0), 1.0)]).new == 1


def test_no_reading_shows_to_others_a_feature_that_is_hidden_from_who_sends_it(tx):
    secret, open_ = add_stream(tx, add_thing(tx, grade=2)), add_stream(tx, add_thing(tx))
    ((bunker,),) = rows(tx, "INSERT INTO onemap.feature_of_interest (name) VALUES ('bunker') RETURNING id")
    assert ingest(tx, [Reading(secret, at(0), 1.0, feature=bunker)]).new == 1
    for decision in (decide(ANONYMOUS, "read", DATASTREAMS), None):
        outcome = ingest(tx, [Reading(open_, at(0), 1.0, feature=bunker)], decision)
        assert [one.reason for one in outcome.refused] == [f"FeatureOfInterest: there is no feature {bunker}"]
    assert rows(tx, "SELECT datastream FROM onemap.datastream_feature") == [(secret,)]
    assert ingest(tx, [Reading(secret, at(1), 1.0, feature=bunker)]).new == 1
    cleared = decide(LOCAL_OPERATOR, "read", DATASTREAMS)
    assert ingest(tx, [Reading(open_, at(0), 1.0, feature=bunker)], cleared).new == 1


def test_readings_are_of_the_place_of_their_thing_unless_they_say_what_of(tx):
    thing = add_thing(tx)
    location, stream = add_location(tx, thing), add_stream(tx, thing)
    ingest(tx, [Reading(stream, at(m), 1.0) for m in range(3)])
    ((feature, count),) = rows(tx, "SELECT feature, count(*) FROM onemap.observation GROUP BY feature")
    assert count == 3
    assert rows(tx, "SELECT feature FROM onemap.location WHERE id = :id", id=location) == [(feature,)]
    where = "SELECT name, ST_AsText(geom) FROM onemap.feature_of_interest WHERE id = :id"
    assert rows(tx, where, id=feature) == [("yard", "POINT(121.5 31.2)")]
    ((other,),) = rows(tx, "INSERT INTO onemap.feature_of_interest (name) VALUES ('cloud') RETURNING id")
    ingest(tx, [Reading(stream, at(9), 1.0, feature=other)])
    assert rows(tx, "SELECT feature FROM onemap.datastream_feature ORDER BY 1") == sorted([(feature,), (other,)])


def test_a_new_latest_edits_the_tiles_of_readings_and_a_late_one_does_not(tx, stream):
    def version() -> int:
        return int(tx.execute(text("SELECT onemap.tile_version('readings', 0, 0, 0, now())")).scalar_one())

    before = version()
    ingest(tx, [Reading(stream, at(10), 1.0)])
    after = version()
    assert after > before
    ingest(tx, [Reading(stream, at(5), 1.0)])
    assert version() == after


def test_latest_is_found_anew_when_observations_go(tx, stream):
    ingest(tx, [Reading(stream, at(m), float(m)) for m in range(3)])
    tx.execute(text("DELETE FROM onemap.observation WHERE time = :t"), {"t": at(2)})
    tx.execute(text("SELECT onemap.refresh_latest(:s)"), {"s": [stream]})
    assert rows(tx, LATEST, stream=stream) == [(at(1), 1.0, 2, at(0), at(1))]
    tx.execute(text("DELETE FROM onemap.observation"))
    tx.execute(text("SELECT onemap.refresh_latest(:s)"), {"s": [stream]})
    assert rows(tx, LATEST, stream=stream) == []


BATCHES = st.lists(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 2)), max_size=12), max_size=6)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BATCHES)
def test_however_readings_are_cut_into_batches_latest_and_counts_are_those_of_the_history(tx, batches):
    with tx.begin_nested() as nested:
        stream = add_stream(tx, add_thing(tx))
        for batch in batches:
            ingest(tx, [Reading(stream, at(minute), float(minute), sequence) for minute, sequence in batch])
        history = {key for batch in batches for key in batch}
        found = rows(tx, LATEST, stream=stream)
        if history:
            newest, first = max(history), min(history)
            assert found == [(at(newest[0]), newest[0], len(history), at(first[0]), at(newest[0]))]
        else:
            assert found == []
        nested.rollback()


def test_the_writer_keeps_readings_and_makes_partitions(db: Database):
    with db.owner.begin() as connection:
        stream = add_stream(connection, add_thing(connection))
    with db.writer.begin() as connection:
        assert ingest(connection, [Reading(stream, at(m), 1.0) for m in range(10)]).new == 10
    with db.writer.begin() as connection:
        assert ingest(connection, [Reading(stream, at(m), 1.0) for m in range(20)]).new == 10
    with db.reader.connect() as connection:
        assert rows(connection, "SELECT count(*) FROM onemap.observation") == [(20,)]


BARE = [datetime(2026, 3, 1), datetime.max, datetime.min]  # noqa: DTZ001, DTZ901 - without a zone on purpose
EDGES = [
    datetime(1900, 1, 1, tzinfo=UTC), datetime(1899, 12, 31, 23, 59, 59, 999999, UTC),
    datetime(1900, 1, 1, tzinfo=timezone(timedelta(hours=8))), datetime(2201, 1, 1, tzinfo=UTC), *BARE,
    BARE[1].replace(tzinfo=timezone(-timedelta(hours=8))), at(0),
]  # fmt: skip
ODD = st.sampled_from(
    [
        {}, {"time_end": at(300)}, {"result_time": at(-5)}, {"feature": 77}, {"quality": {"flag": "good"}},
        {"parameters": {"depth": 2}}, {"valid_time": (at(0), at(9))}, {"result": 3}, {"result": -(2**53)},
        {"time_end": at(300), "result_time": at(1), "feature": 78},
        {"time": at(0).astimezone(timezone(timedelta(hours=8)))},
    ]
)  # fmt: skip
TOLD = (
    "SELECT time, time_end, result_time, result, quality, feature, lower(valid_time), parameters,"
    " id / 2199023255552, sequence FROM onemap.observation ORDER BY sequence"
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(ODD, min_size=1, max_size=12), st.integers(0, 45_000))
def test_whatever_comes_together_each_reading_is_kept_as_it_was_said(tx, changes, day):
    with tx.begin_nested() as nested:
        stream = add_stream(tx, add_thing(tx))
        tx.execute(text("INSERT INTO onemap.feature_of_interest (id, name) VALUES (77, 'x'), (78, 'x')"))
        plain = Reading(stream, EDGES[0] + timedelta(days=day + 1, microseconds=day), 20.125)
        batch = [replace(replace(plain, **change), sequence=n) for n, change in enumerate(changes)]
        outcome = ingest(tx, batch)
        kept = [one for one in batch if one.time_end is None or one.time_end >= one.time]
        assert outcome.new == len(kept)
        said = [
            (
                one.time, one.time_end, one.result_time, one.result, one.quality, one.feature,
                one.valid_time[0] if one.valid_time else None, one.parameters, month_of(one.time), one.sequence,
            )
            for one in kept
        ]  # fmt: skip
        assert rows(tx, TOLD) == said
        nested.rollback()


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "time": st.sampled_from(EDGES), "time_end": st.sampled_from(EDGES), "result_time": st.sampled_from(EDGES),
        "result": st.sampled_from([float("nan"), float("inf"), True, 2**53, 2**60, -0.0, "x", None, 1e308]),
        "sequence": st.sampled_from([-1, 0, 2**31 - 1, 2**31]), "quality": st.sampled_from([None, "a\0b", {}]),
    },
)  # fmt: skip


@given(CHANGES)
def test_what_is_plain_has_no_objection(change):
    now, rules = datetime.now(UTC), Rules()
    reading = replace(Reading(1, at(0), 20.5), **change)
    if Plain.at(now, rules)(reading):
        assert objection(reading, now, rules) is None
        assert objection_to_type(reading.result, MEASUREMENT) is None
        assert as_double(reading.result) == reading.result
