"""A format of files with observations."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from layers.title import Title
from twin.sensing.files.mapping import Mapping
from twin.sensing.files.series import ObservationFile


@dataclass(frozen=True)
class Format(ABC):
    """Opens files with these suffixes."""

    id: str
    title: Title
    suffixes: tuple[str, ...]

    @abstractmethod
    def open(self, path: Path, mapping: Mapping) -> ObservationFile:
        """Look into a file. Raises SourceError for one that is none of this format, or says too little."""
