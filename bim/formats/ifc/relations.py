"""How the instances of an IFC file hang together, gathered from its relationships in one pass over each class."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from bim.formats.ifc.opening import Entity

# Class of a relationship, attribute with what is above, attribute with what is below; the first that names a parent
# wins: a part of an assembly hangs below the assembly, though some files put it into the storey too.
_PARENTS = (
    ("IfcRelAggregates", "RelatingObject", "RelatedObjects"),
    ("IfcRelNests", "RelatingObject", "RelatedObjects"),
    ("IfcRelContainedInSpatialStructure", "RelatingStructure", "RelatedElements"),
    ("IfcRelProjectsElement", "RelatingElement", "RelatedFeatureElement"),
    ("IfcRelAdheresToElement", "RelatingElement", "RelatedSurfaceFeatures"),
)


@dataclass(frozen=True)
class Relations:
    """All by the number of the instance below: ``parents`` and ``containers`` one each, the others in file order."""

    parents: dict[int, Entity]
    containers: dict[int, Entity]
    types: dict[int, Entity]
    definitions: dict[int, list[Entity]]
    materials: dict[int, list[Entity]]
    groups: dict[int, list[Entity]]


def relations_of(file: Entity) -> Relations:
    """Gather the relationships of a file."""
    parents: dict[int, Entity] = {}
    for name, above, below in _PARENTS:
        for parent, child in pairs_of(file, name, above, below):
            parents.setdefault(child.id(), parent)
    for host, child in _fillings(file):
        parents.setdefault(child.id(), host)
    return Relations(
        parents,
        _one(file, *_PARENTS[2]),
        _one(file, "IfcRelDefinesByType", "RelatingType", "RelatedObjects"),
        _many(file, "IfcRelDefinesByProperties", "RelatingPropertyDefinition", "RelatedObjects"),
        _many(file, "IfcRelAssociatesMaterial", "RelatingMaterial", "RelatedObjects"),
        _many(file, "IfcRelAssignsToGroup", "RelatingGroup", "RelatedObjects"),
    )


def pairs_of(file: Entity, name: str, above: str, below: str) -> Iterator[tuple[Entity, Entity]]:
    """Yield each (above, below) of the relationships of a class, passing over what a broken file leaves empty."""
    for relationship in all_of(file, name):
        parent, children = getattr(relationship, above), getattr(relationship, below)
        for child in children if isinstance(children, tuple) else (children,):
            if parent is not None and child is not None:
                yield parent, child


def all_of(file: Entity, name: str) -> tuple[Entity, ...]:
    """Return the instances of a class and its subclasses; none where the schema has no such class."""
    try:
        return tuple(file.by_type(name))
    except RuntimeError:
        return ()


def _fillings(file: Entity) -> Iterator[tuple[Entity, Entity]]:
    """Yield (host, filling): the wall of a door's opening holds the door where nothing else does."""
    hosts = _one(file, "IfcRelVoidsElement", "RelatingBuildingElement", "RelatedOpeningElement")
    for opening, filling in pairs_of(file, "IfcRelFillsElement", "RelatingOpeningElement", "RelatedBuildingElement"):
        if opening.id() in hosts:
            yield hosts[opening.id()], filling


def _one(file: Entity, name: str, above: str, below: str) -> dict[int, Entity]:
    found: dict[int, Entity] = {}
    for parent, child in pairs_of(file, name, above, below):
        found.setdefault(child.id(), parent)
    return found


def _many(file: Entity, name: str, above: str, below: str) -> dict[int, list[Entity]]:
    found: defaultdict[int, list[Entity]] = defaultdict(list)
    for parent, child in pairs_of(file, name, above, below):
        found[child.id()].append(parent)
    return dict(found)
