"""An open IFC file with its measures in SI units, as values of delivery specifications (IDS) always are.

ifctester 0.9 compares attributes in the units of the project, properties in SI units, and masses of quantities in
grams. Where all numbers are in SI units and no unit is stated, it converts nothing, and all of them are compared alike.
Temperatures become kelvins. Coordinates of geometries are left as they are: no specification speaks of them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ifcopenshell import ifcopenshell_wrapper
from ifcopenshell.util.unit import get_measure_unit_type

from bim.formats.ifc.opening import Entity
from bim.formats.ifc.units import CONVERTED, factor_of

_KELVIN = 273.15
# Decimals of a file stay decimals: 2900 mm are 2.9 m, and within a bound of 2.9.
_DIGITS = 12
# Values with a unit beside them, by class: attribute of the value (or values), and of the unit.
_VALUED = {
    "IfcPropertySingleValue": (("NominalValue", "Unit"),),
    "IfcPropertyBoundedValue": (("UpperBoundValue", "Unit"), ("LowerBoundValue", "Unit"), ("SetPointValue", "Unit")),
    "IfcPropertyListValue": (("ListValues", "Unit"),),
    "IfcPropertyEnumeratedValue": (("EnumerationValues", ""),),
    "IfcPropertyTableValue": (("DefiningValues", "DefiningUnit"), ("DefinedValues", "DefinedUnit")),
}
_QUANTITY = "IfcPhysicalSimpleQuantity"
# What is in units of its own, or says what units are.
_APART = (
    _QUANTITY, "IfcCoordinateOperation", "IfcCoordinateReferenceSystem", "IfcRepresentationContext",
    "IfcMeasureWithUnit", "IfcNamedUnit", "IfcDerivedUnit",
)  # fmt: skip


@dataclass(frozen=True)
class Scale:
    """What takes a number of a unit to SI units: times ``factor``, and then ``offset`` more."""

    factor: float
    offset: float = 0.0

    def __call__(self, number: float) -> float:
        """Return a number in SI units."""
        return float(f"{number * self.factor + self.offset:.{_DIGITS}g}")


@dataclass
class SiUnits:
    """The units of a project by kind (LENGTHUNIT); those that have no size (money) are not among them."""

    file: Entity
    scales: dict[str, Scale] = field(default_factory=dict)

    @classmethod
    def of(cls, file: Entity) -> "SiUnits":
        """Return the units that a file assigns; areas, volumes without one are in powers of the length."""
        found = cls(file)
        for assignment in file.by_type("IfcUnitAssignment"):
            for unit in assignment.Units or ():
                scale = _scale_of(unit)
                if scale is not None:
                    found.scales[unit.UnitType] = scale
        length = found.scales.get("LENGTHUNIT", Scale(1.0)).factor
        for kind, power in CONVERTED.items():
            found.scales.setdefault(kind, Scale(length**power))
        return found

    def convert(self) -> None:
        """Bring all measures to SI units, and leave no unit that says otherwise."""
        for name in self.file.types():
            for entity in self.file.by_type(name, include_subtypes=False):
                if name in _VALUED:
                    self._values(entity, _VALUED[name])
                elif entity.is_a(_QUANTITY):
                    self._quantity(entity)
                else:
                    break
        self._attributes()
        for assignment in self.file.by_type("IfcUnitAssignment"):
            assignment.Units = [unit for unit in assignment.Units or () if _scale_of(unit) is None]

    def _values(self, entity: Entity, attributes: Iterable[tuple[str, str]]) -> None:
        for name, of_unit in attributes:
            value = getattr(entity, name, None)
            if value is None:
                continue
            own = _own_unit(entity, of_unit)
            several = isinstance(value, tuple)
            made = [self._typed(one, own) for one in (value if several else (value,))]
            setattr(entity, name, made if several else made[0])
        for _, of_unit in attributes:
            if of_unit and _scale_of(getattr(entity, of_unit)) is not None:
                setattr(entity, of_unit, None)

    def _typed(self, value: Entity, own: Entity | None) -> Entity:
        """Return a typed value in SI units."""
        scale = self._scale(value.is_a(), own)
        if scale is None or not isinstance(value.wrappedValue, float):
            return value
        return self.file.create_entity(value.is_a(), scale(value.wrappedValue))

    def _quantity(self, entity: Entity) -> None:
        measure = entity.declaration.as_entity().attribute_by_index(3).type_of_attribute().declared_type().name()
        scale = self._scale(measure, entity.Unit)
        if scale is not None and isinstance(entity[3], float):
            entity[3] = scale(entity[3])
        if _scale_of(entity.Unit) is not None:
            entity.Unit = None

    def _scale(self, measure: str, own: Entity | None) -> Scale | None:
        """Return the scale of a measure (IfcLengthMeasure); one that states no unit is in that of the project."""
        kind = get_measure_unit_type(measure)
        stated = _scale_of(own) if own is not None and getattr(own, "UnitType", None) == kind else None
        return stated or self.scales.get(kind)

    def _attributes(self) -> None:
        """Bring the attributes of all other instances to SI units."""
        schema = ifcopenshell_wrapper.schema_by_name(self.file.schema_identifier)
        for name in self.file.types():
            measured = [
                (index, self.scales[kind])
                for index, kind in _measures(schema.declaration_by_name(name).as_entity())
                if kind in self.scales
            ]
            if not measured:
                continue
            for entity in self.file.by_type(name, include_subtypes=False):
                if any(entity.is_a(apart) for apart in _APART):
                    break
                for index, scale in measured:
                    if isinstance(entity[index], float):
                        entity[index] = scale(entity[index])


def _measures(entity: Any) -> Iterator[tuple[int, str]]:
    """Yield number and kind of unit of the attributes of a class that are one measure each."""
    if entity is None:
        return
    pairs = zip(entity.all_attributes(), entity.derived(), strict=True)
    for index, (attribute, is_derived) in enumerate(pairs):
        named = attribute.type_of_attribute().as_named_type()
        declared = None if named is None or is_derived else named.declared_type()
        if declared is not None and declared.as_type_declaration() is not None and declared.name().endswith("Measure"):
            yield index, get_measure_unit_type(declared.name())


def _own_unit(entity: Entity, attribute: str) -> Entity | None:
    if attribute:
        return getattr(entity, attribute)
    reference = entity.EnumerationReference
    return None if reference is None else reference.Unit


def _scale_of(unit: Entity | None) -> Scale | None:
    """Return the scale of a unit, or None for one without a size."""
    if unit is None or getattr(unit, "UnitType", None) is None:
        return None
    if unit.is_a("IfcSIUnit") and unit.Name == "DEGREE_CELSIUS":
        return Scale(1.0, _KELVIN)
    factor = factor_of(unit)
    return None if factor is None else Scale(factor)
