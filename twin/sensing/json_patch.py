"""JSON Patch (RFC 6902): a document, changed by a list of operations."""

import copy
from collections.abc import Mapping
from typing import Any

from layers.errors import InputError

MOST_OPERATIONS = 1000


def patched(document: Any, operations: Any) -> Any:
    """Return a document as operations change it; raises InputError that names the operation."""
    if not isinstance(operations, list) or len(operations) > MOST_OPERATIONS:
        raise InputError(f"a JSON Patch is a list of at most {MOST_OPERATIONS} operations")
    document = copy.deepcopy(document)
    for place, operation in enumerate(operations):
        try:
            document = _applied(document, operation)
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise InputError(f"operation {place}: {operation!r:.120} cannot be applied ({error})") from error
    return document


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
