"""The private MQTT broker: who may publish and follow what."""

import os
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from brokers import prepared_broker, running, unused_port
from mqtt_client import MqttClient, mqtt_client
from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from api.serve.broker import LARGEST_MESSAGE, MOST_WAITING, Broker
from api.serve.broker_figures import dropped, examine_broker
from api.serve.run import broker_of
from layers.ops.process import wait_until
from layers.settings import Settings
from twin.sensing.devices.credential import Credential, verifier_of
from twin.sensing.mqtt.connection import Address
from twin.sensing.mqtt.publisher import Publisher
from twin.sensing.mqtt.topics import DROPPED

TOPIC = "v1.1/Datastreams(7)/Observations"
REFUSED, NO_NAME = "Not authorized", "Bad user name or password"
DONE = ("Success", "No matching subscribers")


@pytest.fixture(scope="module")
def broker(session_folder: Path) -> Iterator[Broker]:
    broker = prepared_broker(session_folder / "brokered")
    with running(broker):
        yield broker


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def gateway(broker: Broker, stack: ExitStack) -> MqttClient:
    return stack.enter_context(mqtt_client(broker.settings.mqtt_port, "gateway", broker.password("gateway")))


@pytest.fixture
def bridge(broker: Broker, stack: ExitStack) -> MqttClient:
    return stack.enter_context(mqtt_client(broker.settings.mqtt_read_port, "bridge", broker.password("bridge")))


@pytest.fixture
def stranger(broker: Broker, stack: ExitStack) -> MqttClient:
    return stack.enter_context(mqtt_client(broker.settings.mqtt_read_port))


def test_what_a_gateway_publishes_reaches_the_bridge_alone(
    gateway: MqttClient, bridge: MqttClient, stranger: MqttClient
) -> None:
    assert str(bridge.subscribe("in/v1.1/+/Observations")) == "Granted QoS 1"
    assert str(stranger.subscribe(TOPIC)) == "Granted QoS 1"
    # Whoever asks for more than they may hear is not told so, and does not hear it.
    for topic in ("in/#", "#", "$SYS/#"):
        stranger.subscribe(topic)
    assert str(gateway.publish(TOPIC, b"raw")) == "Success"
    assert bridge.next() == (f"in/{TOPIC}", b"raw")
    assert str(bridge.publish(TOPIC, b"kept")) in ("Success", "No matching subscribers")
    # Once by its topic, and perhaps a second time by the wildcard.
    assert stranger.next() == (TOPIC, b"kept")
    assert set(stranger.heard.queue) <= {(TOPIC, b"kept")}


def test_whoever_follows_later_first_hears_the_latest(bridge: MqttClient, stranger: MqttClient) -> None:
    bridge.publish("v1.1/Datastreams(8)/Observations", b"latest", retain=True)
    stranger.subscribe("v1.1/Datastreams(8)/Observations")
    assert stranger.next() == ("v1.1/Datastreams(8)/Observations", b"latest")


def test_strangers_publish_nothing_anywhere(broker: Broker, stranger: MqttClient) -> None:
    for topic in (TOPIC, f"in/{TOPIC}", f"in/{TOPIC}/ack", "$SYS/broker/log/M/subscribe"):
        assert str(stranger.publish(topic, b"evil")) == REFUSED, topic
    with mqtt_client(broker.settings.mqtt_port) as nameless:
        assert str(nameless.publish(TOPIC, b"evil")) == REFUSED
    with mqtt_client(broker.settings.mqtt_port, "gateway", "guessed") as guessed:
        assert str(guessed.connected) in (REFUSED, NO_NAME)


def test_a_gateway_neither_hears_others_nor_speaks_to_subscribers(broker: Broker, gateway: MqttClient) -> None:
    gateway.subscribe("#")
    assert str(gateway.publish(TOPIC, b"raw")) in DONE
    assert str(gateway.publish("v1.1/Things(1)", b"x")) == REFUSED
    assert gateway.heard.empty()
    with mqtt_client(broker.settings.mqtt_read_port, "gateway", broker.password("gateway")) as reader:
        assert str(reader.publish(TOPIC, b"evil")) == REFUSED


def test_a_message_beyond_the_limit_is_not_taken(broker: Broker, gateway: MqttClient, bridge: MqttClient) -> None:
    bridge.subscribe("in/v1.1/+/Observations")
    with mqtt_client(broker.settings.mqtt_port, "gateway", broker.password("gateway")) as other:
        for size in (LARGEST_MESSAGE + 1, 50_000_000):
            gateway.send(TOPIC, b"x" * size)
            assert gateway.lost.wait(30) or not gateway.codes.empty()
        assert str(other.publish(TOPIC, b"raw")) in DONE
        assert bridge.next()[1] == b"raw"
    assert bridge.heard.empty()


