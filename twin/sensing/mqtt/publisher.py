"""What was kept is published to those who follow, whatever door it came through, each observation once.

Triggers note observations of followed datastreams in the table ``arrival`` in the transaction that keeps them; what is
published is removed there. The broker tells who subscribes to what: nothing is published that nobody ever followed,
and whoever follows a datastream hears its latest first, which is retained.
"""

import queue
import re
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import orjson
from paho.mqtt.client import Client, MQTTMessage, MQTTMessageInfo, topic_matches_sub
from paho.mqtt.subscribeoptions import SubscribeOptions

from layers.errors import InputError
from layers.store import Database
from twin.sensing.mqtt.arrivals import Arrivals, Kept, open_datastreams
from twin.sensing.mqtt.connection import Address, Listening, connect
from twin.sensing.mqtt.outage import outlast
from twin.sensing.mqtt.topics import ALL_FOLLOWED, DROPPED, SUBSCRIBED, SUBSCRIPTIONS, datastream_of, followed
from twin.sensing.mqtt.untold import Untold

_PURPOSE, _INTAKE = "publisher", "intake"
# The longest that what came over another door than MQTT waits, seconds.
_PAUSE_S = 0.2
# So many observations are published at a time. Of more than the second number that wait, only the newest of each
# datastream is published: who follows falls behind no further.
MOST_AT_ONCE, MOST_WAITING = 5_000, 50_000
# Of so many datastreams the latest is retained in the broker's memory.
MOST_RETAINED = 100_000
# How often it is looked whether something that is retained may no longer be seen, and is still the latest, seconds.
_REVIEW_S = 5.0
_PUBLISHED_S = 30.0
# The broker's line on a subscription: when, which client, quality, topic.
_SUBSCRIBED = re.compile(rb"^\d+: (.*) [012] (\S+)$", re.DOTALL)

Count = Callable[[str, int], None]


