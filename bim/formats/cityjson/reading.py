"""A CityJSON file that is open: its elements, and the stream of its shapes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bim.flaws import Flaw, defects_of
from bim.formats.cityjson.document import Document, read_document
from bim.formats.cityjson.objects import CityObject, Objects, objects_of, plain, value_of
from bim.formats.cityjson.shapes import Geometry, Shapes, body_of
from bim.formats.cityjson.statement import reference_system, statement_of, unit_of
from bim.formats.cityjson.surfaces import Instance, Surfaces, instance_of, lod_order, surfaces_of
from bim.model import Body, Element, Value
from bim.place import Place, listing, mapping
from bim.reading import ModelReading, ReadOptions, Tell
from layers.errors import SourceError

# After these an object has no shape.
_FATAL = frozenset({"shape.empty", "shape.too_large"})


@dataclass(frozen=True)
class _Chosen:
    """The most detailed shapes of an object, none where it has only points or lines, and what is told of all."""

    owner: CityObject
    geometries: tuple[Geometry, ...]
    told: Mapping[str, Value]


@dataclass
class CityJsonReading(ModelReading):
    """A CityJSON file; ``chosen`` are the objects with a geometry."""

    options: ReadOptions = field(default_factory=ReadOptions)
    chosen: Mapping[str, _Chosen] = field(default_factory=dict)
    shapes: Shapes | None = None

    def bodies(self, tell: Tell) -> Iterator[tuple[str, Body]]:
        """Stream the shapes by the id of their object, each once; what is wrong with them is among ``defects``.

        Raises SourceError where the reading is strict and a shape cannot be made.
        """
        for done, (key, chosen) in enumerate(self.chosen.items(), 1):
            body, flaws = self._body(chosen)
            self.defects.extend(defects_of(key, flaws))
            if body is not None:
                yield key, body
            elif self.options.strict and flaws[-1].rule in _FATAL:
                raise SourceError(str(self.path), self.defects[-1].message.en, str(chosen.owner.place))
            tell(done, len(self.chosen))

    def _body(self, chosen: _Chosen) -> tuple[Body | None, list[Flaw]]:
        """Return the body of an object, or None, and what is wrong with it; the last flaw is why there is none."""
        assert self.shapes is not None  # noqa: S101 - set by all who make a reading
        if not chosen.geometries:
            return None, [Flaw("shape.no_surface")]
        pieces = [self.shapes.piece(geometry, chosen.owner) for geometry in chosen.geometries]
        flaws = [flaw for piece in pieces for flaw in piece.flaws]
        count = sum(len(piece.mesh.triangles) for piece in pieces)
        if not count:
            return None, [*flaws, Flaw("shape.empty")]
        if count > self.options.most_triangles:
            return None, [*flaws, Flaw("shape.too_large", value=count)]
        return body_of(pieces, any(map(self.shapes.encloses, chosen.geometries))), flaws


def open_cityjson(path: Path, options: ReadOptions) -> CityJsonReading:
    """Read all but the triangles; raises SourceError, naming the place, when the file cannot be read."""
    document = read_document(path)
    objects = objects_of(document.parts)
    if not objects.found:
        raise SourceError(str(path), "it has no CityObjects")
    crs = reference_system(document)
    unit = unit_of(crs, document.parts[0].place)
    templates = _templates(document)
    chosen = _chosen(objects, templates)
    return CityJsonReading(
        path=path,
        format="cityjson",
        schema=f"CityJSON {document.version}",
        title=_text(document.metadata.get("title")),
        elements=_elements(objects, chosen),
        statement=statement_of(crs, document, unit),
        header=_header(document),
        defects=objects.defects,
        options=options,
        chosen=chosen,
        shapes=Shapes(document, unit, templates),
    )


def _elements(objects: Objects, chosen: Mapping[str, _Chosen]) -> tuple[Element, ...]:
    return objects.elements({key: one.told for key, one in chosen.items()})


def _templates(document: Document) -> tuple[Surfaces | None, ...]:
    place = document.parts[0].place.key("geometry-templates").at("templates")
    count = len(document.template_vertices)
    return tuple(
        surfaces_of(mapping(text, place.at(number)), place.at(number), count)
        for number, text in enumerate(document.templates)
    )


def _chosen(objects: Objects, templates: tuple[Surfaces | None, ...]) -> dict[str, _Chosen]:
    chosen = {}
    for key, one in objects.found.items():
        texts = listing(one.text.get("geometry", []), one.place.at("geometry"))
        if texts:
            chosen[key] = _choose(one, texts, templates)
            # What is an array now need not be kept as text.
            one.text["geometry"] = []
    return chosen


def _choose(one: CityObject, texts: list[Any], templates: tuple[Surfaces | None, ...]) -> _Chosen:
    read = [_geometry(text, one.place.at("geometry", number), one, templates) for number, text in enumerate(texts)]
    shaped = [geometry for geometry in read if geometry is not None]
    if not shaped:
        return _Chosen(one, (), {})
    lods = sorted({geometry.lod for geometry in shaped}, key=lod_order)
    best = tuple(geometry for geometry in shaped if geometry.lod == lods[-1])
    told: dict[str, Value] = {"lod": plain(lods[-1]), "types": list(map(_type, best)), "lods": list(map(plain, lods))}
    return _Chosen(one, best, told)


def _type(geometry: Geometry) -> str:
    return "GeometryInstance" if isinstance(geometry, Instance) else geometry.type


def _geometry(value: object, place: Place, one: CityObject, templates: tuple[Surfaces | None, ...]) -> Geometry | None:
    text = mapping(value, place)
    if text.get("type") != "GeometryInstance":
        return surfaces_of(text, place, len(one.part.vertices))
    instance = instance_of(text, place, len(one.part.vertices), len(templates))
    template = templates[instance.template]
    return None if template is None else replace(instance, lod=template.lod)


def _header(document: Document) -> dict[str, Any]:
    metadata = {plain(name): value_of(value) for name, value in document.metadata.items()}
    contact = document.metadata.get("pointOfContact")
    author = contact.get("contactName") if isinstance(contact, dict) else None
    return {"program": "", "author": [_text(author)] if author else [], "metadata": metadata}


def _text(value: object) -> str:
    return plain(value) if isinstance(value, str) else ""
