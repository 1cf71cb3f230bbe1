"""The options of a load of a model."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bim.georeference import LocateOptions
from bim.ingest.place import Footprint
from bim.reading import ReadOptions
from layers.errors import ParameterError
from layers.grades import Grade

_MODEL = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")


@dataclass(frozen=True)
class ModelOptions:
    """The model of which this is a version, the instant that it describes, its grade, and how it is read and placed.

    A ``footprint`` goes before ``place``. ``ids`` is a delivery specification; what fails it is a defect, or, where the
    reading is strict, refuses the model. ``scheme`` is the design scheme that it is of; without it is what there is.
    Without ``corrected`` a correction by hand of a former version is not kept.
    """

    model: str | None = None
    date: datetime | None = None
    grade: Grade = Grade.OPEN
    principal: str = "local"
    read: ReadOptions = field(default_factory=ReadOptions)
    place: LocateOptions = field(default_factory=LocateOptions)
    footprint: Footprint | None = None
    ids: Path | None = None
    scheme: str = ""
    corrected: bool = True

    def __post_init__(self) -> None:
        """Raise ParameterError for an id that cannot be one."""
        if self.model is not None:
            require_id("model", self.model)


def require_id(parameter: str, text: str) -> None:
    """Raise ParameterError for an id that cannot be one."""
    if not _MODEL.fullmatch(text):
        raise ParameterError(parameter, f"{text!r} is not an id: lower-case letters, digits, and _ . - after the first")


def model_id(name: str) -> str:
    """Return an id made from a file's name: ``AC20-FZK-Haus.ifc`` is ac20-fzk-haus."""
    stem = re.sub(r"[^a-z0-9]+", "-", name.lower().split(".")[0]).strip("-")
    return stem[:60] or "model"
