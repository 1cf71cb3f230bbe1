"""Summaries of loads."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from layers.intake.ingest.raster_summary import RasterSummary
from layers.temporal import rfc3339


@dataclass(frozen=True)
class LayerSummary:
    """What a load did to one layer.

    ``read`` rows came in: ``new`` on the map (or back on it), ``changed`` (in the world or by correction),
    ``unchanged``, or ``older`` than the present rows, and left out; ``quarantined`` ones were not accepted.
    ``closed`` rows have vanished from the source; ``hidden`` rows of any dataset were hidden or shown again because of
    precedence.
    """

    layer: str
    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    older: int = 0
    quarantined: int = 0
    closed: int = 0
    hidden: int = 0

    @property
    def accepted(self) -> int:
        """Return how many rows came in and were compared with the map."""
        return self.new + self.changed + self.unchanged + self.older

    @property
    def touched(self) -> bool:
        """Tell whether the load changed the layer."""
        return any((self.new, self.changed, self.closed, self.hidden))


@dataclass(frozen=True)
class LoadSummary:
    """What a load did, layer by layer; ``notes`` are sentences on what was left out or repaired.

    ``accuracy_m`` is the accuracy of the transformation from ``source_crs`` to the map, and ``placement`` the result of
    the comparison with the map. ``codes`` were assigned at once, by layer, or the job ``codes_job`` assigns them later.
    """

    load_id: int
    dataset: str
    path: str
    date: datetime
    seconds: float
    layers: tuple[LayerSummary, ...]
    notes: tuple[str, ...] = ()
    source_crs: str | None = None
    accuracy_m: float | None = None
    placement: dict[str, Any] | None = None
    rasters: tuple[RasterSummary, ...] = ()
    codes_job: int | None = None
    codes: tuple[dict[str, Any], ...] = ()

    @property
    def read(self) -> int:
        """Return how many rows came in."""
        return sum(layer.read for layer in self.layers)

    @property
    def quarantined(self) -> int:
        """Return how many rows were not accepted."""
        return sum(layer.quarantined for layer in self.layers)

    def json(self) -> dict[str, Any]:
        """Return the summary as JSON."""
        return asdict(self) | {
            "date": rfc3339(self.date),
            "notes": list(self.notes),
            "read": self.read,
            "quarantined": self.quarantined,
        }
