"""Lines of arrays that say when and which number, and nothing else: nearly all that gateways send.

Whatever else a line says, or is wrong with it, is for the reader of all that an Observation can say.
"""

from collections.abc import Callable, Sequence
from typing import Any

from layers.errors import InputError
from layers.temporal import parse_instant
from twin.sensing.reading import Reading

Read = Callable[[Any], Reading | None]
_TIME, _RESULT, _TOLD = "phenomenonTime", "result", "resultTime"


def plain_lines(datastream: int, components: Sequence[str]) -> Read:
    """Return a function from a line to its reading, or None where the line is not plain."""
    if sorted(components) not in ([_TIME, _RESULT], [_TIME, _RESULT, _TOLD]):
        return lambda _: None
    width, time_at, result_at = len(components), components.index(_TIME), components.index(_RESULT)
    told_at = components.index(_TOLD) if _TOLD in components else None

    def read(line: Any) -> Reading | None:
        if type(line) is not list or len(line) != width:
            return None
        result, told = line[result_at], None if told_at is None else line[told_at]
        if type(result) is not float and type(result) is not int:
            return None
        try:
            time = parse_instant(line[time_at])
            return Reading(datastream, time, result, result_time=None if told is None else parse_instant(told))
        except (InputError, TypeError):
            return None

    return read