@dataclass
class Publisher:
    """A connection of our own to the broker; ``count`` is told of observations by what became of them."""

    database: Database
    address: Address
    count: Count = lambda state, number: None
    _asked: "queue.Queue[str]" = field(default_factory=queue.Queue)
    _retained: set[int] = field(default_factory=set)
    # Newly followed datastreams, with what of them was published as the latest; it is looked at once more.
    _settling: dict[int, Kept | None] = field(default_factory=dict)
    _dropped: int | None = None
    _broker_is_new: threading.Event = field(default_factory=threading.Event)
    # Ours are four, and that of the intake.
    _untold: Untold = field(default_factory=lambda: Untold(5))

    def run(self, stopping: threading.Event) -> None:
        """Work until ``stopping`` is set; broker and database are waited for, before and whenever they end."""
        client = self._client()
        client.loop_start()
        arrivals, next_review = Arrivals(self.database), time.monotonic()
        try:
            while not stopping.is_set():
                asked = self._heard()
                if not client.is_connected():
                    self._put_back(asked)
                    stopping.wait(_PAUSE_S)
                    continue
                is_due = time.monotonic() >= next_review
                try:
                    outlast(lambda: self._round(client, arrivals, asked, is_due=is_due), stopping)  # noqa: B023 - at once
                except ConnectionError:
                    self._put_back(asked)
                else:
                    next_review = time.monotonic() + _REVIEW_S if is_due else next_review
        finally:
            client.disconnect()
            client.loop_stop()

    def _client(self) -> Client:
        listening = Listening(
            topics=(
                (SUBSCRIPTIONS, SubscribeOptions(1)),
                (DROPPED, SubscribeOptions(0)),
                (SUBSCRIBED, SubscribeOptions(0)),
                # What an earlier publisher left with the broker, and not what we publish.
                (ALL_FOLLOWED, SubscribeOptions(0, noLocal=True)),
            ),
            take=self._take,
            begun=self._begin,
        )
        return connect(_PURPOSE, self.address, listening, 1_000)

    def _begin(self, known: bool) -> None:
        if not known:
            self._untold.begin()
            self._broker_is_new.set()

    def _take(self, message: MQTTMessage) -> None:
        """Note a subscription; and of our own messages, those that are retained."""
        if message.topic == SUBSCRIPTIONS:
            self._note_subscription(bytes(message.payload))
        elif message.topic == SUBSCRIBED:
            if self._untold.has_more(int(message.payload)):
                self._asked.put("#")
        elif message.topic == DROPPED:
            self._count_dropped(int(message.payload))
        elif message.retain:
            self._retained.add(datastream_of(message.topic))

    def _note_subscription(self, line: bytes) -> None:
        found = _SUBSCRIBED.search(line)
        ours = [self.address.client_id(purpose).encode() for purpose in (_PURPOSE, _INTAKE)]
        if found is not None and found[1] not in ours:
            self._untold.note(found[1], found[2])
            self._asked.put(found[2].decode("utf-8", "replace"))

    def _count_dropped(self, number: int) -> None:
        """Count what the broker dropped since it was last heard of; a broker that is new begins at nothing."""
        before = number if self._dropped is None else self._dropped if number >= self._dropped else 0
        self._dropped = number
        if number > before:
            self.count("dropped", number - before)

    def _heard(self) -> list[str]:
        """Return what was subscribed to since, or nothing after a moment."""
        heard: list[str] = []
        with suppress(queue.Empty):
            heard.append(self._asked.get(timeout=_PAUSE_S))
            while True:
                heard.append(self._asked.get_nowait())
        return heard

    def _put_back(self, asked: Iterable[str]) -> None:
        for topic in asked:
            self._asked.put(topic)

    def _round(self, client: Client, arrivals: Arrivals, asked: list[str], *, is_due: bool) -> None:
        if self._broker_is_new.is_set():
            arrivals.forget_all()
            self._retained.clear()
            self._broker_is_new.clear()
        if asked:
            self._follow(client, arrivals, asked)
        self._publish_arrivals(client, arrivals)
        if is_due:
            arrivals.renew()
            self._recall(client)
            self._look_again(client, arrivals)

    def _follow(self, client: Client, arrivals: Arrivals, asked: list[str]) -> None:
        """Have what was subscribed to noted from now on, and publish its latest where that is not retained."""
        numbers, everything = _meant(asked)
        arrivals.follow(numbers, everything=everything)
        newest = arrivals.newest(None if everything else numbers - self._retained, MOST_RETAINED)
        self._settling |= dict.fromkeys(numbers - self._retained)
        self._publish(client, [one for one in newest if one.datastream not in self._retained])

    def _publish_arrivals(self, client: Client, arrivals: Arrivals) -> None:
        while True:
            with arrivals.taken(MOST_AT_ONCE, MOST_WAITING) as batch:
                self._publish(client, batch.kept)
            for state, number in (("published", len(batch.kept)), ("skipped", batch.skipped)):
                if number:
                    self.count(state, number)
            if not batch.has_more:
                return

    def _publish(self, client: Client, batch: Iterable[Kept]) -> None:
        """Publish observations, and wait until the broker has them."""
        sent: list[MQTTMessageInfo] = []
        for one in batch:
            retain = one.is_newest and (one.datastream in self._retained or len(self._retained) < MOST_RETAINED)
            if retain:
                self._retained.add(one.datastream)
            sent.append(client.publish(followed(one.datastream), orjson.dumps(one.document), 1, retain=retain))
            if one.is_newest and one.datastream in self._settling:
                self._settling[one.datastream] = one
        _await(sent)

    def _recall(self, client: Client) -> None:
        """Take back from the broker what is no longer open to everybody."""
        known = set(self._retained)
        with self.database.reader.connect() as connection:
            hidden = known - open_datastreams(connection, known)
        _await([client.publish(followed(datastream), b"", 1, retain=True) for datastream in hidden])
        self._retained -= hidden

    def _look_again(self, client: Client, arrivals: Arrivals) -> None:
        """Publish the latest of newly followed datastreams where it was kept without knowing that they are followed."""
        settling, self._settling = self._settling, {}
        newest = arrivals.newest(settling.keys(), MOST_RETAINED) if settling else []
        self._publish(client, [one for one in newest if one != settling[one.datastream]])


def _meant(topics: Iterable[str]) -> tuple[set[int], bool]:
    """Return the datastreams of topics that were subscribed to, and whether one of them means all."""
    numbers: set[int] = set()
    for topic in topics:
        if "+" in topic or "#" in topic:
            if topic_matches_sub(topic, followed(0)):
                return set(), True
        elif topic.startswith("v1.1/"):
            with suppress(InputError):
                numbers.add(datastream_of(topic))
    return numbers, False


def _await(sent: list[MQTTMessageInfo]) -> None:
    """Wait until the broker has all of these.

    Raises TimeoutError, after which they are published again, and ConnectionError where the broker is gone.
    """
    end = time.monotonic() + _PUBLISHED_S
    for info in sent:
        try:
            info.wait_for_publish(max(0.0, end - time.monotonic()))
        except (RuntimeError, ValueError) as error:
            raise ConnectionError(str(error)) from error
        if not info.is_published():
            raise TimeoutError("the broker does not take what is published")
