"""Entities as documents of SensorThings 1.1."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from layers.errors import ParameterError
from layers.temporal import rfc3339
from twin.sensing.entities.description import Entity, Property
from twin.sensing.entities.model import BY_TYPE
from twin.sensing.entities.reading import Node, Page, Row
from twin.sensing.query import Expand, Options, query_of
from twin.sensing.reading import from_double

Json = dict[str, Any]
# Present in every observation, though mostly null.
_ALWAYS = frozenset({"resultTime"})


@dataclass(frozen=True)
class Words:
    """What a version of the standard calls what is told of an entity besides its properties."""

    id: str = "@iot.id"
    own: str = "@iot.selfLink"
    link: str = "@iot.navigationLink"
    count: str = "@iot.count"
    following: str = "@iot.nextLink"
    # Whether a time with an end is an object of two instants, or a text ``a/b``.
    spans: bool = False


@dataclass(frozen=True)
class Writer:
    """Writes documents of the service whose root is at this address, without a slash at its end."""

    root: str
    words: Words = Words()

    def address(self, entity: Entity, number: Any) -> str:
        """Return the address of an entity."""
        return f"{self.root}/{entity.set}({number})"

    def page(self, page: Page, options: Options, following: str | None) -> Json:
        """Return a set; ``following`` is the address of its next page."""
        told: Json = {} if page.count is None else {self.words.count: page.count}
        if following is not None:
            told[self.words.following] = following
        return told | {"value": [self.entity(node, options) for node in page.nodes]}

    def references(self, page: Page, following: str | None) -> Json:
        """Return the addresses of the entities of a set."""
        told: Json = {} if following is None else {self.words.following: following}
        refs = [{self.words.own: self.address(node.entity, node.row["_id"])} for node in page.nodes]
        return told | {"value": refs}

    def entity(self, node: Node, options: Options) -> Json:
        """Return an entity with what is selected and expanded of it."""
        entity, number = node.entity, node.row["_id"]
        own = self.address(entity, number)
        told: Json = {self.words.id: number, self.words.own: own}
        for one in entity.properties:
            value = value_of(one, node.row, spans=self.words.spans)
            if value is not None or one.name in _ALWAYS:
                told[one.name] = value
        expanded = {one.link: one for one in options.expand}
        for link in entity.links:
            if link.name not in expanded:
                told[f"{link.name}{self.words.link}"] = f"{own}/{link.name}"
        kept = told if not options.select else _selected(told, entity, options, self.words)
        for name, wanted in expanded.items():
            kept |= self._expanded(node, own, name, wanted)
        return kept

    def _expanded(self, node: Node, own: str, name: str, one: Expand) -> Json:
        page, link = node.expanded[name], node.entity.require_link(name, "$expand")
        if not link.many:
            return {name: self.entity(page.nodes[0], one.options)} if page.nodes else {}
        told: Json = {} if page.count is None else {f"{name}{self.words.count}": page.count}
        told[name] = [self.entity(inner, one.options) for inner in page.nodes]
        if page.following is not None:
            query = query_of(replace(one.options, skip=None, skip_token=page.following))
            told[f"{name}{self.words.following}"] = f"{own}/{name}?{urlencode(query, safe='$')}"
        return told


def _selected(told: Json, entity: Entity, options: Options, words: Words) -> Json:
    kept: Json = {}
    for one in options.select:
        name = one.steps[0]
        key = {"id": words.id}.get(name, name)
        if entity.link(name) is not None:
            key = f"{name}{words.link}"
        elif entity.property(name) is None and key not in (words.id, words.own):
            raise ParameterError("$select", f"{entity.type} has no property {name[:40]!r}")
        if key in told:
            kept[key] = told[key]
    return kept


def value_of(one: Property, row: Row, *, spans: bool = False) -> Any:
    """Return the value of a property as JSON; ``spans`` as ``Words`` says."""
    value = row[one.column]
    if one.kind == "interval":
        end = row[one.more]
        if spans and value is not None:
            return {"start": rfc3339(value)} | ({} if end is None else {"end": rfc3339(end)})
        return None if value is None else rfc3339(value) if end is None else f"{rfc3339(value)}/{rfc3339(end)}"
    if one.kind == "result":
        return row[one.more] if value is None else from_double(value)
    return rfc3339(value) if isinstance(value, datetime) else value


def next_query(query: Sequence[tuple[str, str]], token: str) -> str:
    """Return the query of a next page."""
    kept = [(name, value) for name, value in query if name not in ("$skip", "$skiptoken")]
    return urlencode([*kept, ("$skiptoken", token)], safe="$")


COMPONENTS = (
    "id", "phenomenonTime", "result", "resultTime", "resultQuality", "validTime", "parameters",
)  # fmt: skip


def data_array(page: Page, writer: Writer, select: Sequence[str], following: str | None) -> Json:
    """Return observations as arrays, one for each datastream that they are of."""
    components = list(select) or list(COMPONENTS)
    wrong = next((name for name in components if name not in COMPONENTS), None)
    if wrong is not None:
        raise ParameterError("$select", f"{wrong[:40]!r} is none of {', '.join(COMPONENTS)}, which an array can have")
    told: Json = {} if page.count is None else {"@iot.count": page.count}
    if following is not None:
        told["@iot.nextLink"] = following
    return told | {"value": list(_arrays(page, writer, components))}


def _arrays(page: Page, writer: Writer, components: Sequence[str]) -> Iterator[Json]:
    streams: dict[int, list[list[Any]]] = {}
    for node in page.nodes:
        streams.setdefault(node.row["_datastream"], []).append([_component(node, name) for name in components])
    for stream, values in streams.items():
        address = writer.address(BY_TYPE["Datastream"], stream)
        yield {
            "Datastream@iot.navigationLink": address,
            "components": list(components),
            "dataArray@iot.count": len(values),
            "dataArray": values,
        }


def _component(node: Node, name: str) -> Any:
    if name == "id":
        return node.row["_id"]
    found = node.entity.property(name)
    return None if found is None else value_of(found, node.row)
