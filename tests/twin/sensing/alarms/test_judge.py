"""What is due is judged once, in order of phenomenon times, and what was raised is cleared."""

import pytest
from alarms import alarms, make
from sensing import add_stream, add_thing, at, rows
from sqlalchemy import Connection, text

from twin.sensing.alarms import judge
from twin.sensing.ingest import ingest
from twin.sensing.reading import TRUTH, Reading


@pytest.fixture
def stream(tx: Connection) -> int:
    return add_stream(tx, add_thing(tx))


def observe(tx, stream, *values):
    """Keep values, each a minute after the one before or (minute, value), and judge."""
    pairs = [one if isinstance(one, tuple) else (minute, one) for minute, one in enumerate(values)]
    ingest(tx, [Reading(stream, at(minute), value) for minute, value in pairs])
    return judge(tx)


def test_a_limit_that_is_reached_is_an_alarm_until_the_clear_level(tx, stream):
    rule = make(tx, [stream])
    observe(tx, stream, 10.0, 17.2)
    assert alarms(tx, "rule, datastream, kind, state, value, limit_value, unit, level, since, until, upper(valid)") == [
        (rule, stream, "threshold", "raised", pytest.approx(17.2), pytest.approx(17.2), "°C", 3, at(1), None, None)
    ]
    observe(tx, stream, (2, 16.0))
    assert alarms(tx) == [(stream, "raised", pytest.approx(17.2))]
    observe(tx, stream, (3, 15.0))
    assert alarms(tx, "state, since, until, lower(valid), upper(valid)") == [("cleared", at(1), at(3), at(1), at(3))]


def test_a_value_that_flaps_about_the_limit_raises_once(tx, stream):
    make(tx, [stream])
    for minute in range(20):
        observe(tx, stream, (minute, 17.5 if minute % 2 else 16.5))
    assert len(alarms(tx)) == 1


def test_what_happens_within_one_batch_is_in_the_history(tx, stream):
    make(tx, [stream])
    changed = observe(tx, stream, 10.0, 20.0, 10.0, 21.0, 9.0)
    assert alarms(tx, "state, since, until") == [("cleared", at(1), at(2)), ("cleared", at(3), at(4))]
    assert (changed.raised, changed.cleared) == ({"threshold": 2}, {"threshold": 2})


def test_a_reading_that_is_judged_is_not_judged_again(tx, stream):
    make(tx, [stream])
    observe(tx, stream, 20.0)
    assert not judge(tx).raised
    observe(tx, stream, 20.0)
    assert len(alarms(tx)) == 1
    assert rows(tx, "SELECT count(*) FROM onemap.alarm_due") == [(0,)]


def test_a_minimum_duration_is_counted_by_phenomenon_times(tx, stream):
    make(tx, [stream], duration="PT10M")
    observe(tx, stream, (0, 18.0), (5, 18.0), (6, 16.0), (7, 18.0))
    assert alarms(tx) == []
    observe(tx, stream, (16, 18.0))
    assert alarms(tx) == []
    observe(tx, stream, (17, 19.0))
    assert alarms(tx, "state, since, value") == [("raised", at(7), 19.0)]


def test_below_a_limit(tx, stream):
    make(tx, [stream], side="below", limit=200.0, clear=250.0)
    observe(tx, stream, 300.0, 200.0, 240.0)
    assert alarms(tx, "state, since") == [("raised", at(1))]
    observe(tx, stream, (9, 250.0))
    assert alarms(tx, "state, until") == [("cleared", at(9))]


def test_true_is_one(tx):
    stream = add_stream(tx, add_thing(tx), kind=TRUTH)
    make(tx, [stream], limit=1.0, clear=0.0)
    observe(tx, stream, False, True)
    assert alarms(tx, "state, value") == [("raised", 1.0)]
    observe(tx, stream, (5, False))
    assert alarms(tx, "state") == [("cleared",)]


def test_a_new_rule_judges_the_latest_reading(tx, stream):
    observe(tx, stream, 20.0, 18.0)
    make(tx, [stream])
    judge(tx)
    assert alarms(tx, "since, state") == [(at(1), "raised")]


LATER = text("UPDATE onemap.observation SET received = received + interval '1 hour' WHERE time = :time")


def test_what_comes_late_raises_nothing(tx, stream):
    make(tx, [stream])
    observe(tx, stream, (60, 10.0))
    ingest(tx, [Reading(stream, at(30), 25.0)])
    tx.execute(LATER, {"time": at(30)})
    judge(tx)
    assert alarms(tx) == []


def test_what_comes_late_neither_ends_an_alarm_nor_raises_it_again(tx, stream):
    make(tx, [stream])
    observe(tx, stream, (60, 20.0))
    observe(tx, stream, (50, 3.0))
    assert alarms(tx, "state, since") == [("raised", at(60))]
    observe(tx, stream, (70, 10.0))
    observe(tx, stream, (65, 30.0))
    assert alarms(tx, "state, since, until") == [("cleared", at(60), at(70))]


def test_batches_in_any_order_within_moments_are_judged_in_order_of_time(tx, stream):
    make(tx, [stream])
    ingest(tx, [Reading(stream, at(5), 10.0)])
    ingest(tx, [Reading(stream, at(4), 20.0)])
    judge(tx)
    assert alarms(tx, "state, since, until") == [("cleared", at(4), at(5))]


def test_it_stands_where_its_thing_stands_and_says_what_it_found(tx):
    stream = add_stream(tx, add_thing(tx, "滨江杆", lon=121.7), "风速")
    make(tx, [stream])
    observe(tx, stream, 18.5)
    ((name, lon, zh, en),) = alarms(tx, "name, ST_X(geom), message_zh, message_en")
    assert (name, lon) == ("滨江杆", 121.7)
    assert zh == "大风：滨江杆 风速，18.5 °C（限值 ≥ 17.2 °C）"
    assert en == "gale: 滨江杆 风速, 18.5 °C (limit ≥ 17.2 °C)"


@pytest.mark.parametrize("statement", ["DELETE FROM onemap.datastreams", "DELETE FROM onemap.alarm_rule"])
def test_nothing_is_kept_of_how_far_was_judged_what_is_gone(tx, stream, statement):
    make(tx, [stream])
    observe(tx, stream, 20.0, 10.0)
    assert rows(tx, "SELECT phase FROM onemap.alarm_state") == [("normal",)]
    tx.execute(text(statement))
    judge(tx)
    assert rows(tx, "SELECT count(*) FROM onemap.alarm_state") == [(0,)]
