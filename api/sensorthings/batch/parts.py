"""The parts of a multipart document (RFC 2046, 5.1), read in a time that grows with its length and nothing else."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

from layers.errors import InputError

_LONGEST_HEAD = 2000
_BLANK_LINE = re.compile(rb"\A\r?\n|\r?\n[ \t]*\r?\n")
_PLAIN = ("", "binary", "8bit", "7bit")


@dataclass(frozen=True)
class Part:
    """One part: its head and its body."""

    head: Message
    body: bytes

    @property
    def kind(self) -> str:
        """Return its content type."""
        return self.head.get_content_type()


def part_of(head: bytes, body: bytes) -> Part:
    """Return what has this head; raises InputError where it cannot be read as it is."""
    if len(head) > _LONGEST_HEAD:
        raise InputError(f"body: the head of a part is longer than {_LONGEST_HEAD} bytes")
    message = HeaderParser().parsestr(head.decode("utf-8", "replace"))
    encoding = str(message.get("content-transfer-encoding", "")).strip().lower()
    if encoding not in _PLAIN:
        raise InputError(f"body: a part is encoded as {encoding[:40]!r}, and has to be binary")
    return Part(message, body)


def parts_of(whole: Part) -> Iterator[Part]:
    """Yield the parts of a multipart document, each read when it is asked for; raises InputError where it is none."""
    boundary = whole.head.get_boundary() if whole.head.get_content_maintype() == "multipart" else None
    return (part_of(*split(text)) for text in _between(whole.body, (boundary or "").encode("utf-8", "replace")))


def _between(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """Yield what stands between lines of a boundary, until the one that ends all, or the end."""
    line = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    mark = line.search(body) if boundary else None
    if mark is None:
        raise InputError("body: it has no parts between lines of the boundary that its content type names")
    while mark is not None and not mark[1]:
        begins, mark = mark.end(), line.search(body, mark.end())
        ends = len(body) if mark is None else mark.start()
        yield body[begins:ends].removeprefix(b"\r").removeprefix(b"\n")


def split(text: bytes) -> tuple[bytes, bytes]:
    """Return head and body, between which is a blank line."""
    blank = _BLANK_LINE.search(text)
    return (text, b"") if blank is None else (text[: blank.start()], text[blank.end() :])
