"""A dataset in a folder: ``dataset.json`` describes it, and each layer is a GeoJSON file named by its id."""

import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from layers.errors import ParameterError, SourceError
from layers.intake.source import DatasetFacts, Original, Reading, Row, Source, SourceOptions
from layers.intake.sources.geojson import DEFAULT_CRS, GeoJsonFeed
from layers.intake.vector.reading import VectorReading, open_vector
from layers.registry import Registry
from layers.space.crs import accuracy_m, crs_name, parse_crs
from layers.temporal import parse_instant
from layers.title import Title

MANIFEST = "dataset.json"


@dataclass(frozen=True)
class FolderSource(Source):
    """Reads all layers of a dataset in one load."""

    def recognises(self, path: Path) -> bool:
        """Tell whether there is a dataset.json in the folder."""
        return (path / MANIFEST).is_file()

    def open(self, path: Path, options: SourceOptions, registry: Registry) -> Reading:
        """Read the manifest and survey each file."""
        manifest = _manifest(path / MANIFEST)
        names = [str(name) for name in manifest["layers"] if options.layer in (None, name)]
        if not names:
            raise SourceError(str(path), f"it has no layer {options.layer!r}, only {', '.join(manifest['layers'])}")
        crs = str(options.crs or manifest.get("crs") or DEFAULT_CRS)
        frame = parse_crs(crs, grids=options.grids)
        part_options = SourceOptions(crs=crs, grids=options.grids)
        parts = [_open_part(path / f"{name}.geojson", name, part_options, registry) for name in names]
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

    def originals(self, ordinals: Mapping[str, Set[int]]) -> Iterator[tuple[str, int, Original]]:
        """Read again the files of the requested layers."""
        for part in self.parts:
            if any(ordinals.get(layer.id) for layer in part.layers):
                yield from part.originals(ordinals)

    def _before(self, part: VectorReading) -> int:
        return sum(other.total or 0 for other in self.parts[: self.parts.index(part)])


def _open_part(path: Path, name: str, options: SourceOptions, registry: Registry) -> VectorReading:
    if not path.is_file():
        raise SourceError(str(path), f"{MANIFEST} names the layer {name}, but there is no such file")
    return open_vector(GeoJsonFeed(path), name, replace(options, layer=name), registry)


def _manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SourceError(str(path), f"this is not JSON ({error})") from error
    missing = {"id", "title_zh", "title_en", "layers"} - set(manifest if isinstance(manifest, dict) else ())
    if missing:
        raise SourceError(str(path), f"it lacks {', '.join(sorted(missing))}")
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
    date = manifest.get("date")
    try:
        return None if date is None else parse_instant(str(date)).astimezone(UTC)
    except ParameterError as error:
        raise SourceError(str(path), str(error)) from error


SOURCE = FolderSource("folder", Title("数据集文件夹", "dataset folder"), (MANIFEST,))