def test_what_the_broker_drops_is_counted_and_told(session_folder: Path) -> None:
    own = prepared_broker(session_folder / "dropping")
    configuration = own.folder / "broker.conf"
    few = configuration.read_text().replace(f"max_queued_messages {MOST_WAITING}", "max_queued_messages 10")
    configuration.write_text(f"{few}\nsys_interval 1\n")
    counted: Counter[str] = Counter()
    publisher = Publisher(None, Address(0, ""), lambda state, number: counted.update({state: number}))  # type: ignore[arg-type]
    assert examine_broker(own.settings).message.startswith("it does not answer")
    with running(own):
        with mqtt_client(own.settings.mqtt_read_port, "bridge", own.password("bridge")) as lazy:
            publisher._take(_told(lazy))
            assert examine_broker(own.settings).status == "ok"
        # Nobody takes what devices publish; the broker holds it for the bridge.
        waiting = Client(CallbackAPIVersion.VERSION2, client_id="waits", protocol=MQTTv5)
        waiting.username_pw_set("bridge", own.password("bridge"))
        lasting = Properties(PacketTypes.CONNECT)
        lasting.SessionExpiryInterval = 1000
        waiting.connect("127.0.0.1", own.settings.mqtt_read_port, clean_start=False, properties=lasting)
        waiting.subscribe(f"in/{TOPIC}", 1)
        waiting.loop_start()
        assert wait_until(waiting.is_connected, 20)
        time.sleep(0.5)
        waiting.loop_stop()
        waiting.disconnect()
        waiting.loop()
        with mqtt_client(own.settings.mqtt_port, "gateway", own.password("gateway")) as device:
            for _ in range(50):
                device.publish(TOPIC, b"1")
        assert wait_until(lambda: (dropped(own.settings) or 0) >= 40, 20, 0.5)
        with mqtt_client(own.settings.mqtt_read_port, "bridge", own.password("bridge")) as later:
            publisher._take(_told(later))
        finding = examine_broker(own.settings)
    assert (finding.status, "it dropped 40 messages" in finding.message) == ("warn", True)
    assert counted == {"dropped": 40}


def _told(client: MqttClient) -> MQTTMessage:
    """Return what the broker tells of what it dropped."""
    client.subscribe(DROPPED)
    topic, payload = client.next()
    message = MQTTMessage(topic=topic.encode())
    message.payload = payload
    return message


def test_secrets_are_for_their_owner_and_stay(broker: Broker) -> None:
    before = broker.password("gateway")
    broker.prepare()
    assert broker.password("gateway") == before
    for name in ("secrets", "rights", "gateway.password", "bridge.password"):
        assert (broker.folder / name).stat().st_mode & 0o077 == 0, name
    assert before not in (broker.folder / "secrets").read_text()


def test_devices_come_and_go_while_others_stay_connected(broker: Broker, bridge: MqttClient, stack: ExitStack) -> None:
    seven, eight = (Credential(f"mast-{number}", verifier_of(f"s{number}"), (number,)) for number in (7, 8))
    port = broker.settings.mqtt_port
    broker.admit([seven])
    assert wait_until(lambda: _admits(port, "mast-7", "s7"), 20)
    first = stack.enter_context(mqtt_client(port, "mast-7", "s7"))
    first.subscribe("v1.1/+/Observations/ack")
    for topic, answer in ((TOPIC, DONE), (TOPIC.replace("7", "8"), (REFUSED,)), (f"{TOPIC}/ack", (REFUSED,))):
        assert str(first.publish(topic, b"raw")) in answer, topic
    for number in (8, 7):
        bridge.publish(f"in/v1.1/Datastreams({number})/Observations/ack", f"of {number}".encode())
    assert first.next()[1] == b"of 7"

    broker.admit([seven, eight])
    assert wait_until(lambda: _admits(port, "mast-8", "s8"), 20)
    assert str(first.publish(TOPIC, b"raw")) in DONE
    assert not bridge.lost.is_set()
    broker.admit([eight])
    assert first.lost.wait(20)
    assert not _admits(port, "mast-7", "s7")
    assert not bridge.lost.is_set()


def _admits(port: int, name: str, secret: str) -> bool:
    with mqtt_client(port, name, secret) as client:
        return str(client.connected) == "Success"


def test_a_taken_port_is_told_and_the_map_starts_without_a_broker(home: Path) -> None:
    told: list[str] = []
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings = Settings(_env_file=None, home=home, mqtt_port=other.getsockname()[1], mqtt_read_port=unused_port())
        assert broker_of(settings, told.append) is None
    assert "is taken by another program, so that sensors cannot publish by MQTT" in told[0]
    assert broker_of(Settings(_env_file=None, home=home, mqtt_port=0), told.append) is None
    assert (len(told), os.path.exists(home)) == (1, False)
