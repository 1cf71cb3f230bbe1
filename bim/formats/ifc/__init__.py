"""IFC 2X3, 4 and 4X3 in the plain text of ISO 10303-21.

Elements are the sites, buildings, storeys and spaces of a file and every IfcElement that takes nothing away from
another: openings have no record. IFC 4X3's other facilities (IfcBridge) count as buildings, their parts as storeys.
An IfcVirtualElement, the imagined border between two spaces, has a record and no shape.
"""

from dataclasses import dataclass
from pathlib import Path

from bim.reading import ModelFormat, ModelReading, ReadOptions


@dataclass(frozen=True)
class IfcFormat(ModelFormat):
    """Reads records at once, and shapes in processes of their own."""

    def open(self, path: Path, options: ReadOptions) -> ModelReading:
        """Read all but the shapes; raises SourceError, naming the place, when the file cannot be read."""
        # The library takes a quarter of a second, which those who read other formats do not wait for.
        from bim.formats.ifc.reading import open_ifc

        return open_ifc(path, options)


FORMAT = IfcFormat("ifc", (".ifc",))
