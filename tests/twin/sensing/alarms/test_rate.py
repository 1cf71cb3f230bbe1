"""What changes by a limit within a time."""

import pytest
from alarms import alarms, make
from sensing import add_stream, add_thing, at
from sqlalchemy import Connection

from twin.sensing.alarms import judge
from twin.sensing.ingest import ingest
from twin.sensing.reading import Reading

RISE = {
    "kind": "rate",
    "title": {"zh": "水位骤升", "en": "rises fast"},
    "limit": 0.3,
    "clear": 0.1,
    "duration": "PT10M",
}


@pytest.fixture
def stream(tx: Connection) -> int:
    return add_stream(tx, add_thing(tx))


def observe(tx, stream, *pairs):
    ingest(tx, [Reading(stream, at(minute), value) for minute, value in pairs])
    return judge(tx)


def test_a_rise_within_the_time_is_an_alarm_until_it_slows_down(tx, stream):
    make(tx, [stream], **RISE)
    observe(tx, stream, (0, 1.0), (5, 1.2), (20, 1.45))
    assert alarms(tx) == []
    observe(tx, stream, (28, 1.8))
    assert alarms(tx, "state, since, value, message_zh") == [
        ("raised", at(28), pytest.approx(0.35), "水位骤升：mast air，10分钟内变化 0.35 °C（限值 ≥ 0.3 °C）")
    ]
    observe(tx, stream, (37, 1.85))
    assert alarms(tx, "state, until") == [("cleared", at(37))]


def test_a_fall_is_no_rise_and_is_an_alarm_to_its_own_side_or_either(tx, stream):
    make(tx, [stream], **RISE)
    down = make(tx, [stream], **RISE | {"side": "below", "limit": -0.3, "clear": -0.1})
    both = make(tx, [stream], **RISE | {"side": "either"})
    observe(tx, stream, (0, 2.0), (5, 1.5))
    assert sorted(rule for (rule,) in alarms(tx, "rule")) == [down, both]


def test_what_comes_in_small_batches_is_held_against_what_was_before(tx, stream):
    make(tx, [stream], **RISE)
    for minute in range(8):
        observe(tx, stream, (minute, 1.0 + minute * 0.05))
    assert alarms(tx, "state, since") == [("raised", at(6))]


def test_one_reading_changes_nothing(tx, stream):
    make(tx, [stream], **RISE)
    observe(tx, stream, (0, 99.0))
    observe(tx, stream, (60, 1.0))
    assert alarms(tx) == []
