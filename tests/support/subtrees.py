"""Subtrees of implicit tiling read back, by the words of the standard (OGC 22-025r4, 7.6) and not by our own code."""

import json
import struct
from collections.abc import Iterator
from typing import Any

Address = tuple[int, int, int]


class Subtree:
    """The availability that a subtree tells."""

    def __init__(self, raw: bytes, levels: int) -> None:
        """Take it apart; ``levels`` is what the tileset says that it has."""
        magic, version, length, rest = struct.unpack_from("<4sIQQ", raw)
        assert (magic, version, length % 8, rest % 8) == (b"subt", 1, 0, 0)
        assert len(raw) == 24 + length + rest
        self.levels = levels
        self.document: dict[str, Any] = json.loads(raw[24 : 24 + length])
        self.binary = raw[24 + length :]
        assert [buffer["byteLength"] for buffer in self.document["buffers"]] == [rest]

    def tiles(self) -> set[Address]:
        """Return level, column and row of the tiles that there are, counted from the subtree's root."""
        return set(self._within(self.document["tileAvailability"]))

    def contents(self) -> set[Address]:
        """Return those that have a content."""
        (availability,) = self.document["contentAvailability"]
        return set(self._within(availability))

    def children(self) -> set[Address]:
        """Return those at which other subtrees begin."""
        bits = self._bits(self.document["childSubtreeAvailability"], 4**self.levels)
        return {(self.levels, *_place(code, self.levels)) for code in bits}

    def _within(self, availability: dict[str, Any]) -> Iterator[Address]:
        numbers = set(self._bits(availability, (4**self.levels - 1) // 3))
        first = 0
        for level in range(self.levels):
            for code in range(4**level):
                if first + code in numbers:
                    yield (level, *_place(code, level))
            first += 4**level

    def _bits(self, availability: dict[str, Any], count: int) -> list[int]:
        if "constant" in availability:
            return list(range(count)) if availability["constant"] else []
        view = self.document["bufferViews"][availability["bitstream"]]
        raw = self.binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
        assert len(raw) == -(-count // 8)
        found = [number for number in range(count) if raw[number // 8] >> number % 8 & 1]
        assert availability["availableCount"] == len(found)
        return found


def walk(levels: int, read: Any) -> set[Address]:
    """Return all contents of a tileset; ``read`` returns the bytes of a subtree of an address."""
    contents: set[Address] = set()
    waiting = [(0, 0, 0)]
    while waiting:
        level, x, y = waiting.pop()
        subtree = Subtree(read(level, x, y), levels)
        assert subtree.contents() <= subtree.tiles()
        contents |= {(level + down, (x << down) + i, (y << down) + j) for down, i, j in subtree.contents()}
        waiting += [(level + down, (x << down) + i, (y << down) + j) for down, i, j in subtree.children()]
    return contents


def _place(code: int, level: int) -> tuple[int, int]:
    x = sum((code >> 2 * bit & 1) << bit for bit in range(level))
    y = sum((code >> (2 * bit + 1) & 1) << bit for bit in range(level))
    return x, y
