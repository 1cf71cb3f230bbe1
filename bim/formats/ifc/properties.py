"""Property sets and quantities of IFC instances, as plain values.

Measures of length, area, volume, mass and time come in SI units, from the unit of the property where it has one and
that of the project otherwise; all other values stand as in the file.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from bim.formats.ifc.opening import Entity
from bim.formats.ifc.relations import Relations
from bim.formats.ifc.units import Units, factor_of
from bim.model import Value

Properties = dict[str, dict[str, Value]]
Quantities = dict[str, dict[str, float]]

# Property sets that stand for a class of IFC4 in a file of IFC2X3: in units of the map, whatever their type says.
MAP_SETS = frozenset({"epset_mapconversion", "epset_projectedcrs"})
_MEASURES = {
    "IfcLengthMeasure": "LENGTHUNIT",
    "IfcPositiveLengthMeasure": "LENGTHUNIT",
    "IfcNonNegativeLengthMeasure": "LENGTHUNIT",
    "IfcAreaMeasure": "AREAUNIT",
    "IfcVolumeMeasure": "VOLUMEUNIT",
    "IfcMassMeasure": "MASSUNIT",
    "IfcTimeMeasure": "TIMEUNIT",
}
# Class of a quantity: attribute of its value and kind of its unit; counts and numbers have none.
_QUANTITIES = {
    "IfcQuantityLength": ("LengthValue", "LENGTHUNIT"),
    "IfcQuantityArea": ("AreaValue", "AREAUNIT"),
    "IfcQuantityVolume": ("VolumeValue", "VOLUMEUNIT"),
    "IfcQuantityWeight": ("WeightValue", "MASSUNIT"),
    "IfcQuantityTime": ("TimeValue", "TIMEUNIT"),
    "IfcQuantityCount": ("CountValue", None),
    "IfcQuantityNumber": ("NumberValue", None),
}


@dataclass
class Definitions:
    """What property sets and types say, each read once however many elements share it."""

    relations: Relations
    units: Units
    _sets: dict[int, tuple[str, dict[str, Any]]] = field(default_factory=dict)

    def of(self, entity: Entity) -> tuple[Properties, Quantities]:
        """Return properties and quantities of an instance by set, not to be changed; its own win over its type's."""
        properties: Properties = {}
        quantities: Quantities = {}
        for definition in self._definitions(entity):
            if definition.is_a("IfcElementQuantity"):
                name, found = self._read(definition, self._quantities)
                quantities[name] = quantities[name] | found if name in quantities else found
            elif definition.is_a("IfcPropertySet"):
                name, found = self._read(definition, self._properties)
                properties[name] = properties[name] | found if name in properties else found
        return properties, quantities

    def _definitions(self, entity: Entity) -> Iterator[Entity]:
        """Yield the sets of the type, then those of the instance."""
        kind = self.relations.types.get(entity.id())
        yield from (getattr(kind, "HasPropertySets", None) or ()) if kind else ()
        for definition in self.relations.definitions.get(entity.id(), ()):
            # A type of IFC4, not a class: several sets in one relationship.
            bundled = definition.wrappedValue if definition.is_a() == "IfcPropertySetDefinitionSet" else None
            yield from bundled if bundled else (definition,)

    def _read(self, definition: Entity, read: Callable[[Entity], dict[str, Any]]) -> tuple[str, dict[str, Any]]:
        known = self._sets.get(definition.id())
        if known is None:
            known = self._sets[definition.id()] = (definition.Name or definition.GlobalId, read(definition))
        return known

    def _properties(self, definition: Entity) -> dict[str, Value]:
        raw = (definition.Name or "").lower() in MAP_SETS
        return dict(_values(definition.HasProperties or (), {} if raw else self.units.factors))

    def _quantities(self, definition: Entity) -> dict[str, float]:
        return dict(_sizes(definition.Quantities or (), self.units.factors))


def plain(value: Any, factors: Mapping[str, float], unit: Entity | None = None) -> Value:
    """Return a typed value of IFC without its type, a measure in SI units."""
    if isinstance(value, (tuple, list)):
        return [plain(item, factors, unit) for item in value]
    kind = _MEASURES.get(value.is_a()) if hasattr(value, "is_a") else None
    bare = getattr(value, "wrappedValue", value)
    if isinstance(bare, float) and not isfinite(bare):
        # 1E400 is a number to a file, and to nobody else.
        return None
    if kind and factors and isinstance(bare, (int, float)):
        return bare * _factor(unit, kind, factors)
    if isinstance(bare, (tuple, list)):
        return [plain(item, factors) for item in bare]
    return bare if isinstance(bare, (str, int, float, bool)) or bare is None else str(bare)


def _factor(unit: Entity | None, kind: str, factors: Mapping[str, float]) -> float:
    own = factor_of(unit) if unit is not None else None
    return factors[kind] if own is None else own


def _values(
    properties: Iterable[Entity], factors: Mapping[str, float], within: str = ""
) -> Iterator[tuple[str, Value]]:
    """Yield name and value; parts of complex properties and bounds have names of two words, joined by a point."""
    for item in properties:
        name = f"{within}{item.Name}"
        if item.is_a("IfcComplexProperty"):
            yield from _values(item.HasProperties or (), factors, f"{name}.")
        elif item.is_a("IfcPropertyBoundedValue"):
            yield from _bounds(item, name, factors)
        else:
            yield name, _value(item, factors)


def _bounds(item: Entity, name: str, factors: Mapping[str, float]) -> Iterator[tuple[str, Value]]:
    # IFC2X3 has no set point.
    for attribute, word in (("LowerBoundValue", "lower"), ("UpperBoundValue", "upper"), ("SetPointValue", "set_point")):
        bound = getattr(item, attribute, None)
        if bound is not None:
            yield f"{name}.{word}", plain(bound, factors, item.Unit)


def _value(item: Entity, factors: Mapping[str, float]) -> Value:
    if item.is_a("IfcPropertySingleValue"):
        value = item.NominalValue
        # Most are texts, and to ask each for a unit would take as long as to read it.
        measures = value is not None and value.is_a() in _MEASURES
        return plain(value, factors, item.Unit if measures else None)
    if item.is_a("IfcPropertyEnumeratedValue"):
        return plain(item.EnumerationValues or (), factors)
    if item.is_a("IfcPropertyListValue"):
        return plain(item.ListValues or (), factors, item.Unit)
    if item.is_a("IfcPropertyTableValue"):
        rows = zip(item.DefiningValues or (), item.DefinedValues or (), strict=False)
        return [[plain(a, factors, item.DefiningUnit), plain(b, factors, item.DefinedUnit)] for a, b in rows]
    reference = getattr(item, "PropertyReference", None)
    return None if reference is None else str(getattr(reference, "Name", None) or reference.is_a())


def _sizes(quantities: Iterable[Entity], factors: Mapping[str, float], within: str = "") -> Iterator[tuple[str, float]]:
    for item in quantities:
        name = f"{within}{item.Name}"
        if item.is_a("IfcPhysicalComplexQuantity"):
            yield from _sizes(item.HasQuantities or (), factors, f"{name}.")
        elif item.is_a() in _QUANTITIES:
            attribute, kind = _QUANTITIES[item.is_a()]
            number = getattr(item, attribute)
            if number is not None and isfinite(number):
                yield name, float(number) * (_factor(item.Unit, kind, factors) if kind else 1.0)
