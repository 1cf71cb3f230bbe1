"""A model examined before it is loaded: what a delivery specification finds, and what we find ourselves."""

from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.checking import IdsReport
from bim.formats import open_model
from bim.georeference import LocateOptions
from bim.ingest.delivery import check_ids
from bim.ingest.elements import Elements, count
from bim.ingest.load import measure
from bim.ingest.place import place
from bim.ingest.spool import Spool
from bim.ingest.summary import defect_json, georeference_json
from bim.model import Defect
from bim.reading import ModelReading, ReadOptions
from layers.errors import SourceError
from layers.ops.jobs import Progress


@dataclass
class Examination:
    """What was found: by the specification, in the shapes, and of the place; ``notes`` are what was odd."""

    path: str
    schema: str
    counts: dict[str, int]
    ids: IdsReport | None = None
    defects: list[Defect] = field(default_factory=list)
    georeference: dict[str, Any] | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Tell whether no specification fails."""
        return self.ids is None or self.ids.passed

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "file": Path(self.path).name,
            "schema": self.schema,
            "passed": self.passed,
            "counts": self.counts,
            "ids": None if self.ids is None else self.ids.json(),
            "defects": [defect_json(defect) for defect in self.defects],
            "georeference": self.georeference,
            "notes": self.notes,
        }


def examine(
    path: Path, specification: Path | None, options: ReadOptions, progress: Progress, *, shapes: bool = True
) -> Examination:
    """Examine a model file; without ``shapes`` none are made, so that neither their defects nor the place are known."""
    report = None if specification is None else check_ids(path, specification)
    progress.report(0, None, f"reading {path.name}")
    with closing(open_model(path, replace(options, shapes_follow=shapes))) as model:
        found = Examination(str(path), model.schema, count(model.elements), report)
        found.notes += [*model.statement.notes, *model.header.get("notes", ())]
        if shapes:
            _add_shapes(found, model, progress)
    return found


def _add_shapes(found: Examination, model: ModelReading, progress: Progress) -> None:
    with closing(Spool()) as spool:
        try:
            elements = measure(model, spool, progress)
            found.defects = elements.defects
            found.georeference = georeference_json(place(model, _corners(elements), LocateOptions()))
        except SourceError as error:
            # Without a shape, or a place, nothing of it could be loaded: that is a finding, and the rest still counts.
            found.notes.append(str(error))


def _corners(elements: Elements) -> NDArray[np.float64]:
    boxes = np.array([each.shape.box for each in elements.measured.values()])
    return np.array([boxes[:, :3].min(axis=0), boxes[:, 3:].max(axis=0)])
