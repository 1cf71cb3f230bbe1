"""From the broker to the database: what devices publish is kept batch by batch, and acknowledged.

A message is taken from the broker for good only after its batch was committed, or it was refused with a reason. The
device hears which on its topic of acknowledgements.
"""

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import psycopg
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from layers.errors import InputError
from layers.store import Database
from layers.temporal import rfc3339
from twin.sensing.ingest import Outcome, ingest
from twin.sensing.mqtt.connection import Address, Listening, connect
from twin.sensing.mqtt.outage import outlast
from twin.sensing.mqtt.payload import Faulty, readings_of
from twin.sensing.mqtt.topics import ALL_PUBLISHED, acknowledged, datastream_of
from twin.sensing.reading import Reading

# A batch is as many messages as come within this time, or this many.
GATHER_S, MOST_MESSAGES = 0.05, 2000

Count = Callable[[str, int], None]


@dataclass
class Part:
    """One observation of a message, or what is wrong with it, and what became of it."""

    datastream: int
    message: MQTTMessage
    content: Reading | Faulty
    state: str = "refused"
    number: int | None = None
    reason: str = ""


@dataclass
class Intake:
    """A connection of our own to the broker; ``count`` is told of observations by what became of them."""

    database: Database
    address: Address
    count: Count = lambda state, number: None
    # Set once the broker sends what devices publish.
    subscribed: threading.Event = field(default_factory=threading.Event)
    _messages: "queue.Queue[MQTTMessage]" = field(default_factory=lambda: queue.Queue(MOST_MESSAGES))

    def run(self, stopping: threading.Event) -> None:
        """Work until ``stopping`` is set; broker and database are waited for, before and whenever they end."""
        client = self._client()
        client.loop_start()
        try:
            while not stopping.is_set():
                messages = list(self._gathered())
                if messages:
                    outlast(lambda: self._settle(client, messages), stopping)  # noqa: B023 - done at once
        finally:
            client.disconnect()
            client.loop_stop()

    def _client(self) -> Client:
        listening = Listening(
            topics=((ALL_PUBLISHED, SubscribeOptions(1)),),
            take=self._messages.put,
            subscribed=self.subscribed.set,
            ended=self.subscribed.clear,
        )
        return connect("intake", self.address, listening, MOST_MESSAGES, manual=True)

    def _gathered(self) -> Iterator[MQTTMessage]:
        """Yield what comes within a moment, or nothing after a longer one."""
        try:
            yield self._messages.get(timeout=1.0)
            end = time.monotonic() + GATHER_S
            for _ in range(MOST_MESSAGES - 1):
                yield self._messages.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            return

    def _settle(self, client: Client, messages: Sequence[MQTTMessage]) -> None:
        """Keep a batch, and tell what became of it; the broker may forget the messages then."""
        parts = [part for message in messages for part in _parts(message)]
        self._keep([part for part in parts if isinstance(part.content, Reading)])
        for part in parts:
            self._answer(client, part)
        for message in messages:
            client.ack(message.mid, message.qos)
        for state, number in Counter(part.state for part in parts).items():
            self.count(state, number)

    def _keep(self, parts: Sequence[Part]) -> None:
        """Keep what can be kept; a batch that the database refuses is kept one by one: nothing stops the rest."""
        try:
            with self.database.writer.begin() as connection:
                outcome = ingest(connection, [part.content for part in parts])  # type: ignore[misc]
        except psycopg.DataError as error:
            if len(parts) == 1:
                parts[0].reason = f"the database refuses this: {error}"
                return
        else:
            _note(parts, outcome)
            return
        for part in parts:
            self._keep([part])

    def _answer(self, client: Client, part: Part) -> None:
        answer: dict[str, Any] = {"state": part.state}
        if isinstance(part.content, Reading):
            answer |= {"phenomenonTime": rfc3339(part.content.time), "sequence": part.content.sequence}
        answer |= {"@iot.id": part.number} if part.number is not None else {"reason": part.reason}
        client.publish(acknowledged(part.datastream), orjson.dumps(answer), 1, properties=_correlated(part.message))


def _parts(message: MQTTMessage) -> list[Part]:
    try:
        datastream = datastream_of(message.topic)
    except InputError as error:
        return [Part(0, message, Faulty(str(error)), reason=str(error))]
    contents = readings_of(datastream, bytes(message.payload))
    return [Part(datastream, message, one, reason=one.reason if isinstance(one, Faulty) else "") for one in contents]


def _note(placed: Sequence[Part], outcome: Outcome) -> None:
    for place, number in outcome.ids.items():
        placed[place].state, placed[place].number = "known" if place in outcome.known else "kept", number
    for refusal in outcome.refused:
        placed[refusal.place].reason = refusal.reason


def _correlated(message: MQTTMessage) -> Properties | None:
    """Return the correlation data of a message, by which a device knows which of its messages an answer is to."""
    data = getattr(message.properties, "CorrelationData", None)
    if data is None:
        return None
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.CorrelationData = data
    return properties
