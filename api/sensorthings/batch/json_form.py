"""A batch as JSON: a list of requests, of which those of one atomicity group stand side by side."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import orjson

from api.sensorthings.batch.request import Answer, ChangeSet, Item, Outcome, Request, checked
from layers.errors import ParameterError

Json = dict[str, Any]


def read_json(document: Any) -> Sequence[Item]:
    """Read a batch; raises InputError."""
    listed = document.get("requests") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise ParameterError("requests", 'a batch is {"requests": [{"id": "1", "method": "get", "url": "Things"}]}')
    items: list[Item] = []
    for group, members in groupby(listed, lambda one: one.get("atomicityGroup")):
        requests = tuple(map(_request, members))
        if group is None:
            items += requests
        else:
            items.append(ChangeSet(requests, _text("atomicityGroup", group), _outside(requests)))
    return checked(items)


def json_answer(items: Sequence[Item], outcomes: Iterable[Outcome]) -> Json:
    """Return what came of a batch; of what was not done, that it was not."""
    told = list(outcomes)
    responses = [one for outcome in told for one in _responses(outcome)]
    responses += [_undone(one, item) for item in items[len(told) :] for one in _members(item)]
    return {"responses": responses}


def _request(one: Json) -> Request:
    body = one.get("body")
    headers = one.get("headers") or {}
    if not isinstance(headers, dict):
        raise ParameterError("headers", "they are a JSON object")
    kinds = [value for name, value in headers.items() if name.lower() == "content-type" and isinstance(value, str)]
    after = one.get("dependsOn") or []
    if not isinstance(after, list) or not all(isinstance(name, str) for name in after):
        raise ParameterError("dependsOn", "this is a list of ids")
    return Request(
        _text("id", one.get("id")),
        _text("method", one.get("method")).upper(),
        _text("url", one.get("url")),
        kinds[0] if kinds else "application/json",
        b"" if body is None else orjson.dumps(body),
        tuple(after),
    )


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ParameterError(name, f"{str(value)[:40]!r} is no text, and each request of a batch has one")
    return value


def _outside(requests: Sequence[Request]) -> tuple[str, ...]:
    """Return what the requests of a group depend on but for each other."""
    own = {one.id for one in requests}
    return tuple(name for one in requests for name in one.after if name not in own)


def _responses(outcome: Outcome) -> Iterator[Json]:
    item = outcome.item
    by_id = {one.id: one for one in outcome.answers}
    for one in _members(item):
        answer = by_id.get(one.id)
        yield _undone(one, item) if answer is None else _response(answer, item)


def _members(item: Item) -> Sequence[Request]:
    return item.requests if isinstance(item, ChangeSet) else (item,)


def _response(answer: Answer, item: Item) -> Json:
    told: Json = {"id": answer.id, "status": answer.status}
    if isinstance(item, ChangeSet):
        told["atomicityGroup"] = item.name
    if answer.headers:
        told["headers"] = dict(answer.headers)
    if answer.body:
        is_json = answer.headers.get("content-type", "").partition(";")[0].endswith("json")
        told["body"] = orjson.Fragment(answer.body) if is_json else answer.body.decode()
    return told


def _undone(request: Request, item: Item) -> Json:
    return _response(Answer(request.id, 424), item)
