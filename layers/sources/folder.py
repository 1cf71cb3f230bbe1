"""A dataset in a folder: ``dataset.json`` says what it is, and each layer is a GeoJSON file named by its id."""

import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from layers.errors import ParameterError, SourceError
from layers.registry import Registry
from layers.source import DatasetFacts, Original, Reading, Row, Source, SourceOptions
from layers.sources.geojson import DEFAULT_CRS, GeoJsonFeed
from layers.space.crs import accuracy_m, crs_name, parse_crs
from layers.temporal import parse_instant
from layers.title import Title
from layers.vector.reading import VectorReading, open_vector

MANIFEST = "dataset.json"


@dataclass(frozen=True)
class FolderSource(Source):
    """Reads all layers of a dataset at once, so that it is there whole or not at all."""

    def recognises(self, path: Path) -> bool:
        """Tell whether there is a dataset.json in the folder."""
        return (path / MANIFEST).is_file()

    def open(self, path: Path, options: SourceOptions, registry: Registry) -> Reading:
        """Read the manifest and look through each file."""
        manifest = _manifest(path / MANIFEST)
        wanted = [str(name) for name in manifest["layers"] if options.layer in (None, name)]
        if not wanted:
            raise SourceError(str(path), f"this has no layer {options.layer!r}, only {', '.join(manifest['layers'])}")
        crs = str(options.crs or manifest.get("crs") or DEFAULT_CRS)
        frame = parse_crs(crs, grids=options.grids)
        stated = SourceOptions(crs=crs, grids=options.grids)
        parts = [_open_part(path / f"{name}.geojson", name, stated, registry) for name in wanted]
        return FolderReading(
            path=path,
            layers=tuple(layer for part in parts for layer in part.layers),
            dataset=_facts(manifest),
            source_crs=crs_name(frame),
            accuracy_m=accuracy_m(frame),
            date=_date(path / MANIFEST, manifest),
            total=sum(part.total or 0 for part in parts),
            parts=parts,
        )


@dataclass
class FolderReading(Reading):
    """The files of one folder, one after the other."""

    parts: list[VectorReading] = field(kw_only=True)

    def rows(self) -> Iterator[Row]:
        """Stream the rows of all files."""
        for part in self.parts:
            part.refused, part.read = self.refused, self.read
            for row in part.rows():
                self.position = self._before(part) + part.position
                yield row
            self.notes.extend(f"{part.path.name}: {note}" for note in part.notes)
        self.position = self.total or 0

    def originals(self, wanted: Mapping[str, Set[int]]) -> Iterator[tuple[str, int, Original]]:
        """Read again the files whose layers are wanted."""
        for part in self.parts:
            if any(wanted.get(layer.id) for layer in part.layers):
                yield from part.originals(wanted)

    def _before(self, part: VectorReading) -> int:
        return sum(other.total or 0 for other in self.parts[: self.parts.index(part)])


def _open_part(path: Path, name: str, stated: SourceOptions, registry: Registry) -> VectorReading:
    if not path.is_file():
        raise SourceError(str(path), f"{MANIFEST} names the layer {name}, but there is no such file")
    return open_vector(GeoJsonFeed(path), name, replace(stated, layer=name), registry)


def _manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SourceError(str(path), f"this is no JSON ({error})") from error
    missing = {"id", "title_zh", "title_en", "layers"} - set(manifest if isinstance(manifest, dict) else ())
    if missing:
        raise SourceError(str(path), f"this lacks {', '.join(sorted(missing))}")
    return dict(manifest)


def _facts(manifest: dict[str, Any]) -> DatasetFacts:
    return DatasetFacts(
        id=str(manifest["id"]),
        title=Title(manifest["title_zh"], manifest["title_en"]),
        precedence=int(manifest.get("precedence", 0)),
        source=str(manifest.get("source", "")),
        licence=str(manifest.get("licence", "")),
    )


def _date(path: Path, manifest: dict[str, Any]) -> datetime | None:
    stated = manifest.get("date")
    try:
        return None if stated is None else parse_instant(str(stated)).astimezone(UTC)
    except ParameterError as error:
        raise SourceError(str(path), str(error)) from error


SOURCE = FolderSource("folder", Title("数据集文件夹", "dataset folder"), (MANIFEST,))
