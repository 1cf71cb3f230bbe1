"""A file of CityJSON as checked parts: the one document, or the head and the features of a sequence."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from bim.place import Json, Place, listing, mapping, told
from bim.unpacked import read_within
from layers.errors import SourceError

VERSIONS = ("1.0", "1.1", "2.0")
# No map has coordinates of so many metres.
_FURTHEST = 1e9
_NO_NUMBER = re.compile(rb"[\[,:]\s*(NaN|-?Infinity)")
_SEQUENCE = (".jsonl", ".jsonl.gz")
Points = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Part:
    """Objects with the vertices (n, 3) and the looks that they refer to; ``vertices`` are before the transform."""

    place: Place
    objects: Json
    vertices: Points
    appearance: Json


@dataclass(frozen=True, eq=False)
class Document:
    """A file: ``scale`` and ``translate`` (3,) take vertices to coordinates; templates have vertices of their own."""

    version: str
    metadata: Json
    scale: Points
    translate: Points
    parts: tuple[Part, ...]
    templates: tuple[Any, ...] = ()
    template_vertices: Points = field(default_factory=lambda: np.empty((0, 3)))


def read_document(path: Path) -> Document:
    """Read a file; raises SourceError, naming the place, for one that is no CityJSON, broken or inconsistent."""
    content = read_within(path).removeprefix(b"\xef\xbb\xbf")
    is_sequence = path.name.lower().endswith(_SEQUENCE)
    head, *features = _lines(path, content) if is_sequence else ((Place(path), _parsed(Place(path), content)),)
    document = _document(*head)
    parts = [*document.parts, *(_feature(place, text, document) for place, text in features)]
    _refuse_doubles(parts)
    return replace(document, parts=tuple(parts))


def _lines(path: Path, content: bytes) -> Iterator[tuple[Place, Json]]:
    found = False
    for number, line in enumerate(content.splitlines(), 1):
        if line.strip():
            found = True
            yield Place(path, number), _parsed(Place(path, number), line)
    if not found:
        raise SourceError(str(path), "it is empty")


def _parsed(place: Place, content: bytes) -> Json:
    """Return the object of a JSON text, of which no member is there twice."""

    def once(pairs: list[tuple[str, Any]]) -> Json:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            double = next(name for name in names if names.count(name) > 1)
            raise place.error(f"{told(double)} is there twice in one object; a reader would lose one of them")
        return found

    def refuse(name: str) -> NoReturn:
        at = _NO_NUMBER.search(content)
        raise place.at().error(f"{name} is no number of JSON{'' if at is None else f' (byte {at.start(1)})'}")

    try:
        text = json.loads(content.decode(), object_pairs_hook=once, parse_constant=refuse)
    except UnicodeDecodeError as error:
        raise place.error(f"byte {error.start} is no UTF-8, the encoding of JSON") from error
    except json.JSONDecodeError as error:
        raise place.error(_broken(error, place)) from error
    except RecursionError as error:
        raise place.error("it is nested deeper than any CityJSON: it is none, or was made to do harm") from error
    except ValueError as error:
        raise place.error(f"it has a number that cannot be read: {error}") from error
    return mapping(text, place)


def _broken(error: json.JSONDecodeError, place: Place) -> str:
    if error.msg == "Extra data" and place.line is None:
        return (
            f"after its first object, at line {error.lineno}, there is more; a sequence of features has a name that "
            "ends in .jsonl"
        )
    at = f"column {error.colno}" if place.line else f"line {error.lineno} column {error.colno}"
    return f"it is broken or cut short: {error.msg} at {at}; copy or export it again"


def _document(place: Place, text: Json) -> Document:
    if text.get("type") != "CityJSON":
        raise place.at("type").error(f"{told(text.get('type'))} is not CityJSON; other formats end in another suffix")
    version = _version(place, text)
    scale, translate = _transform(place, text, version)
    templates = mapping(text.get("geometry-templates", {}), place.key("geometry-templates"))
    vertices = templates.get("vertices-templates", [])
    return Document(
        version,
        mapping(text.get("metadata", {}), place.at("metadata")),
        scale,
        translate,
        (_part(place, text, scale, translate),),
        tuple(listing(templates.get("templates", []), place.key("geometry-templates").at("templates"))),
        points_of(vertices, place.key("geometry-templates").key("vertices-templates"), np.ones(3), np.zeros(3)),
    )


def _version(place: Place, text: Json) -> str:
    version = str(text.get("version", ""))
    short = ".".join(version.split(".")[:2])
    if short not in VERSIONS:
        raise place.at("version").error(
            f"{told(text.get('version'))} is not read; {', '.join(VERSIONS)} are: upgrade the file, by cjio or such"
        )
    return short


def _transform(place: Place, text: Json, version: str) -> tuple[Points, Points]:
    if "transform" not in text:
        if version == "1.0":
            return np.ones(3), np.zeros(3)
        raise place.error(f"it has no transform, which CityJSON {version} must have; export it again")
    transform = mapping(text["transform"], place.at("transform"))
    scale, translate = (_three(transform.get(name), place.at("transform", name)) for name in ("scale", "translate"))
    if not (scale > 0).all():
        raise place.at("transform", "scale").error(f"{scale.tolist()} are not three numbers above 0")
    return scale, translate


def _three(value: object, place: Place) -> Points:
    numbers = listing(value, place)
    if len(numbers) != 3 or not set(map(type, numbers)) <= {int, float} or max(map(abs, numbers)) > _FURTHEST:
        raise place.error(f"{told(value)} are not three numbers of up to {_FURTHEST:g}")
    return np.array(numbers, np.float64)


def _feature(place: Place, text: Json, document: Document) -> Part:
    if text.get("type") != "CityJSONFeature":
        raise place.at("type").error(f"{told(text.get('type'))} is not CityJSONFeature, as all lines after the first")
    return _part(place, text, document.scale, document.translate)


def _part(place: Place, text: Json, scale: Points, translate: Points) -> Part:
    for name in ("CityObjects", "vertices"):
        if name not in text:
            raise place.error(f"it has no {name}; a document has both CityObjects and vertices: export it again")
    vertices = points_of(text["vertices"], place.at("vertices"), scale, translate)
    appearance = mapping(text.get("appearance", {}), place.at("appearance"))
    return Part(place, mapping(text["CityObjects"], place.at("CityObjects")), vertices, appearance)


def points_of(value: object, place: Place, scale: Points, translate: Points) -> Points:
    """Return a list of vertices as an array (n, 3); raises SourceError where one is not three numbers of a map."""
    rows = listing(value, place)
    if not rows:
        return np.empty((0, 3))
    odd = _first_odd(rows)
    if odd is None:
        points = _as_array(rows)
        far = np.flatnonzero(~(np.abs(points * scale + translate) <= _FURTHEST).all(axis=1))
        odd = int(far[0]) if len(far) else None
        if odd is None:
            return points
    raise place.at(odd).error(f"{told(rows[odd])} are not three coordinates of up to {_FURTHEST:g} m")


def _first_odd(rows: list[Any]) -> int | None:
    """Return the number of the first row that is not three numbers, looking at each only where there is one."""
    plain = set(map(type, rows)) == {list} and set(map(len, rows)) == {3}
    if plain and set(map(type, chain.from_iterable(rows))) <= {int, float}:
        return None
    return next(number for number, row in enumerate(rows) if not _is_row(row))


def _is_row(row: object) -> bool:
    return isinstance(row, list) and len(row) == 3 and set(map(type, row)) <= {int, float}


def _as_array(rows: list[Any]) -> Points:
    """Return rows of numbers as an array; a whole number beyond double precision is infinite."""
    try:
        return np.array(rows, np.float64)
    except OverflowError:
        return np.array([[float(number) if abs(number) < 1e300 else np.inf for number in row] for row in rows])


def _refuse_doubles(parts: Iterable[Part]) -> None:
    known: dict[str, Place] = {}
    for part in parts:
        for key in part.objects:
            if key in known:
                raise part.place.at("CityObjects").key(key).error(f"this object is there already, in {known[key]}")
            known[key] = part.place
