"""What an address of SensorThings leads to, followed from its first part to its last."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from layers.errors import NotFound, ParameterError
from twin.sensing.entities.description import Entity, Link
from twin.sensing.entities.model import BY_SET, entity_of_set
from twin.sensing.entities.reading import Node, Start, read_one, read_page
from twin.sensing.entities.view import View
from twin.sensing.query import Options, Path, Segment

_PLAIN = Options()


@dataclass(frozen=True)
class Target:
    """A set (``number`` is None), an entity, or within it what ``names`` lead to; ``start`` is where a link began."""

    entity: Entity
    number: Any = None
    start: Start | None = None
    names: tuple[str, ...] = ()

    @property
    def is_set(self) -> bool:
        """Tell whether this is a set."""
        return self.number is None


def follow(connection: Connection, view: View, path: Path, sets: Mapping[str, Entity] = BY_SET) -> Target:
    """Return what an address leads to; raises NotFound where it leads to nothing, or to nothing to be seen."""
    first, *rest = path.segments
    target = Target(entity_of_set(first.name, sets), first.id)
    for place, segment in enumerate(rest):
        if target.is_set:
            raise ParameterError(
                "path", f"{target.entity.set} is a set; take one of it, such as {target.entity.set}(1)"
            )
        node = read_one(connection, view, target.entity, target.number, _PLAIN, target.start)
        link = node.entity.link(segment.name)
        if link is None:
            return _property(target, rest[place:])
        target = _along(connection, view, node, link, segment)
    return target


def _along(connection: Connection, view: View, node: Node, link: Link, segment: Segment) -> Target:
    entity, start = node.entity.kin[link.target], Start(link, node.row)
    if link.many:
        return Target(entity, segment.id, start)
    if segment.id is not None:
        raise ParameterError("path", f"{link.name} is one entity and takes no number")
    found = read_page(connection, view, entity, Options(top=1), start).nodes
    if not found:
        raise NotFound(f"{node.entity.type} {node.row['_id']} has no {link.name}")
    return Target(entity, found[0].row["_id"], start)


def _property(target: Target, rest: list[Segment]) -> Target:
    names = tuple(segment.name for segment in rest)
    known = target.entity.property(names[0]) is not None or names in (("id",), ("@iot.id",))
    if not known or any(segment.id is not None for segment in rest):
        raise NotFound(f"{target.entity.type} has no {names[0][:40]!r}")
    return Target(target.entity, target.number, target.start, names)
