"""Lines of JSON, each an Observation with the number of its datastream."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from layers.errors import InputError
from layers.json_document import parse_json
from twin.sensing.files.series import Fault, Line, Value
from twin.sensing.files.times import Clock, TimeFault
from twin.sensing.lines.splitting import LONGEST, Splitter
from twin.sensing.observation_document import Faulty, read

_TIME, _STREAM = "phenomenonTime", "datastream"
_SHORT = {"time": _TIME, "quality": "resultQuality", "Datastream": _STREAM}
# What an export says of a datastream besides.
_TOLD = frozenset({"name", "thing", "thing_name", "observed_property", "unit"})


class JsonLines:
    """Reads lines of JSON."""

    def __init__(self) -> None:
        """Begin at the first line."""
        self._splitter = Splitter()
        self.left_out: set[str] = set()

    def feed(self, piece: bytes) -> list[Line]:
        """Return the lines that are whole with this piece."""
        return self._lines(self._splitter.feed(piece))

    def finish(self) -> list[Line]:
        """Return the last line, which may have no end."""
        return self._lines(self._splitter.finish())

    def _lines(self, lines: Iterable[tuple[int, bytes | None]]) -> list[Line]:
        # RFC 7464 begins each text with a record separator.
        told = ((number, None if text is None else text.strip(b"\x1e \t\r")) for number, text in lines)
        return [self._line(f"line {number}", text) for number, text in told if text is None or text]

    def _line(self, place: str, text: bytes | None) -> Line:
        if text is None:
            return _faulty(place, "size", f"it is longer than {LONGEST} bytes")
        try:
            document = parse_json(text)
        except InputError as error:
            return _faulty(place, "json", str(error))
        if not isinstance(document, dict):
            return _faulty(place, "json", 'this is no JSON object such as {"datastream": 1, "phenomenonTime": …}')
        said: dict[str, Any] = {_name(name): one for name, one in document.items()}
        return self._observation(place, said)

    def _observation(self, place: str, document: dict[str, Any]) -> Line:
        stream = document.pop(_STREAM, None)
        stream = stream.get("@iot.id") if isinstance(stream, dict) else stream
        if not isinstance(stream, int) or isinstance(stream, bool) or not 0 <= stream < 2**63:
            return _faulty(place, "datastream", f"datastream: {str(stream)[:40]!r} is no number of one")
        for name in _TOLD & document.keys():
            self.left_out.add(name)
            del document[name]
        if not isinstance(document.get(_TIME), str):
            return _faulty(place, "time", "phenomenonTime: it is missing, or no text")
        reading = read(stream, document, datetime.now(UTC))
        if isinstance(reading, Faulty):
            return _faulty(place, _why(reading.reason, document[_TIME]), reading.reason)
        return Line(place, [Value(stream, reading.time, reading.result, reading=reading)])


def _name(written: str) -> str:
    return _SHORT.get(written, written)


def _why(reason: str, time: str) -> str:
    """Return the kind of a reason; a time that would be one if it had a zone lacks that."""
    if not reason.startswith(_TIME):
        return "format"
    try:
        Clock().read(time.partition("/")[0])
    except TimeFault as fault:
        return fault.why
    return "time"


def _faulty(place: str, why: str, reason: str) -> Line:
    return Line(place, faults=(Fault(why, reason),))
