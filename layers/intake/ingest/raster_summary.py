"""What a load of a raster did, or would do."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

# New: the raster, or another state of it, is new. Corrected: a different state of the same date is replaced.
Outcome = Literal["new", "corrected", "unchanged"]


@dataclass(frozen=True)
class RasterSummary:
    """What a load did to a raster; ``bytes`` is the size of the stored file."""

    raster: str
    outcome: Outcome
    kind: str
    width: int
    height: int
    bands: int
    bytes: int
    resampling: str


@dataclass(frozen=True)
class RasterPreview:
    """What a load would do; ``bounds`` are degrees of the map, ``pixel_m`` metres on the ground."""

    raster: str
    title: dict[str, str]
    kind: str
    format: str
    width: int
    height: int
    source_crs: str
    crs: str
    accuracy_m: float | None
    bounds: tuple[float, float, float, float]
    pixel_m: tuple[float, float]
    bands: tuple[dict[str, Any], ...]
    style: dict[str, Any]
    resampling: dict[str, str]
    dataset: str
    notes: tuple[str, ...]

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)
