"""From a device by MQTT to the history, the map and those who follow, on a real broker and a real database."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from brokers import prepared_broker, running, unused_port
from database_server import Server
from mqtt_client import MqttClient
from paho.mqtt.client import CallbackAPIVersion, Client, MQTTv5
from sensing import at
from yard import LATER, NOON, Yard, message, open_yard, topic

from api.serve.broker import Broker
from layers.access import LOCAL_OPERATOR
from layers.ops.process import wait_until
from twin.sensing.editing import Edit, change, remove
from twin.sensing.entities.model import OBSERVATION
from twin.sensing.entities.view import View
from twin.sensing.ingest import ingest
from twin.sensing.mqtt.arrivals import Kept
from twin.sensing.mqtt.connection import Address
from twin.sensing.mqtt.publisher import Publisher
from twin.sensing.reading import Reading


@pytest.fixture(scope="module")
def broker(session_folder: Path) -> Broker:
    return prepared_broker(session_folder / "bridged")


@pytest.fixture
def yard(server: Server, template: str, broker: Broker) -> Iterator[Yard]:
    with open_yard(server, template, broker) as yard:
        yield yard


def test_a_published_value_is_in_the_history_on_the_map_and_with_those_who_follow(yard: Yard) -> None:
    device, follower = yard.client("gateway"), yard.client()
    yard.follow(follower, yard.air)
    device.subscribe("v1.1/+/Observations/ack")
    device.publish(topic(yard.air), message(21.5))
    heard, answer = follower.next(), device.next()

    assert heard[0] == topic(yard.air)
    observation = orjson.loads(heard[1])
    assert (observation["result"], observation["phenomenonTime"]) == (21.5, "2026-03-01T04:00:00Z")
    assert answer[0].endswith(f"{topic(yard.air)}/ack")
    assert orjson.loads(answer[1]) == {
        "state": "kept", "phenomenonTime": "2026-03-01T04:00:00Z", "sequence": 0, "@iot.id": observation["@iot.id"],
    }  # fmt: skip
    assert yard.rows("SELECT id, result FROM onemap.observation") == [(observation["@iot.id"], 21.5)]
    assert yard.rows("SELECT result, count FROM onemap.latest WHERE datastream = :s", s=yard.air) == [(21.5, 1)]
    assert yard.rows("SELECT count(*) > 0 FROM onemap.tile_edit WHERE layer = 'readings'") == [(True,)]


def test_what_comes_twice_is_kept_and_published_once(yard: Yard) -> None:
    device, follower = yard.client("gateway"), yard.client()
    yard.follow(follower, yard.air)
    device.subscribe("v1.1/+/Observations/ack")
    for result in (message(1.0), message(1.0), message(2.0, LATER)):
        device.publish(topic(yard.air), result)
    states = [orjson.loads(device.next()[1])["state"] for _ in range(3)]

    assert states == ["kept", "known", "kept"]
    assert [orjson.loads(follower.next()[1])["result"] for _ in range(2)] == [1.0, 2.0]
    assert yard.kept(yard.air) == [1.0, 2.0]


def test_what_comes_over_other_doors_is_published_once_and_in_order(yard: Yard) -> None:
    follower, device = yard.client(), yard.client("gateway")
    yard.follow(follower, yard.air)
    device.publish(topic(yard.air), message(0.0))
    assert orjson.loads(follower.next()[1])["result"] == 0.0
    with yard.database.writer.begin() as connection:
        results = [Reading(yard.air, at(minute), float(minute)) for minute in (3, 1, 2)]
        ingest(connection, [*results, Reading(yard.secret, at(1), 66.0)])
    yard.rows(
        "INSERT INTO onemap.observation (id, datastream, time, result) VALUES (1, :s, :t, 4)", s=yard.air, t=at(4)
    )
    assert [orjson.loads(follower.next()[1])["result"] for _ in range(4)] == [1.0, 2.0, 3.0, 4.0]

    later = yard.client()
    later.subscribe(topic(yard.air))
    assert orjson.loads(later.next()[1])["result"] == 3.0  # who writes the table alone does not say what is the latest
    assert follower.heard.empty()
    assert yard.rows("SELECT count(*) FROM onemap.arrival") == [(0,)]


def test_whoever_follows_first_hears_what_was_kept_before_anybody_did(yard: Yard) -> None:
    with yard.database.writer.begin() as connection:
        ingest(
            connection, [Reading(yard.air, at(0), 1.0), Reading(yard.air, at(1), 2.0), Reading(yard.secret, at(1), 6.0)]
        )
    follower, curious = yard.client(), yard.client()
    yard.follow(follower, yard.air)
    assert orjson.loads(follower.next()[1])["result"] == 2.0
    curious.subscribe("v1.1/#")
    assert curious.next()[0] == topic(yard.air)
    assert curious.heard.empty()


def test_of_an_observation_that_was_changed_or_removed_followers_hear(yard: Yard) -> None:
    follower = yard.client()
    yard.follow(follower, yard.air)
    with yard.database.writer.begin() as connection:
        kept = ingest(connection, [Reading(yard.air, at(0), 1.0), Reading(yard.air, at(1), 2.0)])
    assert [orjson.loads(follower.next()[1])["result"] for _ in range(2)] == [1.0, 2.0]
    with yard.database.writer.begin() as connection:
        edit = Edit(connection, View.of(LOCAL_OPERATOR))
        change(edit, OBSERVATION, kept.ids[1], {"result": 5.0}, whole=False)
    assert orjson.loads(follower.next()[1])["result"] == 5.0
    with yard.database.writer.begin() as connection:
        remove(Edit(connection, View.of(LOCAL_OPERATOR)), OBSERVATION, kept.ids[1])
    assert orjson.loads(follower.next()[1])["result"] == 1.0


def test_a_late_reading_does_not_take_the_place_of_the_latest(yard: Yard) -> None:
    device, follower = yard.client("gateway"), yard.client()
    yard.follow(follower, yard.air)
    for result, time in ((2.0, LATER), (1.0, NOON)):
        device.publish(topic(yard.air), message(result, time))
        assert orjson.loads(follower.next()[1])["result"] == result

    later = yard.client()
    later.subscribe(topic(yard.air))
    assert orjson.loads(later.next()[1])["result"] == 2.0
    assert yard.kept(yard.air) == [1.0, 2.0]


def test_what_is_wrong_is_refused_with_its_reason_and_stops_nothing_else(yard: Yard) -> None:
    device = yard.client("gateway")
    device.subscribe("v1.1/+/Observations/ack")
    wrong = {
        message("hot"): "is not a number, as its datastream says",
        b'{"result": 5, "phenomenonTime": "2026-03-01T12:00:00"}': "is not an RFC 3339 date-time",
        b"{": "this is not JSON",
        message(1.0, "9999-01-01T00:00:00Z"): "the year 9999",
        b'{"result": NaN}': "this is not JSON",
        b"": "this is not JSON",
        b'{"result": "\xff"}': "this is not JSON",
        b'{"result": ' + b"[" * 300 + b"]" * 300 + b"}": "more than 64 objects and lists within each other",
        b'{"result": ' + b"[" * 100_000 + b"]" * 100_000 + b"}": "this is not JSON",
        b'{"result": 1, "parameters": {"deep": ' + b"[" * 70 + b"]" * 70 + b"}}": "more than 64 objects and lists",
        b'{"result": 1, "FeatureOfInterest": {"@iot.id": 987654}}': "there is no feature 987654",
        b"[" + b"1," * 1000 + b"1]": "a message of 1001 observations is longer than 1000",
        b'{"result": 1, "reslt": 2}': "reslt: Observation has no such property",
        b'{"result": 1' + b"0" * 400 + b"}": "result: ",
    }
    for number, payload in enumerate(wrong):
        device.publish(topic(yard.air), payload)
        device.publish(topic(yard.air), message(float(number), f"2026-03-01T12:{number:02}:00+08:00"))
    device.publish(topic(987654), message(1.0))
    device.publish(topic(yard.sky), message("a\0b"))
    device.publish(topic(yard.sky), message("晴", LATER))
    answers = [orjson.loads(device.next()[1]) for _ in range(2 * len(wrong) + 3)]

    reasons = [answer["reason"] for answer in answers if answer["state"] == "refused"]
    assert len(reasons) == len(wrong) + 2
    assert all(any(said in reason for reason in reasons) for said in (*wrong.values(), "no datastream 987654")), reasons
    assert yard.kept(yard.air) == [float(number) for number in range(len(wrong))]
    assert yard.rows("SELECT result_json FROM onemap.observation WHERE datastream = :s", s=yard.sky) == [("晴",)]
    assert yard.counted == {"refused": len(wrong) + 2, "kept": len(wrong) + 1}


def test_strangers_hear_nothing_of_what_is_hidden_nor_of_what_becomes_so(yard: Yard) -> None:
    device, follower = yard.client("gateway"), yard.client()
    device.subscribe("v1.1/+/Observations/ack")
    follower.subscribe("v1.1/#")
    device.publish(topic(yard.secret), message(66.0))
    assert orjson.loads(device.next()[1])["state"] == "kept"
    device.publish(topic(yard.air), message(1.0))
    assert orjson.loads(follower.next()[1])["result"] == 1.0
    yard.rows("UPDATE onemap.datastreams SET grade = 1 WHERE fid = :s", s=yard.air)

    # What was retained is taken back.
    assert follower.next() == (topic(yard.air), b"")
    device.publish(topic(yard.air), message(2.0, LATER))
    device.publish(topic(yard.sky), message("晴"))
    assert follower.next()[0] == topic(yard.sky)
    assert follower.heard.empty()


def test_the_bridge_goes_on_after_a_kill_of_the_broker(yard: Yard) -> None:
    device = yard.client("gateway")
    device.publish(topic(yard.air), message(1.0))
    assert wait_until(lambda: yard.kept(yard.air) == [1.0], 60)
    yard.process.kill()
    yard.process.wait()
    yard.stack.enter_context(running(yard.broker))
    again = yard.client("gateway")
    # The broker forgets what it acknowledged; a device repeats until it hears of it.
    assert wait_until(lambda: _repeated(again, yard), 60)


def test_whoever_subscribes_before_the_publisher_is_there_hears_as_well(yard: Yard) -> None:
    yard.process.kill()
    yard.process.wait()
    yard.stack.enter_context(running(yard.broker))
    # We look for a broker that is gone once a second; who follows may be faster.
    follower = yard.client()
    follower.subscribe(topic(yard.air))
    for minute in range(2):
        with yard.database.writer.begin() as connection:
            ingest(connection, [Reading(yard.air, at(minute), float(minute))])
        while orjson.loads(follower.next()[1])["result"] != minute:
            pass
    assert yard.rows("SELECT everything FROM onemap.following") == [(True,)]


def test_nobody_follows_what_nobody_subscribed_to(yard: Yard) -> None:
    yard.follow(yard.client(), yard.air)
    assert not wait_until(lambda: yard.rows("SELECT everything FROM onemap.following") == [(True,)], 3)


def test_a_broker_that_ends_while_we_publish_is_waited_for(yard: Yard) -> None:
    gone = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    publisher = Publisher(yard.database, Address(unused_port(), ""))
    with pytest.raises(ConnectionError):
        publisher._publish(gone, [Kept(yard.air, 1, {"result": 1.0}, is_newest=True)])


def _repeated(device: MqttClient, yard: Yard) -> bool:
    device.publish(topic(yard.air), message(2.0, LATER))
    return wait_until(lambda: yard.kept(yard.air) == [1.0, 2.0], 1)
