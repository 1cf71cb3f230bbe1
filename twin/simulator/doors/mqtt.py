"""Readings by MQTT, as a gateway sends them: repeated until the bridge says that they are kept."""

import queue
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from types import TracebackType
from typing import Any, Self

import orjson
from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from layers.errors import Unavailable
from layers.temporal import rfc3339
from twin.sensing.devices.credential import GATEWAY
from twin.sensing.mqtt.topics import datastream_of, followed
from twin.sensing.reading import Reading
from twin.simulator.doors.tally import Tally

_ACKNOWLEDGED = "v1.1/+/Observations/ack"
_MOST_IN_ONE = 500
# After so many seconds without an answer what is not acknowledged is sent again, and in the end it is given up.
_PATIENCE_S, _ATTEMPTS = 20.0, 5
_CONNECT_S = 20.0
_Key = tuple[int, str]


class MqttDoor:
    """The port of a broker on which devices publish, with the password of its gateway."""

    def __init__(self, host: str, port: int, password: str) -> None:
        """Connect, and follow the acknowledgements; raises Unavailable where nobody answers."""
        self._answers: queue.Queue[MQTTMessage] = queue.Queue()
        self._said: queue.Queue[Any] = queue.Queue()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        self._client.username_pw_set(GATEWAY, password)
        self._client.on_connect = lambda client, *told: self._begin(client, told[2])
        self._client.on_subscribe = lambda *told: self._said.put(told[3][0])
        self._client.on_message = lambda _, __, message: self._answers.put(message)
        try:
            self._client.connect(host, port)
        except OSError as error:
            raise Unavailable(f"no broker answers at {host}:{port} ({error})") from error
        self._client.loop_start()
        try:
            self._expect(f"the broker at {host}:{port} does not let the gateway in")
            self._expect(f"the broker at {host}:{port} does not tell what is acknowledged")
        except Unavailable:
            self._close()
            raise

    def __enter__(self) -> Self:
        """Return the door."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect."""
        self._close()

    def keep(self, readings: Sequence[Reading]) -> Tally:
        """Publish a batch and wait until all of it is acknowledged; raises Unavailable when it is not."""
        wanting = {(one.datastream, rfc3339(one.time)): one for one in readings}
        tally = Tally()
        for _ in range(_ATTEMPTS):
            self._publish(list(wanting.values()))
            self._await(wanting, tally)
            if not wanting:
                return tally
        raise Unavailable(f"{len(wanting)} readings are not acknowledged; is the bridge running? (twin up)")

    def _publish(self, readings: Sequence[Reading]) -> None:
        by_stream: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for one in readings:
            by_stream[one.datastream].append({"phenomenonTime": rfc3339(one.time), "result": one.result})
        for stream, documents in by_stream.items():
            for part in _parts(documents):
                self._client.publish(followed(stream), orjson.dumps(part), qos=1)

    def _await(self, wanting: dict[_Key, Reading], tally: Tally) -> None:
        """Strike out what is acknowledged, until all is or nothing was heard for a while."""
        while wanting:
            try:
                message = self._answers.get(timeout=_PATIENCE_S)
            except queue.Empty:
                return
            stream = datastream_of(message.topic.removesuffix("/ack"))
            answer = orjson.loads(message.payload)
            if wanting.pop((stream, answer.get("phenomenonTime", "")), None) is not None:
                _count(tally, answer)

    def _begin(self, client: Client, code: Any) -> None:
        """Follow the acknowledgements, also where the connection was lost and is found again."""
        self._said.put(code)
        if not code.is_failure:
            client.subscribe(_ACKNOWLEDGED, 1)

    def _close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _expect(self, otherwise: str) -> None:
        try:
            code = self._said.get(timeout=_CONNECT_S)
        except queue.Empty as error:
            raise Unavailable(f"{otherwise}: it does not answer") from error
        if code.is_failure:
            raise Unavailable(f"{otherwise}: {code}")


def _count(tally: Tally, answer: dict[str, Any]) -> None:
    one = Tally(
        new=answer["state"] == "kept", known=answer["state"] == "known", refused=answer["state"] == "refused",
        reasons=[answer["reason"]] if "reason" in answer else [],
    )  # fmt: skip
    tally.add(one)


def _parts(documents: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    rest = iter(documents)
    while part := list(islice(rest, _MOST_IN_ONE)):
        yield part
