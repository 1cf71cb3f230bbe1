"""Where IFC's local placements put the origins of instances."""

from ifcopenshell.util.placement import get_local_placement

from bim.formats.ifc.opening import Entity

Point = tuple[float, float, float]


def origin_of(entity: Entity, length: float) -> Point:
    """Return the origin of an instance in the frame of the model, metres; ``length`` is the metres of a file unit."""
    placement = getattr(entity, "ObjectPlacement", None)
    if placement is None or not placement.is_a("IfcLocalPlacement"):
        return 0.0, 0.0, 0.0
    x, y, z = (float(number) * length for number in get_local_placement(placement)[:3, 3])
    return x, y, z
