"""From the broker to the database: what devices publish is kept batch by batch, and acknowledged.

A message is taken from the broker for good only after its batch was committed, or it was refused with a reason. The
device hears which on its topic of acknowledgements.
"""

import queue
import threading
import time
from collections import Counter, defaultdict
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
from twin.sensing.devices import Device, Judge, Roster, objection_to_age
from twin.sensing.ingest import Outcome, ingest
from twin.sensing.mqtt.connection import Address, Listening, connect
from twin.sensing.mqtt.outage import outlast
from twin.sensing.mqtt.payload import readings_of
from twin.sensing.mqtt.topics import ALL_PUBLISHED, acknowledged, datastream_of
from twin.sensing.observation_document import Faulty
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
    roster: Roster
    count: Count = lambda state, number: None
    # Set once the broker sends what devices publish.
    subscribed: threading.Event = field(default_factory=threading.Event)
    _judge: Judge = field(init=False)
    _messages: "queue.Queue[MQTTMessage]" = field(default_factory=lambda: queue.Queue(MOST_MESSAGES))

    def __post_init__(self) -> None:
        """Have whom the judge puts in quarantine known at once."""
        self._judge = Judge(self.database, tell=self._quarantined)

    def run(self, stopping: threading.Event) -> None:
        """Work until ``stopping`` is set; broker and database are waited for, before and whenever they end."""
        client = self._client()
        client.loop_start()
        try:
            while not stopping.is_set():
                messages = list(self._gathered())
                if messages:
                    self._settle(client, messages, stopping)
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

    def _settle(self, client: Client, messages: Sequence[MQTTMessage], stopping: threading.Event) -> None:
        """Keep a batch, and tell what became of it; the broker may forget the messages then."""
        parts = [part for message in messages for part in self._parts(message)]
        readings = [part for part in parts if isinstance(part.content, Reading)]
        if readings and not outlast(lambda: self._keep(readings), stopping):
            return
        for part in parts:
            self._answer(client, part)
        for message in messages:
            client.ack(message.mid, message.qos)
        for state, number in Counter(part.state for part in parts).items():
            self.count(state, number)
        self._judge_refused(parts)
        outlast(self._judge.write, stopping)

    def _parts(self, message: MQTTMessage) -> list[Part]:
        """Return what a message says; of a device that is kept out nothing is read."""
        try:
            datastream = datastream_of(message.topic)
        except InputError as error:
            return [_faulty(0, message, str(error))]
        device = self.roster.device_of(datastream)
        if device is not None and device.state != "active":
            return [_faulty(datastream, message, device.objection)]
        contents = readings_of(datastream, bytes(message.payload))
        if device is None:
            return [_part(datastream, message, one) for one in contents]
        device = self._judge.admitted(device, len(contents))
        if device.objection:
            return [_faulty(datastream, message, device.objection)]
        return [_part(datastream, message, _of_age(one, device)) for one in contents]

    def _judge_refused(self, parts: Sequence[Part]) -> None:
        """Have devices judged by what of them was refused."""
        refused: dict[str, list[Part]] = defaultdict(list)
        for part in parts:
            device = self.roster.device_of(part.datastream) if part.state == "refused" else None
            if device is not None:
                refused[device.name].append(part)
        for of_device in refused.values():
            device = self.roster.device_of(of_device[0].datastream)
            if device is not None:
                self._judge.refused(device, len(of_device), of_device[-1].reason)

    def _quarantined(self, device: Device) -> None:
        self.roster.note(device)
        self.count("quarantined", 1)

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


def _part(datastream: int, message: MQTTMessage, content: Reading | Faulty) -> Part:
    return Part(datastream, message, content, reason=content.reason if isinstance(content, Faulty) else "")


def _faulty(datastream: int, message: MQTTMessage, reason: str) -> Part:
    return _part(datastream, message, Faulty(reason))


def _of_age(content: Reading | Faulty, device: Device) -> Reading | Faulty:
    if isinstance(content, Faulty):
        return content
    reason = objection_to_age(content, device)
    return Faulty(reason) if reason else content


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
