"""Codes of fixed positions, each with its own alphabet: written and read by arrays, checked by position."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.errors import ParameterError
from layers.space.grids.base import Codes, Grid

# 0 to 9, then A to Z.
GLYPHS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CHARACTERS = np.array([ord(glyph) for glyph in GLYPHS], dtype=np.uint32)
_NO_DIGIT = 255
_VALUES = np.full(128, _NO_DIGIT, dtype=np.uint8)
_VALUES[_CHARACTERS] = np.arange(len(GLYPHS))


def blank_codes(count: int, length: int) -> NDArray[np.uint32]:
    """Return an empty array for codes, a row each of character numbers."""
    return np.empty((count, length), dtype=np.uint32)


def put(room: NDArray[np.uint32], place: int, digits: "NDArray[Any]") -> None:
    """Write digits (0 to 35) into one place of all codes."""
    np.take(_CHARACTERS, digits, out=room[:, place], mode="clip")


def as_strings(room: NDArray[np.uint32]) -> Codes:
    """Return rows of character numbers as strings, without copying them."""
    return room.view(f"<U{room.shape[1]}" if np.little_endian else f">U{room.shape[1]}").ravel()


def characters(codes: Codes, length: int) -> NDArray[np.uint32]:
    """Return codes of one length as rows of character numbers."""
    fixed = np.ascontiguousarray(codes.astype(f"U{length}"))
    return fixed.view(np.uint32).reshape(len(codes), length)


def values(rows: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Return the digits of characters; 255 for other characters."""
    digits = _VALUES[np.minimum(rows, 127)].astype(np.int64)
    digits[rows > 127] = _NO_DIGIT
    return digits


def readable_alphabet(alphabet: str) -> str:
    """Return an alphabet for people, such as ``0-9 or A-E``."""
    runs: list[list[str]] = []
    for glyph in alphabet:
        if runs and GLYPHS.index(glyph) == GLYPHS.index(runs[-1][-1]) + 1 and glyph != "A":
            runs[-1].append(glyph)
        else:
            runs.append([glyph])
    return " or ".join(run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def fault_in(code: str, alphabets: list[str]) -> str | None:
    """Return which position of a code has an invalid character, as a sentence, or None."""
    for place, (glyph, alphabet) in enumerate(zip(code, alphabets, strict=False)):
        if glyph not in alphabet:
            hint = "; codes have capitals" if glyph.upper() in alphabet else ""
            return f"{code!r}: character {place + 1} is {glyph!r}; it must be {readable_alphabet(alphabet)}{hint}"
    return None


def raise_first_fault(grid: Grid, codes: Codes, bad: "NDArray[Any]") -> None:
    """Raise ParameterError for the first invalid code, if any."""
    if bad.any():
        code = str(codes[int(np.argmax(bad))])
        raise ParameterError("code", grid.check(code) or f"{code!r} is not a {grid.name} code")
