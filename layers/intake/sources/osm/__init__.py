"""OpenStreetMap files, XML or PBF, plain or packed."""

from dataclasses import dataclass
from pathlib import Path

from layers.intake.source import Reading, Source, SourceOptions
from layers.intake.sources.osm.reading import open_osm
from layers.registry import Registry
from layers.title import Title


@dataclass(frozen=True)
class OsmSource(Source):
    """Reads nodes, ways and multipolygon relations into the built-in layers."""

    def open(self, path: Path, options: SourceOptions, registry: Registry) -> Reading:
        """Look through the file once, for its date, its bounds and the number of its objects."""
        return open_osm(path, options, registry)


SOURCE = OsmSource(
    "osm",
    Title("OpenStreetMap 文件", "OpenStreetMap file"),
    (".osm", ".osm.gz", ".osm.bz2", ".osm.pbf", ".pbf"),
)
