"""Where IFC's local placements put the origins of instances."""

import numpy as np
from ifcopenshell.util.placement import get_local_placement
from numpy.typing import NDArray

from bim.formats.ifc.opening import Entity

Point = tuple[float, float, float]
Direction = tuple[float, float]


def origin_of(entity: Entity, length: float) -> Point:
    """Return the origin of an instance in the frame of the model, metres; ``length`` is the metres of a file unit."""
    x, y, z = (float(number) * length for number in _matrix(entity)[:3, 3])
    return x, y, z


def axis_of(entity: Entity) -> Direction:
    """Return the direction of the x-axis of an instance in the plane of the model."""
    x, y = (float(number) for number in _matrix(entity)[:2, 0])
    return x, y


def _matrix(entity: Entity) -> NDArray[np.float64]:
    placement = getattr(entity, "ObjectPlacement", None)
    if placement is None or not placement.is_a("IfcLocalPlacement"):
        return np.eye(4)
    return np.asarray(get_local_placement(placement), np.float64)
