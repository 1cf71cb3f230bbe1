"""What a device runs: it sends observations by MQTT until each is acknowledged, and keeps none of them twice."""

import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from layers.errors import Unavailable

_ACKNOWLEDGED = "v1.1/+/Observations/ack"
_LOOK_S = 0.2


@dataclass
class _Sent:
    """A message that is not acknowledged yet."""

    topic: str
    payload: bytes
    since: float = float("-inf")


@dataclass(frozen=True)
class Account:
    """Where a device signs in to the broker."""

    name: str
    secret: str
    port: int = 1883
    host: str = "127.0.0.1"


@dataclass
class DeviceClient:
    """Sends until acknowledged, with ``most`` observations under way; what is not answered is sent again.

    ``answered`` is told of each answer: ``state`` kept, known or refused, and why. ``sequence`` tells apart what has
    the same time; the same observation must have the same whenever it is sent again, as it has here.
    """

    account: Account
    most: int = 100
    patience_s: float = 2.0
    answered: Callable[[dict[str, Any]], None] = lambda answer: None
    states: Counter[str] = field(default_factory=Counter)
    _waiting: dict[bytes, _Sent] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _closing: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        """Connect; a broker that is away is waited for."""
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        self._client.username_pw_set(self.account.name, self.account.secret)
        self._client.reconnect_delay_set(1, 5)
        self._client.max_inflight_messages_set(self.most)
        self._client.on_connect = lambda client, *_: client.subscribe(_ACKNOWLEDGED, 1)
        self._client.on_subscribe = lambda *_: self._send_again(0.0)
        self._client.on_message = lambda _, __, message: self._take(message)
        self._client.connect_async(self.account.host, self.account.port)
        self._client.loop_start()
        self._sender = threading.Thread(target=self._keep_sending, daemon=True)
        self._sender.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Disconnect; what was not acknowledged may be kept or not."""
        self._closing.set()
        self._sender.join()
        self._client.disconnect()
        self._client.loop_stop()

    def send(self, datastream: int, observation: dict[str, Any]) -> None:
        """Send an observation, known again by its phenomenonTime; waits while ``most`` are under way."""
        if "phenomenonTime" not in observation:
            raise ValueError("phenomenonTime: without it, what is sent again would be another observation")
        sent = _Sent(f"v1.1/Datastreams({datastream})/Observations", json.dumps(observation).encode())
        with self._changed:
            self._changed.wait_for(lambda: len(self._waiting) < self.most)
            self._waiting[uuid.uuid4().bytes] = sent
        self._send_again(self.patience_s)

    def settle(self, timeout_s: float) -> None:
        """Wait until all is acknowledged; raises Unavailable when it is not in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self._waiting, timeout_s):
                raise Unavailable(f"{len(self._waiting)} observations are not acknowledged after {timeout_s:g} s")

    def _keep_sending(self) -> None:
        while not self._closing.wait(_LOOK_S):
            self._send_again(self.patience_s)

    def _send_again(self, patience_s: float) -> None:
        """Send what was never sent, or not answered for so long; nothing queues up while there is no broker."""
        now = time.monotonic()
        with self._changed:
            due = [(key, sent) for key, sent in self._waiting.items() if now - sent.since >= patience_s]
            for key, sent in due if self._client.is_connected() else ():
                sent.since = now
                properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
                properties.CorrelationData = key
                self._client.publish(sent.topic, sent.payload, 1, properties=properties)

    def _take(self, message: MQTTMessage) -> None:
        key = getattr(message.properties, "CorrelationData", b"")
        answer = json.loads(message.payload)
        with self._changed:
            if self._waiting.pop(key, None) is None:
                return
            self.states[answer["state"]] += 1
            self._changed.notify_all()
        self.answered(answer)
