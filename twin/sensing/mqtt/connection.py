"""Our own connections to the broker: MQTT 5, found again whenever the broker or the way to it ends."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from twin.sensing.devices.credential import BRIDGE

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Address:
    """Where the broker takes our own connections, and the password of our user."""

    port: int
    password: str
    host: str = LOOPBACK

    def client_id(self, purpose: str) -> str:
        """Return the id of a connection, which nobody else can guess: who has it takes the session over."""
        return f"onemap-twin-{purpose}-{hashlib.sha256(f'{purpose} {self.password}'.encode()).hexdigest()[:20]}"


@dataclass(frozen=True)
class Listening:
    """What a connection subscribes to, and what is told: messages, the broker's first answer, the end.

    ``begun`` is told whether the broker knew us: one that does not was started anew, and has nothing retained.
    """

    topics: tuple[tuple[str, SubscribeOptions], ...]
    take: Callable[[MQTTMessage], None]
    begun: Callable[[bool], None] = lambda known: None
    subscribed: Callable[[], None] = lambda: None
    ended: Callable[[], None] = lambda: None


def connect(purpose: str, address: Address, listening: Listening, most: int, *, manual: bool = False) -> Client:
    """Return a client that connects as soon as its loop is started; the broker sends ``most`` messages at once.

    With ``manual``, messages are acknowledged by the caller.
    """
    client = Client(
        CallbackAPIVersion.VERSION2, client_id=address.client_id(purpose), protocol=MQTTv5, manual_ack=manual
    )
    client.username_pw_set(BRIDGE, address.password)
    client.reconnect_delay_set(1, 5)
    client.max_inflight_messages_set(most)
    client.on_connect = lambda _, __, flags, *___: _begin(client, listening, known=flags.session_present)
    client.on_subscribe = lambda *_: listening.subscribed()
    client.on_disconnect = lambda *_: listening.ended()
    client.on_message = lambda _, __, message: listening.take(message)
    asked = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    asked.ReceiveMaximum = most  # the broker holds back what is more
    asked.SessionExpiryInterval = 0xFFFFFFFF
    client.connect_async(address.host, address.port, clean_start=False, properties=asked)
    return client


def _begin(client: Client, listening: Listening, *, known: bool) -> None:
    client.subscribe(list(listening.topics))
    listening.begun(known)
