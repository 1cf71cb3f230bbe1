"""From the broker to the database and back: what devices publish is kept batch by batch, acknowledged, published.

A message is taken from the broker for good only after its batch was committed, or it was refused with a reason. The
device hears which on its topic of acknowledgements; readings of open Datastreams are then published to subscribers,
retained, so that whoever subscribes hears the latest first.
"""

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import psycopg
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from sqlalchemy import BigInteger, Connection, Select, and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from layers import temporal
from layers.access import ANONYMOUS, decide, visible
from layers.errors import InputError
from layers.store import Database
from layers.temporal import rfc3339
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.sensing.ingest import Outcome, ingest
from twin.sensing.mqtt.payload import Faulty, readings_of
from twin.sensing.mqtt.security import BRIDGE
from twin.sensing.mqtt.topics import ALL_FOLLOWED, ALL_PUBLISHED, MOUNT_POINT, acknowledged, datastream_of, followed
from twin.sensing.reading import Reading
from twin.store.sensing_models import latest, observation

# A batch is as many messages as come within this time, or this many.
GATHER_S, MOST_MESSAGES = 0.05, 2000
# So many of the newest observations are retained from the start; others, once they come.
MOST_RETAINED = 10_000
# How often it is looked whether something that was published may no longer be seen, seconds.
RECALL_S = 5.0

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
class Bridge:
    """A connection to the broker at ``port`` and to the database; ``count`` is told of observations by their state."""

    database: Database
    port: int
    password: str
    count: Count = lambda state, number: None
    host: str = "127.0.0.1"
    # Set once the broker sends what devices publish.
    subscribed: threading.Event = field(default_factory=threading.Event)
    _messages: "queue.Queue[MQTTMessage]" = field(default_factory=lambda: queue.Queue(MOST_MESSAGES))
    _published: set[int] = field(default_factory=set)
    _broker_is_new: threading.Event = field(default_factory=threading.Event)

    def run(self, stopping: threading.Event) -> None:
        """Work until ``stopping`` is set; the broker is waited for, before and whenever it ends."""
        client = self._client()
        client.loop_start()
        next_recall = time.monotonic()
        try:
            while not stopping.is_set():
                if self._broker_is_new.is_set():
                    self._broker_is_new.clear()
                    self._retain(client)
                messages = list(self._gathered())
                if messages:
                    self._settle(client, messages)
                if time.monotonic() >= next_recall:
                    self._recall(client)
                    next_recall = time.monotonic() + RECALL_S
        finally:
            client.disconnect()
            client.loop_stop()

    def _client(self) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, client_id="onemap-twin-bridge", protocol=MQTTv5, manual_ack=True)
        client.username_pw_set(BRIDGE, self.password)
        client.reconnect_delay_set(1, 5)
        client.on_connect = lambda _, __, flags, *___: self._begin(client, flags)
        client.on_subscribe = lambda *_: self.subscribed.set()
        client.on_disconnect = lambda *_: self.subscribed.clear()
        client.on_message = lambda _, __, message: self._take(client, message)
        at_most = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        at_most.ReceiveMaximum = MOST_MESSAGES  # the broker holds back what is more
        at_most.SessionExpiryInterval = 0xFFFFFFFF
        client.connect_async(self.host, self.port, clean_start=False, properties=at_most)
        return client

    def _begin(self, client: Client, flags: ConnectFlags) -> None:
        """Subscribe; a broker that knows nothing of us was started anew, and has nothing retained."""
        client.subscribe([(ALL_PUBLISHED, 1), (ALL_FOLLOWED, 0)])
        if not flags.session_present:
            self._broker_is_new.set()

    def _take(self, client: Client, message: MQTTMessage) -> None:
        """Take a message of a device; of our own, those that an earlier bridge left with the broker."""
        if message.topic.startswith(MOUNT_POINT):
            self._messages.put(message)
        elif message.retain:
            self._published.add(datastream_of(message.topic))

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
        newest = self._keep([part for part in parts if isinstance(part.content, Reading)])
        for part in parts:
            self._answer(client, part)
            if part.state == "kept" and part.datastream in newest and isinstance(part.content, Reading):
                document = _document(part.number, part.content)
                # Late ones do not take the place of what is retained.
                self._publish(client, part.datastream, document, retain=part.number == newest[part.datastream])
        for message in messages:
            client.ack(message.mid, message.qos)
        for state, number in Counter(part.state for part in parts).items():
            self.count(state, number)

    def _keep(self, parts: Sequence[Part]) -> dict[int, int]:
        """Keep what can be kept; return the newest observation of each Datastream of these that is open to everybody.

        A batch that the database refuses is kept one by one, so that nothing stops what came with it.
        """
        try:
            return self._keep_together(parts)
        except psycopg.DataError as error:
            if len(parts) == 1:
                parts[0].reason = f"the database refuses this: {error}"
                return {}
        return {number: newest for part in parts for number, newest in self._keep([part]).items()}

    def _keep_together(self, parts: Sequence[Part]) -> dict[int, int]:
        with self.database.writer.begin() as connection:
            outcome = ingest(connection, [part.content for part in parts])  # type: ignore[misc]
            newest = _newest(connection, open_datastreams(connection, {part.datastream for part in parts}))
        _note(parts, outcome)
        return newest

    def _answer(self, client: Client, part: Part) -> None:
        answer: dict[str, Any] = {"state": part.state}
        if isinstance(part.content, Reading):
            answer |= {"phenomenonTime": rfc3339(part.content.time), "sequence": part.content.sequence}
        answer |= {"@iot.id": part.number} if part.number is not None else {"reason": part.reason}
        client.publish(acknowledged(part.datastream), orjson.dumps(answer), 1, properties=_correlated(part.message))

    def _publish(self, client: Client, datastream: int, document: dict[str, Any], *, retain: bool) -> None:
        self._published.add(datastream)
        client.publish(followed(datastream), orjson.dumps(document), 1, retain=retain)

    def _retain(self, client: Client) -> None:
        """Publish the newest observations of Datastreams that are open to everybody."""
        with self.database.reader.connect() as connection:
            for datastream, document in newest_observations(connection, MOST_RETAINED):
                self._publish(client, datastream, document, retain=True)

    def _recall(self, client: Client) -> None:
        """Take back from the broker what is no longer open to everybody."""
        known = set(self._published)
        with self.database.reader.connect() as connection:
            hidden = known - open_datastreams(connection, known)
        for datastream in hidden:
            client.publish(followed(datastream), b"", 1, retain=True)
        self._published -= hidden


