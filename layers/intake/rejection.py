"""Rows that are not accepted: the original with every reason, so that it can be repaired."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from layers.title import Title

# Reasons beside the rules of a layer: defects that keep a row from being read at all.
GEOMETRY_MISSING = "geometry.missing"
GEOMETRY_UNREADABLE = "geometry.unreadable"
GEOMETRY_INVALID = "geometry.invalid"
GEOMETRY_TYPE = "geometry.type"
GEOMETRY_PLACE = "geometry.place"
VALUE_TYPE = "value.type"
KEY_MISSING = "key.missing"
KEY_UNIQUE = "key.unique"
ROW_UNREADABLE = "row.unreadable"


class Reason(NamedTuple):
    """Why a row is refused: the rule that it breaks, a sentence, and the position (degrees, EPSG:4490), if known."""

    rule: str
    message: Title
    at: tuple[float, float] | None = None

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"rule": self.rule, "message": self.message.json(), "at": None if self.at is None else list(self.at)}


@dataclass(frozen=True)
class RejectedRow:
    """One row that is not accepted.

    ``source_key`` is None where no key could be read. ``properties`` are those of the file, and ``geometry`` is what
    the file has: WKB in the file's CRS, or text that is no geometry. ``map_wkb`` is the same as WKB in
    EPSG:4490, where it can be converted.
    """

    layer: str
    place: str
    reasons: tuple[Reason, ...]
    source_key: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    geometry: bytes | str | None = None
    map_wkb: bytes | None = None

    @property
    def summary(self) -> str:
        """Return the place and the reasons in one line."""
        return f"{self.place}: {'; '.join(reason.message.en for reason in self.reasons)}"

    @property
    def lacks_only_geometry(self) -> bool:
        """Tell whether a missing geometry is its only defect, which is no sign of a misread file."""
        return all(reason.rule == GEOMETRY_MISSING for reason in self.reasons)
