"""Sequences of GeoJSON features, one a line: RFC 8142, with its record separators or without."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layers.errors import SourceError
from layers.intake.source import Reading, Source, SourceOptions
from layers.intake.sources.geojson import GeoJsonFeed, InvalidJson
from layers.intake.vector.reading import default_name, open_vector
from layers.registry import Registry
from layers.title import Title

_SEPARATOR = "\x1e"


@dataclass(frozen=True)
class GeoJsonSeqSource(Source):
    """Reads features line by line."""

    def open(self, path: Path, options: SourceOptions, registry: Registry) -> Reading:
        """Survey the file for its columns and its count."""
        return open_vector(GeoJsonSeqFeed(path), default_name(path), options, registry)


class GeoJsonSeqFeed(GeoJsonFeed):
    """The features of a GeoJSON text sequence."""

    def __init__(self, path: Path) -> None:
        """Remember the path."""
        super().__init__(path)
        self._line = 0

    def features(self) -> Iterator[tuple[int, Any]]:
        """Stream the features, skipping empty lines."""
        number, broken = 0, None
        try:
            with self.path.open(encoding="utf-8-sig") as handle:
                for line, text in enumerate(handle, start=1):
                    if not (text := text.strip(f"{_SEPARATOR} \t\r\n")):
                        continue
                    if broken is not None:
                        yield number, broken
                    number, self._line = number + 1, line
                    broken = value if isinstance(value := _value(text), InvalidJson) else None
                    if broken is None:
                        yield number, value
        except UnicodeDecodeError as error:
            raise SourceError(str(self.path), f"this is not UTF-8 text ({error.reason}); convert it first") from error
        # A broken last line means a truncated file; others are single faults.
        if broken is not None:
            raise SourceError(str(self.path), broken.reason, f"line {self._line}")

    def where(self, number: int) -> str:
        """Return the line that was read last."""
        return f"line {self._line}"


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        return InvalidJson(text, f"this is not JSON ({error})")


SOURCE = GeoJsonSeqSource(
    "geojson_seq",
    Title("GeoJSON 序列文件", "GeoJSON text sequence"),
    (".geojsonl", ".geojsons", ".geojsonseq"),
    supports=frozenset({"names"}),
)
