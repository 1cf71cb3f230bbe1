"""CityJSON 1.0, 1.1 and 2.0, and CityJSONSeq, the text of a document and one feature a line; packed by gzip or not.

Every CityObject is an element. Coordinates are those of the map, east before north whatever the order of axes of the
reference system is: so does all software that writes the format. Of an object's shapes the most detailed are taken.
"""

from dataclasses import dataclass
from pathlib import Path

from bim.formats.cityjson.reading import open_cityjson
from bim.reading import ModelFormat, ModelReading, ReadOptions


@dataclass(frozen=True)
class CityJsonFormat(ModelFormat):
    """Reads documents whole, into arrays."""

    def open(self, path: Path, options: ReadOptions) -> ModelReading:
        """Read all but the triangles; raises SourceError, naming the place, when the file cannot be read."""
        return open_cityjson(path, options)


FORMAT = CityJsonFormat("cityjson", (".city.json", ".json", ".json.gz", ".jsonl", ".jsonl.gz"))
