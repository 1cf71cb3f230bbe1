"""A client of MQTT 5 that waits for what it asked for."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from paho.mqtt.client import CallbackAPIVersion, Client, MQTTv5
from paho.mqtt.reasoncodes import ReasonCode

WAIT_S = 60.0


class MqttClient:
    """A connected client; ``heard`` are topics and payloads that came in."""

    def __init__(self, port: int, name: str = "", password: str = "") -> None:
        self.heard: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.codes: queue.Queue[ReasonCode] = queue.Queue()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        if name:
            self._client.username_pw_set(name, password)
        self._client.on_connect = lambda *answer: self.codes.put(answer[3])
        self._client.on_publish = lambda *answer: self.codes.put(answer[3])
        self._client.on_subscribe = lambda *answer: self.codes.put(answer[3][0])
        self._client.on_message = lambda _, __, message: self.heard.put((message.topic, message.payload))
        self.lost = threading.Event()
        self._client.on_disconnect = lambda *_: self.lost.set()
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self.connected = self.codes.get(timeout=WAIT_S)

    def publish(self, topic: str, payload: Any, retain: bool = False) -> ReasonCode:
        """Publish with quality 1, and return the broker's answer."""
        self._client.publish(topic, payload, qos=1, retain=retain)
        return self.codes.get(timeout=WAIT_S)

    def send(self, topic: str, payload: Any) -> None:
        """Publish without waiting."""
        self._client.publish(topic, payload, qos=1)

    def subscribe(self, topic: str) -> ReasonCode:
        """Subscribe, and return the broker's answer."""
        self._client.subscribe(topic, qos=1)
        return self.codes.get(timeout=WAIT_S)

    def next(self) -> tuple[str, bytes]:
        """Return the next message, and wait for it."""
        return self.heard.get(timeout=WAIT_S)

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def mqtt_client(port: int, name: str = "", password: str = "") -> Iterator[MqttClient]:
    """Yield a client, and disconnect it."""
    client = MqttClient(port, name, password)
    try:
        yield client
    finally:
        client.close()
