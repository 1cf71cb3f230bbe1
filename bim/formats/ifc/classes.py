"""What the classes of IFC are to a building: their kind, their discipline and the colour of those that have none."""

from functools import lru_cache

from ifcopenshell import ifcopenshell_wrapper

from bim.formats.ifc.opening import Entity
from bim.model import Kind

Rgba = tuple[float, float, float, float]

# The first class that an instance is of decides.
_KINDS: tuple[tuple[str, Kind], ...] = (
    ("IfcSite", "site"),
    ("IfcFacilityPart", "storey"),
    ("IfcBuildingStorey", "storey"),
    ("IfcBuilding", "building"),
    ("IfcFacility", "building"),
    ("IfcSpace", "space"),
    ("IfcSpatialZone", "space"),
    ("IfcExternalSpatialElement", "space"),
    ("IfcElement", "element"),
)
# Nearest class upwards decides.
DISCIPLINES = {
    "IfcElement": "architecture",
    "IfcSpatialElement": "architecture",
    "IfcSpatialStructureElement": "architecture",
    "IfcSite": "site",
    "IfcGeographicElement": "site",
    "IfcCivilElement": "site",
    "IfcCourse": "site",
    "IfcEarthworksElement": "site",
    "IfcBeam": "structure",
    "IfcColumn": "structure",
    "IfcMember": "structure",
    "IfcPlate": "structure",
    "IfcSlab": "structure",
    "IfcFooting": "structure",
    "IfcPile": "structure",
    "IfcBearing": "structure",
    "IfcDeepFoundation": "structure",
    "IfcElementComponent": "structure",
    "IfcDistributionElement": "mep",
    "IfcElectricalElement": "mep",
    "IfcEquipmentElement": "mep",
    "IfcFurnishingElement": "furnishing",
    "IfcTransportElement": "transport",
    "IfcTransportationDevice": "transport",
}
# sRGB and opacity; nearest class upwards decides.
_COLOURS: dict[str, Rgba] = {
    "IfcObjectDefinition": (0.80, 0.80, 0.80, 1.0),
    "IfcSite": (0.55, 0.62, 0.45, 1.0),
    "IfcSpatialElement": (0.55, 0.70, 0.85, 0.25),
    "IfcSpace": (0.55, 0.70, 0.85, 0.25),
    "IfcWall": (0.88, 0.86, 0.82, 1.0),
    "IfcSlab": (0.72, 0.72, 0.70, 1.0),
    "IfcRoof": (0.62, 0.36, 0.28, 1.0),
    "IfcWindow": (0.60, 0.75, 0.85, 0.45),
    "IfcPlate": (0.60, 0.75, 0.85, 0.45),
    "IfcDoor": (0.60, 0.44, 0.30, 1.0),
    "IfcBeam": (0.66, 0.62, 0.58, 1.0),
    "IfcColumn": (0.66, 0.62, 0.58, 1.0),
    "IfcMember": (0.66, 0.62, 0.58, 1.0),
    "IfcDistributionElement": (0.45, 0.60, 0.62, 1.0),
    "IfcFurnishingElement": (0.72, 0.60, 0.46, 1.0),
    "IfcGeographicElement": (0.45, 0.60, 0.38, 1.0),
}
SPACE_OPACITY = 0.25


def kind_of(entity: Entity) -> Kind | None:
    """Return the kind of an instance, or None for one that has no record: an opening, a grid, an annotation."""
    if entity.is_a("IfcFeatureElementSubtraction"):
        return None
    return next((kind for name, kind in _KINDS if entity.is_a(name)), None)


@lru_cache(maxsize=4096)
def discipline_of(schema: str, name: str) -> str:
    """Return the discipline of a class of a schema (IFC4, IfcBeam); empty for one outside the table."""
    return next((DISCIPLINES[above] for above in _upwards(schema, name) if above in DISCIPLINES), "")


@lru_cache(maxsize=4096)
def colour_of(schema: str, name: str) -> Rgba:
    """Return the colour, sRGB and opacity, of instances of a class for which the file has none."""
    return next(
        (_COLOURS[above] for above in _upwards(schema, name) if above in _COLOURS), _COLOURS["IfcObjectDefinition"]
    )


def _upwards(schema: str, name: str) -> list[str]:
    """Return a class and those above it, from the nearest on."""
    declaration = ifcopenshell_wrapper.schema_by_name(schema).declaration_by_name(name).as_entity()
    names = []
    while declaration is not None:
        names.append(declaration.name())
        declaration = declaration.supertype()
    return names
