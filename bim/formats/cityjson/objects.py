"""CityObjects as elements: what kind they are, how they hang together, and what is told of them."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bim.formats.cityjson.document import Part
from bim.model import Defect, Element, Kind, Value
from bim.place import Json, Place, mapping
from layers.title import Title

_KINDS: dict[str, Kind] = {
    "Building": "building",
    "BuildingStorey": "storey",
    "BuildingRoom": "space",
    "BuildingUnit": "space",
}
# What has a place of its own among the properties, or is no property.
_NOT_TOLD = frozenset({"type", "attributes", "geometry", "parents", "children"})
_NAMES = ("name", "Name", "gml:name")


@dataclass(frozen=True)
class CityObject:
    """An object of a file: its text, the part that it stands in, and where."""

    text: Json
    part: Part
    place: Place


@dataclass(frozen=True)
class Objects:
    """The objects of a file: their parents, what is wrong with those, and in which order they are elements."""

    found: Mapping[str, CityObject]
    parents: dict[str, str] = field(default_factory=dict)
    defects: list[Defect] = field(default_factory=list)

    def elements(self, told: Mapping[str, Mapping[str, Value]]) -> tuple[Element, ...]:
        """Return an element for each object, parents before children; ``told`` is what to say of its shape."""
        storeys: dict[str, str | None] = {}
        elements = []
        for key in self._ordered():
            above = self.parents.get(key)
            inside = above is not None and self._kind(above) == "storey"
            storeys[key] = above if inside else storeys.get(above or "")
            elements.append(self._element(key, told.get(key, {}), storeys[key]))
        return tuple(elements)

    def _element(self, key: str, geometry: Mapping[str, Value], storey: str | None) -> Element:
        text = self.found[key].text
        attributes = _attributes(text.get("attributes"))
        sets = {
            "attributes": attributes,
            "object": {plain(name): value_of(one) for name, one in text.items() if name not in _NOT_TOLD},
            "geometry": geometry,
        }
        return Element(
            id=key,
            kind=self._kind(key),
            type=plain(text["type"]),
            name=next((name for label in _NAMES if isinstance(name := attributes.get(label), str)), ""),
            parent=self.parents.get(key),
            storey=storey,
            properties={name: values for name, values in sets.items() if values},
        )

    def _kind(self, key: str) -> Kind:
        return _KINDS.get(self.found[key].text["type"], "element")

    def _ordered(self) -> Iterator[str]:
        children: dict[str, list[str]] = {}
        for child, parent in self.parents.items():
            children.setdefault(parent, []).append(child)
        waiting = [key for key in reversed(list(self.found)) if key not in self.parents]
        while waiting:
            key = waiting.pop()
            yield key
            waiting.extend(reversed(children.get(key, [])))


def objects_of(parts: tuple[Part, ...]) -> Objects:
    """Return the objects of a file; raises SourceError for one that is no object, or has no id or type."""
    found = {key: _object(key, text, part) for part in parts for key, text in part.objects.items()}
    objects = Objects(found)
    listed = _listed_as_children(found)
    for key, one in found.items():
        _settle_parent(objects, key, one, listed.get(key, []))
    _open_circles(objects)
    return objects


def _object(key: str, value: object, part: Part) -> CityObject:
    place = part.place.at("CityObjects").key(key)
    text = mapping(value, place)
    if not key.strip() or plain(key) != key:
        raise place.error("an object needs an id of characters that can be written")
    if not isinstance(text.get("type"), str) or not text["type"]:
        raise place.error("it has no type, such as Building")
    return CityObject(text, part, place)


def _listed_as_children(found: Mapping[str, CityObject]) -> dict[str, list[str]]:
    """Return the objects that name each as their child."""
    listed: dict[str, list[str]] = {}
    for key, one in found.items():
        for child in _names(one.text.get("children")):
            listed.setdefault(child, []).append(key)
    return listed


def _settle_parent(objects: Objects, key: str, one: CityObject, listed: list[str]) -> None:
    """Set the parent of an object: a storey before others, else the first that there is."""
    stated = _names(one.text.get("parents"))
    present = [name for name in dict.fromkeys((*stated, *listed)) if name in objects.found and name != key]
    for name in stated:
        if name not in objects.found:
            objects.defects.append(_missing(key, name))
    storeys = [name for name in present if objects.found[name].text["type"] == "BuildingStorey"]
    if present:
        objects.parents[key] = (storeys or present)[0]


def _open_circles(objects: Objects) -> None:
    """Take its parent from one object of each circle of parents, and say so."""
    settled: set[str] = set()
    for key in objects.found:
        way: set[str] = set()
        at: str | None = key
        while at is not None and at not in settled:
            way.add(at)
            above = objects.parents.get(at)
            if above in way:
                del objects.parents[at]
                objects.defects.append(_circle(at, above))
                break
            at = above
        settled |= way


def _missing(key: str, name: str) -> Defect:
    name = plain(name)
    return Defect(
        key,
        "object.parent_missing",
        Title(f"其上级对象 {name} 不在文件中", f"its parent {name} is not in the file"),
    )


def _circle(key: str, above: str | None) -> Defect:
    return Defect(
        key,
        "object.circle",
        Title(f"其上级 {above} 又是它的下级，已视为无上级", f"its parent {above} is a part of it too: it is left out"),
    )


def _names(value: object) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


def _attributes(value: object) -> dict[str, Value]:
    if not isinstance(value, dict):
        return {}
    return {plain(name): value_of(one) for name, one in value.items()}


def value_of(value: object) -> Value:
    """Return a value of JSON as one of a property: objects as their text, numbers that are none as theirs."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list) and not any(isinstance(inner, list | dict) for inner in value):
        return [value_of(inner) for inner in value]
    if isinstance(value, list | dict):
        return plain(json.dumps(value, ensure_ascii=False, sort_keys=True))
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def plain(text: str) -> str:
    """Return a text without what no database takes: NUL, and halves of characters."""
    return text.replace("\0", "�").encode("utf-8", "replace").decode()
