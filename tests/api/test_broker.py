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
from layers.settings import Settings

TOPIC = "v1.1/Datastreams(7)/Observations"
REFUSED, NO_NAME = "Not authorized", "Bad user name or password"


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
    for topic in ("in/#", "#", "$CONTROL/dynamic-security/v1", "$SYS/#"):
        assert str(stranger.subscribe(topic)) == REFUSED, topic
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
    for topic in (TOPIC, f"in/{TOPIC}", "$CONTROL/dynamic-security/v1"):
        assert str(stranger.publish(topic, b"evil")) == REFUSED, topic
    with mqtt_client(broker.settings.mqtt_port) as nameless:
        assert str(nameless.publish(TOPIC, b"evil")) == REFUSED
    with mqtt_client(broker.settings.mqtt_port, "gateway", "guessed") as guessed:
        assert str(guessed.connected) in (REFUSED, NO_NAME)


def test_a_gateway_neither_hears_others_nor_speaks_to_subscribers(broker: Broker, gateway: MqttClient) -> None:
    assert str(gateway.subscribe("#")) == REFUSED
    assert str(gateway.publish("v1.1/Things(1)", b"x")) == REFUSED
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
    for name in ("devices.json", "gateway.password", "bridge.password"):
        assert (broker.folder / name).stat().st_mode & 0o077 == 0, name
    assert before not in (broker.folder / "devices.json").read_text()


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