def open_datastreams(connection: Connection, numbers: Iterable[int]) -> frozenset[int]:
    """Return those of some Datastreams that everybody may see now."""
    fid = _open().selected_columns.fid
    asked = bindparam("numbers", sorted(numbers), type_=ARRAY(BigInteger))
    return frozenset(connection.execute(_open().with_only_columns(fid).where(fid == func.any(asked))).scalars())


def newest_observations(connection: Connection, most: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the newest observations of open Datastreams, the newest of all first."""
    streams = _open().subquery("stream")
    joined = observation.join(latest, and_(latest.c.id == observation.c.id, latest.c.time == observation.c.time))
    rows = select(observation).select_from(joined.join(streams, streams.c.fid == latest.c.datastream))
    for row in connection.execute(rows.order_by(latest.c.time.desc()).limit(most)):
        reading = Reading(
            row.datastream, row.time, row.result if row.result is not None else row.result_json, row.sequence,
            row.time_end, row.result_time, row.quality, parameters=row.parameters,
        )  # fmt: skip
        yield row.datastream, _document(row.id, reading)


def _open() -> Select[Any]:
    return visible(DATASTREAMS, decide(ANONYMOUS, "read", DATASTREAMS), temporal.now())


def _newest(connection: Connection, numbers: Iterable[int]) -> dict[int, int]:
    """Return the newest observation of Datastreams, by their numbers."""
    asked = bindparam("numbers", sorted(numbers), type_=ARRAY(BigInteger))
    rows = select(latest.c.datastream, latest.c.id).where(latest.c.datastream == func.any(asked))
    return {int(datastream): int(number) for datastream, number in connection.execute(rows)}


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


def _document(number: int | None, reading: Reading) -> dict[str, Any]:
    """Return an Observation as subscribers get it."""
    phenomenon = "/".join(rfc3339(instant) for instant in (reading.time, reading.time_end) if instant is not None)
    return {
        "@iot.id": number,
        "phenomenonTime": phenomenon,
        "resultTime": None if reading.result_time is None else rfc3339(reading.result_time),
        "result": reading.result,
        "resultQuality": reading.quality,
        "parameters": reading.parameters,
    }


def _correlated(message: MQTTMessage) -> Properties | None:
    """Return the correlation data of a message, by which a device knows which of its messages an answer is to."""
    data = getattr(message.properties, "CorrelationData", None)
    if data is None:
        return None
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.CorrelationData = data
    return properties
