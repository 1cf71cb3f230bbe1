"""What a device writes over HTTP: observations of its own datastreams, and nothing else."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from fastapi import Response
from sqlalchemy import Connection

from api.app_state import AppState
from api.body import json_of
from api.sensorthings.acts import ARRAYS
from api.sensorthings.answer import respond
from layers.access import Principal
from layers.errors import Conflict, Forbidden, InputError
from twin.sensing.devices import Device, datastreams_of, device_of_principal, objection_to_age
from twin.sensing.entities.documents import Writer
from twin.sensing.entities.model import OBSERVATION
from twin.sensing.ingest import MOST_READINGS, ingest
from twin.sensing.observation_arrays import Line, lines_of
from twin.sensing.observation_document import Faulty, number_of, read
from twin.sensing.query import parse_path
from twin.sensing.reading import Reading

_STREAMS = "Datastreams"
# The number of an observation, or why there is none.
Told = int | str


class DeviceActs:
    """What one device writes through one request, at the address ``text`` behind the root ``base``."""

    def __init__(self, app_state: AppState, principal: Principal, base: str, text: str) -> None:
        """Take which device it is, and where."""
        self._app_state, self._principal = app_state, principal
        self._writer, self._path = Writer(base), parse_path(text)

    def create(self, body: bytes) -> Response:
        """Keep one observation, or those of arrays."""
        names = [segment.name for segment in self._path.segments]
        document = json_of(body)
        if names == [ARRAYS]:
            told = self._take(list(lines_of(document, datetime.now(UTC), MOST_READINGS)))
            lines = [f"error: {one}" if isinstance(one, str) else self._address(one) for one in told]
            return respond(lines, 201)
        number = self._take([self._one(names, document)])[0]
        if isinstance(number, str):
            raise Conflict(number) if "has another result" in number else InputError(number)
        return respond({"@iot.id": number}, 201, {"location": self._address(number)})

    def _one(self, names: Sequence[str], document: Any) -> Line:
        if not isinstance(document, dict):
            raise InputError("Observation: it is written as a JSON object")
        if names == [_STREAMS, OBSERVATION.set] and isinstance(self._path.segments[0].id, int):
            return self._path.segments[0].id, read(self._path.segments[0].id, document, datetime.now(UTC))
        if names == [OBSERVATION.set]:
            return _stream_of(document), read(_stream_of(document), document, datetime.now(UTC))
        raise Forbidden("a device makes observations of its own datastreams, and writes nothing else")

    def _take(self, asked: list[Line]) -> list[Told]:
        judge = self._app_state.device_judge
        with self._app_state.database.writer.begin() as connection:
            device = device_of_principal(connection, self._principal)
            device = judge.admitted(device, len(asked))
            told = [] if device.objection else self._kept(connection, device, asked)
        refused = [one for one in told if isinstance(one, str)]
        if refused and not device.objection:
            judge.refused(device, len(refused), refused[-1])
        judge.write()
        if device.objection:
            raise Forbidden(device.objection)
        return told

    def _kept(self, connection: Connection, device: Device, asked: list[Line]) -> list[Told]:
        own = datastreams_of(connection, device, {datastream for datastream, _ in asked})
        told: list[Told] = [_objection(device, own, *one) for one in asked]
        good = [(place, one) for place, (_, one) in enumerate(asked) if not told[place] and isinstance(one, Reading)]
        outcome = ingest(connection, [one for _, one in good])
        for place, number in outcome.ids.items():
            told[good[place][0]] = number
        for refusal in outcome.refused:
            told[good[refusal.place][0]] = refusal.reason
        return told

    def _address(self, number: int) -> str:
        return self._writer.address(OBSERVATION, number)


def _objection(device: Device, own: frozenset[int], datastream: int, content: Reading | Faulty) -> str:
    if datastream not in own:
        return f"datastream: {datastream} is none of those of device {device.name}"
    return content.reason if isinstance(content, Faulty) else objection_to_age(content, device)


def _stream_of(document: Any) -> int:
    number = number_of(document.get("Datastream"))
    if number is None:
        raise InputError('Datastream: it is {"@iot.id": 1}, with the number of one')
    return number
