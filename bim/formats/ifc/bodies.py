"""Bodies of IFC elements: which products have one, in which order they are made, and what colours they get."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from bim.colours import linear
from bim.formats.ifc.classes import SPACE_OPACITY, Rgba, colour_of
from bim.formats.ifc.frames import Shape
from bim.formats.ifc.opening import Entity
from bim.model import Mesh
from bim.solids import turned_out

# Representations that are no surface of the thing itself.
_OTHER_IDENTIFIERS = frozenset(
    [
        "Axis",
        "Box",
        "FootPrint",
        "Footprint",
        "Annotation",
        "Plan",
        "Profile",
        "CoG",
        "Reference",
        "Lighting",
        "Clearance",
    ]
)
_OTHER_TYPES = frozenset(
    [
        "Point",
        "PointCloud",
        "Curve",
        "Curve2D",
        "Curve3D",
        "Segment",
        "GeometricCurveSet",
        "Annotation2D",
        "BoundingBox",
        "Text",
        "FillArea",
        "Fill",
        "LightSource",
    ]
)
_DEEPEST_MAP = 8
# Cutting openings and halves takes most of the time; such products go first, and few at a time.
_CUT_TYPES = frozenset({"Clipping", "CSG", "AdvancedBrep"})
_IN_CHUNK = 32
_CHUNKS_FOR_EACH_PROCESS = 6
# The library looks through the whole file for each chunk: of a large one there are not more than so many.
_MOST_CHUNKS = 200


@dataclass(frozen=True)
class Facts:
    """What is known of a shape before it is made: whether it has surfaces, is cut, and of which map it is, or 0."""

    has_body: bool
    is_cut: bool
    map: int


def facts_of(product: Entity) -> Facts:
    """Look at the representations of a product; one that does not follow the schema counts as a body to miss."""
    try:
        representations = tuple(product.Representation.Representations)
        return Facts(any(map(_is_body, representations)), _is_cut(product, representations), _map_of(representations))
    except (AttributeError, TypeError, RuntimeError):
        return Facts(True, False, 0)


def chunks_of(facts: Mapping[int, Facts], processes: int) -> Iterator[tuple[int, ...]]:
    """Yield the numbers of products in chunks, those that take long first, those of one shared shape together."""
    size = min(_IN_CHUNK, max(1, ceil(len(facts) / (_CHUNKS_FOR_EACH_PROCESS * processes))))
    size = max(size, ceil(len(facts) / _MOST_CHUNKS))
    hard = [number for number, fact in facts.items() if fact.is_cut]
    rest = sorted((number for number, fact in facts.items() if not fact.is_cut), key=lambda number: facts[number].map)
    for some, at_once in ((hard, max(1, size // 8)), (rest, size)):
        for first in range(0, len(some), at_once):
            yield tuple(some[first : first + at_once])


def mesh_of(shape: Shape, schema: str, name: str, is_space: bool) -> Mesh:
    """Return the mesh of a shape for products of a class, made once for all that share the shape."""
    known = shape.meshes.get(name)
    if known is None:
        colours, colour_of_triangle = _colours(shape, colour_of(schema, name), is_space)
        # The library passes some shapes on as they are in the file, inside out.
        known = turned_out(Mesh(shape.vertices, shape.triangles, colours, colour_of_triangle))
        shape.meshes[name] = known
    return known


def _colours(shape: Shape, default: Rgba, is_space: bool) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return colours (k, 4), linear, and the index (m,) of that of each triangle."""
    stated = (shape.materials[:, 4] > 0) & np.isfinite(shape.materials).all(axis=1)
    otherwise = np.array([default], np.float32)
    # Index -1, a triangle without a material, is the last.
    palette = np.vstack([np.where(stated[:, None], shape.materials[:, :4], otherwise), otherwise]).clip(0, 1)
    if is_space:
        palette[:, 3] = np.minimum(palette[:, 3], SPACE_OPACITY)
    rows, place = np.unique(palette[shape.material_of], axis=0, return_inverse=True)
    return np.hstack([linear(rows[:, :3]), rows[:, 3:]]), place.reshape(-1).astype(np.int32)


def _is_body(representation: Entity, depth: int = 0) -> bool:
    """Tell whether a representation has surfaces, looking through maps."""
    if representation.RepresentationIdentifier in _OTHER_IDENTIFIERS:
        return False
    if representation.RepresentationType != "MappedRepresentation" or depth > _DEEPEST_MAP:
        return representation.RepresentationType not in _OTHER_TYPES
    maps = (item.MappingSource for item in representation.Items if item.is_a("IfcMappedItem"))
    return any(_is_body(source.MappedRepresentation, depth + 1) for source in maps)


def _is_cut(product: Entity, representations: tuple[Entity, ...]) -> bool:
    if getattr(product, "HasOpenings", ()):
        return True
    return any(representation.RepresentationType in _CUT_TYPES for representation in representations)


def _map_of(representations: tuple[Entity, ...]) -> int:
    for representation in representations:
        for item in representation.Items or ():
            if item.is_a("IfcMappedItem"):
                return int(item.MappingSource.id())
    return 0
