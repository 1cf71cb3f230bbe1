"""The header of an OpenStreetMap file: its date and its bounds."""

import bz2
import gzip
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import osmium

from layers.errors import ParameterError
from layers.space.wkb import box_wkb
from layers.temporal import parse_instant

# Overpass writes its date into an element that osmium leaves out, within the first few hundred bytes.
_META = re.compile(rb"<meta[^>]*\bosm_base=\"([^\"]+)\"")
_HEAD_BYTES = 8192
_OPENERS: dict[str, Callable[..., IO[Any]]] = {".gz": gzip.open, ".bz2": bz2.open}
_STAMPS = ("osmosis_replication_timestamp", "timestamp")


def header_date(path: Path, header: "osmium.io.Header") -> datetime | None:
    """Return the declared date of the data, or None."""
    stamps = [header.get(key, "") for key in _STAMPS]
    if not path.name.lower().endswith(".pbf"):
        stamps.append(_overpass_base(path))
    return next((instant for instant in map(_instant, stamps) if instant is not None), None)


def header_bounds(header: "osmium.io.Header") -> bytes | None:
    """Return the declared bounding rectangle, or None."""
    box = header.box()
    if not box.valid():
        return None
    low, high = box.bottom_left, box.top_right
    return box_wkb(low.lon, low.lat, high.lon, high.lat)


def _overpass_base(path: Path) -> str:
    opener = _OPENERS.get(path.suffix.lower(), Path.open)
    # A file that is not compressed after all is reported when it is read.
    with suppress(OSError, EOFError), opener(path, "rb") as handle:
        match = _META.search(handle.read(_HEAD_BYTES))
        return match[1].decode() if match else ""
    return ""


def _instant(text: str) -> datetime | None:
    try:
        return parse_instant(text).astimezone(UTC)
    except ParameterError:
        return None
