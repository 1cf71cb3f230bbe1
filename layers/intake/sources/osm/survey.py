"""The survey of an OpenStreetMap file: whether it is complete and ordered, its number of objects, and its date."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import osmium

from layers.errors import SourceError
from layers.intake.sources.osm.features import KEYS
from layers.intake.sources.osm.header import header_bounds, header_date

_SAMPLE_OF_MISSING = 100
_DISORDER = "out of order"


@dataclass(frozen=True)
class Survey:
    """The result of a first pass; ``ordered`` is false where ways come before their nodes."""

    date: datetime | None
    bounds: bytes | None
    objects: int
    ordered: bool


def survey(path: Path) -> Survey:
    """Go through a file once; raises SourceError where it cannot be read to its end."""
    with reading(path):
        processor = osmium.FileProcessor(str(path))
        header = processor.header
        _refuse_history(path, header)
        declared, bounds = header_date(path, header), header_bounds(header)
        keys = osmium.filter.KeyFilter(*KEYS)
        try:
            count, newest, missing = _scan(processor.with_areas(keys).with_filter(keys))
        except RuntimeError as error:
            # Areas are assembled only from ways in order of their numbers.
            if _DISORDER not in str(error):
                raise
            count, newest, _ = _scan(osmium.FileProcessor(str(path)).with_locations().with_filter(keys))
            return Survey(declared or newest, bounds, count, ordered=False)
        index = processor.node_location_storage
        return Survey(declared or newest, bounds, count, not any(_is_known(index, ref) for ref in missing))


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn osmium's errors for a broken file into a SourceError that names the file and the place."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        reason = str(error).strip() or type(error).__name__
        raise SourceError(
            str(path), f"this is not a complete OpenStreetMap file ({reason}); fetch it again, it may be truncated"
        ) from error


@contextmanager
def in_order(path: Path, ordered: bool) -> Iterator[Path]:
    """Yield a file with nodes before ways before relations: the same one, or a temporary sorted copy."""
    if ordered:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="onemap-osm-") as folder:
        copy = Path(folder) / "sorted.osm.pbf"
        merger = osmium.MergeInputReader()
        merger.add_file(str(path))
        with osmium.SimpleWriter(str(copy)) as writer:
            merger.apply(writer)
        yield copy


def _refuse_history(path: Path, header: Any) -> None:
    if header.has_multiple_object_versions:
        raise SourceError(
            str(path), "this has several versions of objects; make a file of one instant with: osmium time-filter"
        )


def _scan(processor: Any) -> tuple[int, datetime | None, list[int]]:
    """Return the number of tagged objects, the newest time stamp, and some nodes that ways lack so far."""
    count, newest = 0, None
    missing: list[int] = []
    for item in processor:
        if item.is_area():
            continue
        count += 1
        stamp = item.timestamp
        if stamp.timestamp() > 0 and (newest is None or stamp > newest):
            newest = stamp
        if item.is_way() and len(missing) < _SAMPLE_OF_MISSING and item.nodes and not item.nodes[0].location.valid():
            missing.append(item.nodes[0].ref)
    return count, newest, missing


def _is_known(index: Any, ref: int) -> bool:
    try:
        index.get(ref)
    except KeyError:
        return False
    return True
