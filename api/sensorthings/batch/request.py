"""The requests of a batch, and what came of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeAlias

from layers.errors import InputError, ParameterError

MOST_REQUESTS, _LONGEST_ID = 500, 200
METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})


@dataclass(frozen=True)
class Request:
    """One request: ``url`` as it was written, its content type, its body; ``after`` are those that it depends on."""

    id: str | None
    method: str
    url: str
    kind: str = "application/json"
    body: bytes = b""
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChangeSet:
    """Requests of which all have an effect or none."""

    requests: tuple[Request, ...]
    name: str | None = None
    after: tuple[str, ...] = ()


Item: TypeAlias = Request | ChangeSet


@dataclass(frozen=True)
class Answer:
    """What one request was answered."""

    id: str | None
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def is_good(self) -> bool:
        """Tell whether the request had its effect."""
        return self.status < HTTPStatus.BAD_REQUEST


@dataclass(frozen=True)
class Outcome:
    """The answers to an item; of a change set that had no effect, the one to the request for which it had none."""

    item: Item
    answers: tuple[Answer, ...]

    @property
    def is_good(self) -> bool:
        """Tell whether all of the item had its effect."""
        return all(answer.is_good for answer in self.answers)


def checked(items: Sequence[Item]) -> Sequence[Item]:
    """Return items, of which none has the name of another; raises InputError."""
    requests = [one for item in items for one in (item.requests if isinstance(item, ChangeSet) else (item,))]
    if len(requests) > MOST_REQUESTS:
        raise InputError(f"a batch has at most {MOST_REQUESTS} requests, and this one has {len(requests)}")
    names = [one.id for one in requests if one.id is not None]
    names += [item.name for item in items if isinstance(item, ChangeSet) and item.name is not None]
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise InputError(f"{twice[:40]!r} is the name of two parts of this batch")
    too_long = next((name for name in names if not 0 < len(name) <= _LONGEST_ID), None)
    if too_long is not None:
        raise InputError(f"a name has from 1 to {_LONGEST_ID} characters, and {too_long[:40]!r}… has {len(too_long)}")
    for one in requests:
        if one.method not in METHODS:
            raise ParameterError("method", f"{one.method[:20]!r} is none of {', '.join(sorted(METHODS))}")
    return items


def writes(items: Sequence[Item]) -> bool:
    """Tell whether one of the requests changes something."""
    return any(isinstance(item, ChangeSet) or item.method != "GET" for item in items)


def resolved_url(url: str, made: Mapping[str, str]) -> str:
    """Return an address in which ``$name`` at its beginning stands for what the request of that name made."""
    if not url.startswith("$"):
        return url
    name, slash, rest = url[1:].partition("/")
    return f"{_made(name, made)}{slash}{rest}"


def resolved(document: Any, made: Mapping[str, str]) -> Any:
    """Return a document in which references ``{"@iot.id": "$name"}`` have the number of what was made."""
    if isinstance(document, list):
        return [resolved(one, made) for one in document]
    if not isinstance(document, dict):
        return document
    return {
        name: int(_made(value[1:], made).rpartition("(")[2][:-1])
        if name in ("@iot.id", "id") and isinstance(value, str) and value.startswith("$")
        else resolved(value, made)
        for name, value in document.items()
    }


def _made(name: str, made: Mapping[str, str]) -> str:
    if name not in made:
        raise ParameterError("reference", f"${name[:40]} names nothing that an earlier request of this batch has made")
    return made[name]
