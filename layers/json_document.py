"""Documents of JSON that come from elsewhere, read so that nothing after that can run out of stack."""

from collections.abc import Iterable
from typing import Any

import orjson

from layers.errors import InputError

# GeoJSON of a collection of polygons is ten deep; what is told back is written to twice this depth at least.
DEEPEST = 64
_CONTAINERS = frozenset({dict, list})


def parse_json(text: bytes | str) -> Any:
    """Return a document; raises InputError for what is not JSON, or stands within itself more than ``DEEPEST`` deep."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InputError(f"this is not JSON: {error}") from error
    if is_deeper(document, DEEPEST):
        raise InputError(f"this is JSON of more than {DEEPEST} objects and lists within each other")
    return document


def is_deeper(document: Any, most: int) -> bool:
    """Tell whether objects and lists stand within each other more than ``most`` deep; goes level by level."""
    level = [document] if type(document) in _CONTAINERS else []
    for _ in range(most):
        level = [inner for one in level for inner in _within(one) if type(inner) in _CONTAINERS]
        if not level:
            return False
    return bool(level)


def size_of(document: Any) -> int:
    """Return how many values a document is made of, itself among them."""
    level, size = [document], 1
    while level:
        size += sum(len(one) for one in level if type(one) in _CONTAINERS)
        level = [inner for one in level for inner in _within(one) if type(inner) in _CONTAINERS]
    return size


def _within(one: Any) -> Iterable[Any]:
    return one.values() if type(one) is dict else one if type(one) is list else ()
