"""Lists of records from clients, read one by one; an error names the record by its place."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from layers.errors import InputError, ParameterError

Read = TypeVar("Read")


def read_each(records: Sequence[Any], read: Callable[[Any], Read], *, most: int, name: str) -> list[Read]:
    """Read up to ``most`` records (``name`` is what they are); an error names the place, from 0, and the field."""
    if len(records) > most:
        raise InputError(f"{len(records)} {name} are more than the {most} that are read at once")
    return [_read_at(place, record, read) for place, record in enumerate(records)]


def _read_at(place: int, record: Any, read: Callable[[Any], Read]) -> Read:
    try:
        return read(record)
    except ParameterError as error:
        message = str(error).removeprefix(f"{error.parameter}: ")
        raise ParameterError(f"[{place}].{error.parameter}", message) from error
