"""A batch as a document of type multipart/mixed, whose parts are requests (application/http) or change sets of them."""

import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from http import HTTPStatus

from api.sensorthings.batch.request import Answer, ChangeSet, Item, Outcome, Request, checked
from layers.errors import InputError

_REQUEST_LINE = re.compile(r"([A-Za-z]+) +(.+?)(?: +HTTP/\d(?:\.\d)?)? *")
_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")


def read_multipart(kind: str, body: bytes) -> Sequence[Item]:
    """Read a batch; ``kind`` is the content type with the boundary. Raises InputError."""
    return checked(list(map(_item, _parts(_message(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)))))


def multipart_answer(outcomes: Iterable[Outcome]) -> tuple[str, bytes]:
    """Return the content type and the document that tell what came of the items of a batch."""
    boundary = f"batch_{uuid.uuid4().hex}"
    parts = [_told(outcome) for outcome in outcomes]
    return f"multipart/mixed; boundary={boundary}", _joined(boundary, parts)


def _message(text: bytes) -> EmailMessage:
    try:
        message = BytesParser(policy=HTTP).parsebytes(text)
    except (RecursionError, ValueError, LookupError) as error:
        raise InputError(f"body: these are no parts of multipart/mixed ({type(error).__name__})") from error
    if not isinstance(message, EmailMessage):  # by its policy it is one
        raise InputError("body: these are no parts of multipart/mixed")
    return message


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    if not message.is_multipart():
        raise InputError("body: it has no parts between lines of the boundary that its content type names")
    for part in message.iter_parts():
        if isinstance(part, EmailMessage):
            yield part


def _item(part: EmailMessage) -> Item:
    if part.get_content_type() != "multipart/mixed":
        return _request(part)
    requests = tuple(map(_request, _parts(part)))
    if not requests:
        raise InputError("body: a change set has one request at least")
    return ChangeSet(requests)


def _request(part: EmailMessage) -> Request:
    if part.get_content_type() != "application/http" or part.is_multipart():
        raise InputError(f"body: a part is {part.get_content_type()[:40]!r}, and has to be application/http")
    payload = part.get_payload(decode=True)
    head, _, body = _split(payload if isinstance(payload, bytes) else b"")
    line, *lines = head.decode("utf-8", "replace").strip().splitlines() or [""]
    found = _REQUEST_LINE.fullmatch(line)
    if found is None:
        raise InputError(f"body: {line[:60]!r} is no line such as POST Things HTTP/1.1")
    headers = {name.strip().lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
    name = part.get("content-id") or headers.get("content-id")
    kind = headers.get("content-type", "application/json")
    return Request(None if name is None else str(name).strip(), found[1].upper(), found[2], kind, body)


def _split(text: bytes) -> tuple[bytes, bytes, bytes]:
    text = text.lstrip(b"\r\n")
    blank = _BLANK_LINE.search(text)
    return (text, b"", b"") if blank is None else (text[: blank.start()], blank[0], text[blank.end() :])


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
