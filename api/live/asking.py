"""What a request for changes asks for."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from layers.errors import ParameterError
from layers.numbers import parse_whole, parse_wholes
from layers.query import parse_bbox
from twin.sensing.live import MOST_WATCHED, Watch

_LONGEST_S = 24 * 3600
_MOST_LETTERS = 100


@dataclass(frozen=True)
class ChangesParameters:
    """Which datastreams, and for how long."""

    bbox: Annotated[str | None, Query(description="west,south,east,north in degrees, longitude first")] = None
    category: Annotated[str | None, Query(description="of things of this category only")] = None
    datastreams: Annotated[
        str | None, Query(description=f"of datastreams of these numbers only, at most {MOST_WATCHED}: 1,2,3")
    ] = None
    lasting: Annotated[
        str | None, Query(description="end after so many seconds; 0: tell what there is now, and end")
    ] = None

    def watch(self) -> Watch:
        """Return what is watched."""
        if self.category is not None and len(self.category) > _MOST_LETTERS:
            raise ParameterError("category", f"it has more than {_MOST_LETTERS} characters; no category is so long")
        box = None if self.bbox is None else parse_bbox(self.bbox)
        numbers = None
        if self.datastreams is not None:
            numbers = frozenset(parse_wholes("datastreams", self.datastreams, MOST_WATCHED))
        return Watch(box, self.category, numbers)

    def lasting_s(self) -> float | None:
        """Return for how many seconds, or None where nothing is said."""
        if self.lasting is None:
            return None
        return parse_whole("lasting", self.lasting, most=_LONGEST_S)
