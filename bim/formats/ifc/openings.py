"""What joins two rooms without a door: openings of walls that nothing fills, and sides that rooms share openly."""

from collections import defaultdict
from collections.abc import Iterator

from bim.formats.ifc.opening import Entity
from bim.formats.ifc.relations import all_of, pairs_of


def unfilled(file: Entity) -> Iterator[tuple[Entity, Entity]]:
    """Yield (wall, opening) of the openings of walls that are to be walked through: those that nothing fills."""
    filled = {
        opening.id()
        for opening, _ in pairs_of(file, "IfcRelFillsElement", "RelatingOpeningElement", "RelatedBuildingElement")
    }
    voids = pairs_of(file, "IfcRelVoidsElement", "RelatingBuildingElement", "RelatedOpeningElement")
    for host, opening in voids:
        # A recess does not go through.
        recess = getattr(opening, "PredefinedType", None) == "RECESS"
        if host.is_a("IfcWall") and opening.id() not in filled and opening.Representation is not None and not recess:
            yield host, opening


def open_sides(file: Entity) -> dict[int, dict[str, str]]:
    """Return by the number of a room those that it shares a virtual boundary with, and the GlobalId of that.

    Rooms share one where their boundaries correspond (IFC4, second level), or are of one IfcVirtualElement.
    """
    rooms: dict[int, Entity] = {}
    shared: defaultdict[str, list[int]] = defaultdict(list)
    for boundary in all_of(file, "IfcRelSpaceBoundary"):
        room = boundary.RelatingSpace
        if boundary.PhysicalOrVirtualBoundary == "VIRTUAL" and room is not None and room.is_a("IfcSpace"):
            rooms[room.id()] = room
            for key in _keys(boundary):
                shared[key].append(room.id())
    found: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for key, numbers in shared.items():
        for one in numbers:
            found[one].update({rooms[other].GlobalId: key for other in numbers if other != one})
    return dict(found)


def _keys(boundary: Entity) -> Iterator[str]:
    """Yield what a boundary is known by on both of its sides."""
    element = boundary.RelatedBuildingElement
    if element is not None and element.is_a("IfcVirtualElement"):
        yield str(element.GlobalId)
    other = getattr(boundary, "CorrespondingBoundary", None)
    if other is not None:
        yield min(boundary.GlobalId, other.GlobalId)
    for back in getattr(boundary, "Corresponds", None) or ():
        yield min(boundary.GlobalId, back.GlobalId)
