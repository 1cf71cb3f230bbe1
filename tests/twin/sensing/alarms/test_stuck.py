"""A value that varied and is the same for hours is stuck."""

import pytest
from alarms import alarms, make
from sensing import add_stream, add_thing, at
from sqlalchemy import Connection

from twin.sensing.alarms import judge_by_clock
from twin.sensing.ingest import ingest
from twin.sensing.reading import Reading

STUCK = {"kind": "stuck", "title": {"zh": "数值不变", "en": "stuck"}, "duration": "PT6H", "clear": "", "limit": ""}


@pytest.fixture
def stream(tx: Connection) -> int:
    return add_stream(tx, add_thing(tx))


def observe(tx, stream, value, hours):
    ingest(tx, [Reading(stream, at(60 * hour), value(hour)) for hour in hours])
    judge_by_clock(tx, at(60 * max(hours)))


def test_what_varied_and_is_the_same_for_hours_is_stuck_until_it_varies(tx, stream):
    make(tx, [stream], **STUCK)
    observe(tx, stream, lambda hour: 10.0 + hour % 3, range(10))
    observe(tx, stream, lambda hour: 10.0, range(10, 15))
    assert alarms(tx) == []
    observe(tx, stream, lambda hour: 10.0, range(15, 17))
    assert alarms(tx, "datastream, state, since, value") == [(stream, "raised", at(60 * 9), 10.0)]
    observe(tx, stream, lambda hour: 10.0, range(17, 120))
    assert alarms(tx, "state") == [("raised",)]
    observe(tx, stream, lambda hour: 10.5, [120])
    assert alarms(tx, "state, until") == [("cleared", at(60 * 120))]


def test_what_was_always_the_same_is_not(tx, stream):
    make(tx, [stream], **STUCK)
    observe(tx, stream, lambda hour: 10.0, range(30))
    assert alarms(tx) == []


def test_rain_may_be_none_for_ever(tx, stream):
    make(tx, [stream], **STUCK, rest=0)
    observe(tx, stream, lambda hour: 3.0 if hour < 2 else 0.0, range(30))
    assert alarms(tx) == []


def test_two_readings_hours_apart_say_nothing(tx, stream):
    make(tx, [stream], **STUCK)
    observe(tx, stream, lambda hour: 9.0 if hour == 0 else 10.0, [0, 1, 12])
    assert alarms(tx) == []


def test_noise_within_the_limit_is_the_same(tx, stream):
    make(tx, [stream], **STUCK | {"limit": 0.1})
    observe(tx, stream, lambda hour: 15.0 if hour < 2 else 10 + 0.05 * (hour % 2), range(12))
    assert alarms(tx, "state, since") == [("raised", at(120))]
