"""A batch as a document of type multipart/mixed, whose parts are requests (application/http) or change sets of them."""

import re
import uuid
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from itertools import islice

from api.sensorthings.batch.parts import Part, part_of, parts_of, split
from api.sensorthings.batch.request import MOST_REQUESTS, Answer, ChangeSet, Item, Outcome, Request, checked
from layers.errors import InputError

_VERSION = re.compile(r"HTTP/\d(?:\.\d)?")


def read_multipart(kind: str, body: bytes) -> Sequence[Item]:
    """Read a batch; ``kind`` is the content type with the boundary. Raises InputError."""
    items: list[Item] = []
    number = 0
    for part in parts_of(part_of(b"Content-Type: " + kind.encode(), body)):
        items.append(_item(part))
        number += len(items[-1].requests) if isinstance(items[-1], ChangeSet) else 1
        if number > MOST_REQUESTS:
            break
    return checked(items)


def multipart_answer(outcomes: Iterable[Outcome]) -> tuple[str, bytes]:
    """Return the content type and the document that tell what came of the items of a batch."""
    boundary = f"batch_{uuid.uuid4().hex}"
    parts = [_told(outcome) for outcome in outcomes]
    return f"multipart/mixed; boundary={boundary}", _joined(boundary, parts)


def _item(part: Part) -> Item:
    if part.kind != "multipart/mixed":
        return _request(part)
    requests = tuple(islice(map(_request, parts_of(part)), MOST_REQUESTS + 1))
    if not requests:
        raise InputError("body: a change set has one request at least")
    return ChangeSet(requests)


def _request(part: Part) -> Request:
    if part.kind != "application/http":
        raise InputError(f"body: a part is {part.kind[:40]!r}, and has to be application/http")
    head, body = split(part.body.lstrip(b"\r\n"))
    line, *lines = head.decode("utf-8", "replace").strip().splitlines() or [""]
    method, url = _request_line(line)
    headers = {name.strip().lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
    name = part.head.get("content-id") or headers.get("content-id")
    kind = headers.get("content-type", "application/json")
    return Request(None if name is None else " ".join(str(name).split()), method.upper(), url, kind, body)


def _request_line(line: str) -> tuple[str, str]:
    """Return method and address of a line, of which the version of HTTP may be left out."""
    method, _, rest = line.strip().partition(" ")
    address, _, version = rest.rpartition(" ")
    url = (address if _VERSION.fullmatch(version) else rest).strip()
    if not (method.isascii() and method.isalpha() and url):
        raise InputError(f"body: {line[:60]!r} is no line such as POST Things HTTP/1.1")
    return method, url


def _told(outcome: Outcome) -> bytes:
    if isinstance(outcome.item, Request) or not outcome.is_good:
        return _answer(outcome.answers[0])
    boundary = f"changeset_{uuid.uuid4().hex}"
    head = f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n"
    return head.encode() + _joined(boundary, [_answer(one) for one in outcome.answers])


def _answer(answer: Answer) -> bytes:
    named = "" if answer.id is None else f"Content-ID: {answer.id}\r\n"
    headers = "".join(f"{name.title()}: {value}\r\n" for name, value in answer.headers.items())
    status = f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n{headers}"
    return f"Content-Type: application/http\r\n{named}\r\n{status}\r\n".encode() + answer.body


def _joined(boundary: str, parts: Sequence[bytes]) -> bytes:
    mark = f"--{boundary}".encode()
    return b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"
