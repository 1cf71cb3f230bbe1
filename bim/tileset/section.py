"""Planes that a model is cut by, to be looked into: at a height, or upright across the map 剖切."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bim.georeference import Placement
from layers.errors import ParameterError

Floats = NDArray[np.float64]
_FARTHEST_M = 10_000.0


@dataclass(frozen=True)
class Plane:
    """A plane in a frame: what lies beyond it, where the product with ``normal`` is more than ``distance``, is gone."""

    normal: tuple[float, float, float]
    distance: float

    @classmethod
    def level(cls, z: float) -> "Plane":
        """Return the plane at a height: what lies over it is gone."""
        return cls((0.0, 0.0, 1.0), z)

    def along(self, points: Floats) -> Floats:
        """Return how far points (…, 3) are beyond the plane, in lengths of the normal."""
        return np.asarray(points @ np.array(self.normal) - self.distance)

    def about(self, origin: Sequence[float]) -> "Plane":
        """Return the same plane in a frame whose origin is at a point of this one."""
        return Plane(self.normal, self.distance - float(np.dot(self.normal, origin)))

    def lifted(self, metres: float) -> "Plane":
        """Return the plane so much higher."""
        return Plane(self.normal, self.distance + self.normal[2] * metres)

    def cuts_away(self, box: Sequence[float]) -> bool:
        """Tell whether nothing of a box (least and greatest x, y, z) is left."""
        corners = np.array(list(product(*zip(box[:3], box[3:], strict=True))))
        return bool((self.along(corners) >= 0).all())


@dataclass(frozen=True)
class Section:
    """An upright cut: what lies more than ``offset_m`` from the anchor of the model towards ``azimuth_deg`` is gone.

    The azimuth is from true north, clockwise.
    """

    azimuth_deg: float
    offset_m: float

    @classmethod
    def parse(cls, parameter: str, text: str) -> "Section":
        """Read ``azimuth,offset``: degrees and metres; raises ParameterError for anything else."""
        try:
            azimuth, offset = (float(part) for part in text.split(","))
        except ValueError:
            raise ParameterError(parameter, f"{text[:60]!r} is not azimuth,offset in degrees and metres") from None
        if not (-360 <= azimuth <= 360 and abs(offset) <= _FARTHEST_M):
            raise ParameterError(
                parameter, f"{text[:60]!r}: degrees from -360 to 360, metres up to {_FARTHEST_M:,.0f} from the anchor"
            )
        return cls(azimuth, offset)

    def plane(self, placement: Placement) -> Plane:
        """Return it in the frame of a model."""
        angle = math.radians(self.azimuth_deg)
        normal, distance = placement.plane((math.sin(angle), math.cos(angle), 0.0), self.offset_m)
        return Plane(normal, distance)


def planes_of(placement: Placement, cut_m: float | None, section: Section | None) -> tuple[Plane, ...]:
    """Return the planes of a cut at a height over the model's zero and of an upright one, in the frame of the model."""
    level = () if cut_m is None else (Plane.level(cut_m),)
    return level if section is None else (*level, section.plane(placement))


def all_cut_away(planes: Iterable[Plane], box: Sequence[float]) -> bool:
    """Tell whether some plane leaves nothing of a box."""
    return any(plane.cuts_away(box) for plane in planes)
