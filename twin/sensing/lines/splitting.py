"""Bytes into lines; one that is too long is passed over to its end, and told."""

from collections.abc import Iterator

LONGEST = 64 * 1024


class Splitter:
    """Splits what it is fed at line ends; lines are counted from 1."""

    def __init__(self) -> None:
        """Begin at the first line."""
        self._rest = bytearray()
        self._passing = False
        self._number = 0

    def feed(self, piece: bytes) -> Iterator[tuple[int, bytes | None]]:
        """Yield the lines that end in this piece, without their ends; None stands for one that was too long."""
        start = 0
        while (end := piece.find(b"\n", start)) >= 0:
            yield self._line(piece[start:end])
            start = end + 1
        if not self._passing:
            self._rest += piece[start:]
            if len(self._rest) > LONGEST:
                self._rest.clear()
                self._passing = True

    def finish(self) -> Iterator[tuple[int, bytes | None]]:
        """Yield what stands after the last line end."""
        if self._rest or self._passing:
            yield self._line(b"")

    def _line(self, tail: bytes) -> tuple[int, bytes | None]:
        self._number += 1
        line = bytes(self._rest) + tail
        self._rest.clear()
        too_long = self._passing or len(line) > LONGEST
        self._passing = False
        return self._number, None if too_long else line.removesuffix(b"\r")
