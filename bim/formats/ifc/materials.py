"""The names of the materials of IFC instances."""

from collections.abc import Iterable, Iterator

from bim.formats.ifc.opening import Entity
from bim.formats.ifc.relations import Relations

# Where each class of a set of materials keeps the next ones.
_INSIDE = (
    "ForLayerSet",
    "ForProfileSet",
    "MaterialLayers",
    "MaterialProfiles",
    "MaterialConstituents",
    "Materials",
    "Material",
)


def materials_of(entity: Entity, relations: Relations) -> tuple[str, ...]:
    """Return the names of its materials, layers from the first on, each once; those of its type if it has none."""
    kind = relations.types.get(entity.id())
    own = relations.materials.get(entity.id()) or (relations.materials.get(kind.id()) if kind else None) or ()
    return tuple(dict.fromkeys(_names(own)))


def _names(materials: Iterable[Entity]) -> Iterator[str]:
    for material in materials:
        if material.is_a("IfcMaterial"):
            if material.Name:
                yield material.Name
            continue
        for attribute in _INSIDE:
            inner = getattr(material, attribute, None)
            if inner is not None:
                yield from _names(inner if isinstance(inner, tuple) else (inner,))
