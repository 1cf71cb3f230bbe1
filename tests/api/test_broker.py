"""The private MQTT broker: who may publish and follow what."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from brokers import prepared_broker, running, unused_port
from mqtt_client import MqttClient, mqtt_client

from api.serve.broker import LARGEST_MESSAGE, Broker
from api.serve.run import broker_of
from layers.ops.process import wait_until
from layers.settings import Settings
from twin.sensing.devices.credential import Credential, verifier_of

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
    assert stranger.next() == (TOPIC, b"kept")
    assert stranger.heard.empty()


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


def test_a_message_beyond_the_limit_is_not_taken(gateway: MqttClient, bridge: MqttClient) -> None:
    bridge.subscribe("in/v1.1/+/Observations")
    gateway.send(TOPIC, b"x" * (LARGEST_MESSAGE + 1))
    assert gateway.lost.wait(30) or not gateway.codes.empty()
    assert bridge.heard.empty()


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
