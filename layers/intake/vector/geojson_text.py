"""A streaming reader of GeoJSON text, for files of any size in little memory."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from layers.errors import SourceError

_BLOCK = 1 << 20
_SPACE = re.compile(r"[ \t\r\n]*")
Members = dict[str, Any]


class GeoJsonText:
    """The members of one GeoJSON object; its features are streamed, the others are kept in ``members``."""

    def __init__(self, path: Path) -> None:
        """Remember the path."""
        self.path = path
        self.members: Members = {}
        self._decoder = json.JSONDecoder()
        self._text = ""
        self._at = 0
        self._before = 0
        self._place = "its beginning"

    def features(self) -> Iterator[tuple[int, Any]]:
        """Stream the features with their numbers, from 1; a bare feature is the only one."""
        try:
            with self.path.open(encoding="utf-8-sig") as handle:
                yield from self._object(handle)
        except UnicodeDecodeError as error:
            raise SourceError(str(self.path), f"this is not UTF-8 text ({error.reason}); convert it first") from error
        if self.members.get("type") == "Feature":
            yield 1, self.members
        elif self.members.get("type") != "FeatureCollection":
            raise SourceError(str(self.path), "this is neither a GeoJSON FeatureCollection nor a Feature")

    def _object(self, handle: IO[str]) -> Iterator[tuple[int, Any]]:
        self._expect(handle, "{")
        while self._next(handle) != "}":
            key = self._value(handle)
            self._expect(handle, ":")
            if key == "features":
                yield from self._array(handle)
            else:
                self.members[key] = self._value(handle)
            if self._next(handle) == ",":
                self._at += 1
        self._at += 1

    def _array(self, handle: IO[str]) -> Iterator[tuple[int, Any]]:
        self._expect(handle, "[")
        number = 0
        while self._next(handle) != "]":
            number += 1
            self._place = f"feature {number}"
            yield number, self._value(handle)
            if self._next(handle) == ",":
                self._at += 1
            elif self._next(handle) != "]":
                raise self._broken("a comma is missing after it")
        self._at += 1
        self._place = "its end"

    def _next(self, handle: IO[str]) -> str:
        """Return the next character that is not a space, without consuming it."""
        while True:
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(handle):
                raise self._broken("the file ends in the middle of it")

    def _expect(self, handle: IO[str], character: str) -> None:
        if self._next(handle) != character:
            raise self._broken(f"{character!r} was expected, but {self._text[self._at]!r} was found")
        self._at += 1

    def _value(self, handle: IO[str]) -> Any:
        self._next(handle)
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._more(handle):
                    continue
                ends = error.pos >= len(self._text) or error.msg.startswith("Unterminated")
                raise self._broken("the file ends in the middle of it" if ends else error.msg) from error
            # A number that ends where the block ends may go on in the next one.
            if end < len(self._text) or not self._more(handle):
                self._at = end
                return value

    def _more(self, handle: IO[str]) -> bool:
        """Read at least a block, or as much as is buffered; drop the consumed part."""
        rest = self._text[self._at :]
        block = handle.read(max(_BLOCK, len(rest)))
        self._before += self._at
        self._text, self._at = rest + block, 0
        return bool(block)

    def _broken(self, reason: str) -> SourceError:
        at = self._before + self._at
        return SourceError(
            str(self.path),
            f"{reason} (character {at}), so this is not a complete GeoJSON file; fetch it again",
            self._place,
        )
