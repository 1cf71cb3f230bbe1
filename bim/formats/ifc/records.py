"""The records of an IFC file: its elements, parents before children."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bim.formats.ifc.classes import discipline_of, kind_of
from bim.formats.ifc.materials import materials_of
from bim.formats.ifc.opening import Entity, following_schema, place_of
from bim.formats.ifc.openings import open_sides
from bim.formats.ifc.placements import origin_of
from bim.formats.ifc.properties import Definitions
from bim.formats.ifc.relations import Relations
from bim.formats.ifc.units import Units
from bim.model import Element
from layers.errors import SourceError

_VAGUE = frozenset({None, "", "NOTDEFINED"})


@dataclass(frozen=True)
class Records:
    """``entities`` and ``elements`` in the same order, parents before children."""

    entities: tuple[Entity, ...]
    elements: tuple[Element, ...]


def records_of(path: Path, file: Entity, units: Units, relations: Relations, definitions: Definitions) -> Records:
    """Read all elements; raises SourceError for one without a GlobalId, and for two of one GlobalId."""
    found = [entity for entity in file.by_type("IfcProduct") if kind_of(entity)]
    _check_ids(path, found)
    tree = Tree.of(found, relations)
    entities = tuple(tree.downwards())
    reader = _Reader(tree, units, relations, definitions, open_sides(file))
    elements = []
    for entity in entities:
        with following_schema(path, entity):
            elements.append(reader.element(entity))
    return Records(entities, tuple(elements))


@dataclass(frozen=True)
class Tree:
    """Elements by their number in the file, and the number of the parent of each; no circles."""

    entities: dict[int, Entity]
    parents: dict[int, int | None]
    containers: dict[int, int]

    @classmethod
    def of(cls, entities: Iterable[Entity], relations: Relations) -> "Tree":
        """Hang elements below each other; a parent without a record (the project) counts as none."""
        known = {entity.id(): entity for entity in entities}
        parents: dict[int, int | None] = {}
        for number in known:
            parent = relations.parents.get(number)
            parents[number] = parent.id() if parent is not None and parent.id() in known else None
        for number in known:
            _cut_circle(parents, number)
        held = {child: above.id() for child, above in relations.containers.items() if above.id() in known}
        return cls(known, parents, held)

    def downwards(self) -> Iterator[Entity]:
        """Yield the elements, parents before children, otherwise in the order of the file."""
        children: defaultdict[int | None, list[int]] = defaultdict(list)
        for number, parent in self.parents.items():
            children[parent].append(number)
        waiting = children[None][::-1]
        while waiting:
            number = waiting.pop()
            yield self.entities[number]
            waiting.extend(reversed(children[number]))

    def parent(self, entity: Entity) -> Entity | None:
        """Return what contains an element or what it is a part of."""
        above = self.parents[entity.id()]
        return None if above is None else self.entities[above]

    def storey(self, entity: Entity) -> Entity | None:
        """Return the nearest storey going up; else that which the element itself is contained in."""
        number: int | None = self.parents[entity.id()]
        while number is not None:
            if kind_of(self.entities[number]) == "storey":
                return self.entities[number]
            number = self.parents[number]
        held = self.entities.get(self.containers.get(entity.id(), 0))
        return held if held is not None and kind_of(held) == "storey" else None


@dataclass(frozen=True)
class _Reader:
    """Makes the record of one instance after the other."""

    tree: Tree
    units: Units
    relations: Relations
    definitions: Definitions
    open_sides: Mapping[int, Mapping[str, str]]

    def element(self, entity: Entity) -> Element:
        """Return the record of an instance."""
        kind = kind_of(entity)
        if kind is None:
            raise ValueError(f"{entity} has no record")
        properties, quantities = self.definitions.of(entity)
        family = self.relations.types.get(entity.id())
        return Element(
            id=entity.GlobalId,
            kind=kind,
            type=entity.is_a(),
            name=entity.Name or "",
            long_name=getattr(entity, "LongName", None) or "",
            type_name=(family.Name if family else None) or entity.ObjectType or "",
            predefined_type=_predefined(entity, family),
            tag=getattr(entity, "Tag", None) or "",
            discipline=discipline_of(entity.file.schema_identifier, entity.is_a()),
            parent=_id(self.tree.parent(entity)),
            storey=_id(self.tree.storey(entity)),
            elevation_m=self._elevation(entity) if kind == "storey" else None,
            properties=properties,
            quantities=quantities,
            materials=materials_of(entity, self.relations),
            systems=self._systems(entity),
            open_to=self.open_sides.get(entity.id(), {}),
        )

    def _systems(self, entity: Entity) -> tuple[str, ...]:
        """Return the names of the systems and zones that it belongs to."""
        groups = self.relations.groups.get(entity.id(), ())
        # A zone is a system from IFC4 on only.
        kept = [group for group in groups if group.is_a("IfcSystem") or group.is_a("IfcZone")]
        return tuple(dict.fromkeys(group.Name or group.GlobalId for group in kept))

    def _elevation(self, storey: Entity) -> float:
        """Return the height of a storey above the origin of the model, metres.

        Its placement counts. Some programs leave that at the building's and write the attribute alone, which counts
        from the building.
        """
        z = origin_of(storey, self.units.length)[2]
        parent = self.tree.parent(storey)
        base = origin_of(parent, self.units.length)[2] if parent is not None else 0.0
        stated = getattr(storey, "Elevation", None)
        return base + stated * self.units.length if stated and z == base else z


def _id(entity: Entity | None) -> str | None:
    return None if entity is None else str(entity.GlobalId)


def _predefined(entity: Entity, family: Entity | None) -> str:
    """Return the predefined type, of the instance or of its type; what a user has defined by its own name."""
    # Stairs, ramps and roofs of IFC2X3 call theirs a shape.
    own = getattr(entity, "PredefinedType", None) or getattr(entity, "ShapeType", None)
    if own == "USERDEFINED":
        return str(entity.ObjectType or own)
    if own not in _VAGUE:
        return str(own)
    of_type = getattr(family, "PredefinedType", None)
    if of_type == "USERDEFINED":
        return str(getattr(family, "ElementType", None) or of_type)
    return str(of_type if of_type not in _VAGUE else own or "")


def _cut_circle(parents: dict[int, int | None], start: int) -> None:
    """Let an element that is above itself have no parent."""
    seen = {start}
    number = parents[start]
    while number is not None:
        if number == start:
            parents[start] = None
            return
        if number in seen:
            return
        seen.add(number)
        number = parents[number]


def _check_ids(path: Path, entities: Iterable[Entity]) -> None:
    """Raise SourceError for an element without a GlobalId, or for two of one."""
    first: dict[str, Entity] = {}
    for entity in entities:
        key = entity.GlobalId
        if not key:
            raise SourceError(
                str(path), f"this {entity.is_a()} has no GlobalId; export the model again", place_of(path, entity)
            )
        if key in first:
            other = place_of(path, first[key])
            raise SourceError(
                str(path),
                f"the {entity.is_a()} has the GlobalId {key}, and the {first[key].is_a()} on {other} has it too",
                place_of(path, entity),
            )
        first[key] = entity
