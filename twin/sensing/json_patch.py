"""JSON Patch (RFC 6902): a document, changed by a list of operations."""

import copy
from collections.abc import Mapping
from typing import Any

from layers.errors import InputError
from layers.json_document import DEEPEST, is_deeper, size_of

MOST_OPERATIONS = 1000
# What all copies of one patch have in them: each may have all that the ones before it made.
MOST_COPIED = 100_000


def patched(document: Any, operations: Any) -> Any:
    """Return a document as operations change it; raises InputError that names the operation."""
    if not isinstance(operations, list) or len(operations) > MOST_OPERATIONS:
        raise InputError(f"a JSON Patch is a list of at most {MOST_OPERATIONS} operations")
    document = copy.deepcopy(document)
    copied = 0
    for place, operation in enumerate(operations):
        try:
            copied += _copied(document, operation, MOST_COPIED - copied)
            document = _applied(document, operation)
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise InputError(f"operation {place}: {operation!r:.120} cannot be applied ({error})") from error
    if is_deeper(document, DEEPEST):
        raise InputError(f"after this patch, more than {DEEPEST} objects and lists stand within each other")
    return document


def _copied(document: Any, operation: Mapping[str, Any], most: int) -> int:
    """Return how many values an operation copies; raises ValueError for more than ``most``."""
    if operation["op"] != "copy":
        return 0
    source = _at(document, _pointer(operation["from"]))
    size = size_of(source)
    if size > most:
        raise ValueError(f"the copies of one patch have at most {MOST_COPIED} values in them")
    if is_deeper(source, DEEPEST):
        raise ValueError(f"at most {DEEPEST} objects and lists stand within each other")
    return size


def _applied(document: Any, operation: Mapping[str, Any]) -> Any:
    path = _pointer(operation["path"])
    match operation["op"]:
        case "add":
            return _put(document, path, operation["value"], insert=True)
        case "replace":
            _at(document, path)
            return _put(document, path, operation["value"], insert=False)
        case "remove":
            return _removed(document, path)
        case "copy":
            return _put(document, path, copy.deepcopy(_at(document, _pointer(operation["from"]))), insert=True)
        case "move":
            source = _pointer(operation["from"])
            if path[: len(source)] == source and path != source:
                raise ValueError("nothing is moved into itself")
            moved = _at(document, source)
            return _put(_removed(document, source), path, moved, insert=True)
        case "test":
            if _at(document, path) != operation["value"]:
                raise ValueError("the value is another")
            return document
        case other:
            raise ValueError(f"there is no operation {other!r}")


def _pointer(text: str) -> list[str]:
    if text and not text.startswith("/"):
        raise ValueError(f"{text!r} does not begin with /")
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _at(document: Any, path: list[str]) -> Any:
    for part in path:
        document = document[_index(document, part)] if isinstance(document, list) else document[part]
    return document


def _put(document: Any, path: list[str], value: Any, *, insert: bool) -> Any:
    if not path:
        return value
    holder, last = _at(document, path[:-1]), path[-1]
    if not isinstance(holder, list):
        holder[last] = value
    elif not insert:
        holder[_index(holder, last)] = value
    else:
        holder.insert(len(holder) if last == "-" else _index(holder, last, end=True), value)
    return document


def _removed(document: Any, path: list[str]) -> Any:
    if not path:
        return None
    holder = _at(document, path[:-1])
    del holder[_index(holder, path[-1]) if isinstance(holder, list) else path[-1]]
    return document


def _index(holder: list[Any], part: str, *, end: bool = False) -> int:
    if not (part.isascii() and part.isdigit()) or (len(part) > 1 and part[0] == "0"):
        raise ValueError(f"{part!r} is no place in a list")
    index = int(part)
    if index >= len(holder) + end:
        raise IndexError(f"the list has {len(holder)} parts")
    return index
