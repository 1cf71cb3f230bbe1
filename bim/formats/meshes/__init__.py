"""Meshes without records: binary and textual glTF 2.0, and Wavefront OBJ; each node or group is an element.

Both know metres only. The y-axis of glTF is turned up to z; OBJ does not say which axis is up, and z is taken. Neither
says where it stands: that is said by hand. Only what is in the file itself is read, never another that it names.
"""

from dataclasses import dataclass
from pathlib import Path

from bim.formats.meshes.gltf import open_gltf
from bim.formats.meshes.obj import open_obj
from bim.reading import ModelFormat, ModelReading, ReadOptions


@dataclass(frozen=True)
class MeshFormat(ModelFormat):
    """Reads files whole, into arrays."""

    def open(self, path: Path, options: ReadOptions) -> ModelReading:
        """Read it; raises SourceError, naming the place, when the file cannot be read."""
        return (open_obj if path.name.lower().endswith(".obj") else open_gltf)(path, options)


FORMAT = MeshFormat("meshes", (".glb", ".gltf", ".obj"))
