"""A datastream is silent behind a gateway that speaks; a gateway that is silent is told of once."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from alarms import alarms, make
from sensing import add_stream, add_thing, at, rows
from sqlalchemy import Connection, text

from twin.sensing.alarms import judge_by_clock
from twin.sensing.ingest import ingest
from twin.sensing.reading import Reading

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SILENT = {"kind": "silence", "title": {"zh": "断数", "en": "silent"}, "limit": "", "clear": "", "unit": ""}


def heard(tx: Connection, minutes: float, *streams: int) -> None:
    """Let datastreams have been heard last so many minutes before noon."""
    for stream in streams:
        ingest(tx, [Reading(stream, at(-minutes), 20.0)])
        moment = {"s": stream, "at": NOW - timedelta(minutes=minutes)}
        tx.execute(text("UPDATE onemap.latest SET received = :at WHERE datastream = :s"), moment)


def judged(tx: Connection, minutes: float = 0) -> list:
    judge_by_clock(tx, NOW + timedelta(minutes=minutes))
    return alarms(tx, "datastream, state")


def behind(tx: Connection, gateway: object, name: str = "fridge") -> tuple[int, int]:
    """Return a thing behind a gateway, and its datastream."""
    thing = add_thing(tx, name)
    properties = json.dumps({"gateway": gateway})
    tx.execute(text("UPDATE onemap.things SET properties = :p WHERE fid = :f"), {"p": properties, "f": thing})
    return thing, add_stream(tx, thing, name)


def test_one_fridge_of_many_behind_one_living_gateway_is_silent(tx):
    gateway = add_thing(tx, "GW-7")
    fridges = [behind(tx, "GW-7", f"fridge {number}")[1] for number in range(5)]
    make(tx, fridges, **SILENT, duration="PT15M")
    heard(tx, 1, *fridges[1:])
    heard(tx, 14, fridges[0])
    assert judged(tx) == []
    heard(tx, -5, *fridges[1:])
    assert judged(tx, 6) == [(fridges[0], "raised")]
    assert alarms(tx, "name, since, message_zh") == [
        ("fridge 0", NOW - timedelta(minutes=14), "断数：fridge 0，超过 15分钟 无数据")
    ]
    assert judged(tx, 7) == [(fridges[0], "raised")]
    heard(tx, -8, fridges[0])
    assert judged(tx, 9) == [(fridges[0], "cleared")]
    assert alarms(tx, "until") == [(NOW + timedelta(minutes=8),)]
    assert gateway


def test_a_gateway_that_ends_is_one_alarm_though_what_is_behind_it_falls_silent_one_by_one(tx):
    gateway = add_thing(tx, "GW-7", lon=121.6)
    fridges = [behind(tx, "GW-7", f"fridge {number}")[1] for number in range(4)]
    make(tx, fridges, **SILENT, duration="PT15M")
    for minutes, fridge in enumerate(fridges):
        heard(tx, minutes, fridge)
    for minute in range(11, 20):
        judged(tx, minute)
    assert alarms(tx, "datastream, thing, name, ST_X(geom), since, message_zh") == [
        (None, gateway, "GW-7", 121.6, NOW, "断数：GW-7，网关及其下全部数据流超过 15分钟 无数据")
    ]
    heard(tx, -30, *fridges[1:])
    judged(tx, 31)
    assert alarms(tx, "datastream, state") == [(fridges[0], "raised"), (None, "cleared")] or alarms(
        tx, "datastream, state"
    ) == [(None, "cleared"), (fridges[0], "raised")]


def test_a_thing_is_the_gateway_of_its_own_datastreams(tx):
    thing = add_thing(tx)
    air, wind = add_stream(tx, thing, "air"), add_stream(tx, thing, "wind")
    make(tx, [air], **SILENT, duration="PT15M")
    heard(tx, 20, air)
    heard(tx, 1, wind)
    assert judged(tx) == [(air, "raised")], "the wind, which no rule watches, tells that the mast lives"
    heard(tx, -1, air)
    judged(tx, 2)
    judged(tx, 40)
    assert alarms(tx, "datastream, thing, state")[-1] == (None, thing, "raised")


def test_a_datastream_that_is_all_that_a_thing_has_is_told_of_itself(tx):
    stream = add_stream(tx, add_thing(tx))
    make(tx, [stream], **SILENT, duration="PT15M")
    heard(tx, 20, stream)
    assert judged(tx) == [(stream, "raised")]


def test_what_was_never_heard_is_silent_from_when_it_is_watched(tx):
    thing = add_thing(tx)
    mute, other = add_stream(tx, thing, "mute"), add_stream(tx, thing, "other")
    make(tx, [mute], **SILENT, duration="PT15M")
    tx.execute(text("UPDATE onemap.alarm_watch SET since = :at"), {"at": NOW - timedelta(minutes=20)})
    heard(tx, 1, other)
    assert judged(tx) == [(mute, "raised")]


def test_late_readings_that_come_in_are_a_sign_of_life(tx):
    stream = add_stream(tx, add_thing(tx))
    make(tx, [stream], **SILENT, duration="PT15M")
    ingest(tx, [Reading(stream, datetime(2020, 1, 1, tzinfo=UTC), 1.0)])
    judge_by_clock(tx, datetime.now(UTC) + timedelta(minutes=1))
    assert alarms(tx) == []


@pytest.mark.parametrize("end", ["UPDATE onemap.alarm_rule SET enabled = false", "DELETE FROM onemap.alarm_rule"])
def test_the_alarm_of_a_gateway_ends_with_its_rule(tx, end):
    from twin.sensing.alarms import judge

    fridges = [behind(tx, 123456)[1] for _ in range(2)]
    make(tx, fridges, **SILENT, duration="PT15M")
    heard(tx, 20, *fridges)
    assert judged(tx) == [(None, "raised")]
    judge(tx)
    assert alarms(tx, "state") == [("raised",)]
    tx.execute(text(end))
    judge(tx)
    assert alarms(tx, "state") == [("cleared",)]
    assert rows(tx, "SELECT count(*) FROM onemap.alarm_state") == [(0,)]
