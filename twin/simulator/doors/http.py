"""Readings over HTTP, as arrays of SensorThings 1.1 (CreateObservations)."""

from collections import defaultdict
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import httpx

from layers.errors import Unavailable
from layers.temporal import rfc3339
from twin.sensing.reading import Reading
from twin.simulator.doors.tally import Tally

_COMPONENTS = ["phenomenonTime", "result"]
_TIMEOUT_S = 120.0


class HttpDoor:
    """A server at ``url`` (its root), and the token of somebody who may write there."""

    def __init__(self, url: str, token: str) -> None:
        """Take address and token; nothing is sent yet."""
        self._address = f"{url.rstrip('/')}/sensorthings/v1.1/CreateObservations"
        self._client = httpx.Client(timeout=_TIMEOUT_S, headers={"Authorization": f"Bearer {token}"})

    def __enter__(self) -> Self:
        """Return the door."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._client.close()

    def keep(self, readings: Sequence[Reading]) -> Tally:
        """Send a batch; what the server has already counts as kept anew, since it does not tell."""
        arrays: dict[int, list[list[Any]]] = defaultdict(list)
        for reading in readings:
            arrays[reading.datastream].append([rfc3339(reading.time), reading.result])
        body = [
            {"Datastream": {"@iot.id": stream}, "components": _COMPONENTS, "dataArray": lines}
            for stream, lines in arrays.items()
        ]
        answer = self._post(body)
        if answer.status_code != httpx.codes.CREATED:
            raise Unavailable(f"{self._address} answers {answer.status_code}: {answer.text[:300]}")
        wrong = [line.removeprefix("error: ") for line in answer.json() if line.startswith("error")]
        return Tally(new=len(readings) - len(wrong), refused=len(wrong), reasons=wrong[:5])

    def _post(self, body: list[dict[str, Any]]) -> httpx.Response:
        try:
            return self._client.post(self._address, json=body)
        except httpx.HTTPError as error:
            raise Unavailable(f"{self._address} does not answer ({error})") from error
