#!/bin/sh
# ifctester 0.9.0 compares the values of a delivery specification (IDS), which are in SI units, with three kinds of units:
# an attribute (OverallHeight) in those of the project, so that a door of 2100 mm is not 2.1 m high; a property in SI units,
# where it is; and a mass of an IfcElementQuantity in grams, so that a door of 40 kg weighs 40000. The mass of a property
# is right, in kilograms, and 20 °C of a property is 20 K.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet 'ifctester==0.9.0' 'ifcopenshell==0.9.0.post1' || {
    echo "could not install the pinned packages" >&2
    exit 2
}
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import ifcopenshell
import ifcopenshell.guid
from ifctester import ids

model = ifcopenshell.file(schema="IFC4")
si = model.createIfcSIUnit
units = [
    si(None, "LENGTHUNIT", "MILLI", "METRE"),
    si(None, "MASSUNIT", "KILO", "GRAM"),
    si(None, "THERMODYNAMICTEMPERATUREUNIT", None, "DEGREE_CELSIUS"),
]
new = ifcopenshell.guid.new
project = model.createIfcProject(new(), UnitsInContext=model.createIfcUnitAssignment(units))
door = model.createIfcDoor(new(), Name="door", OverallHeight=2100.0)
values = {
    "height": model.createIfcLengthMeasure(2100.0),
    "mass": model.createIfcMassMeasure(40.0),
    "warm": model.createIfcThermodynamicTemperatureMeasure(20.0),
}
properties = [model.createIfcPropertySingleValue(name, None, value) for name, value in values.items()]
own = model.createIfcPropertySet(new(), Name="Own", HasProperties=properties)
sizes = model.createIfcElementQuantity(
    new(),
    Name="Qto",
    Quantities=[
        model.createIfcQuantityLength("height", LengthValue=2100.0),
        model.createIfcQuantityWeight("mass", WeightValue=40.0),
    ],
)
for definition in (own, sizes):
    model.createIfcRelDefinesByProperties(new(), RelatedObjects=[door], RelatingPropertyDefinition=definition)


def holds(requirement):
    one = ids.Specification(name="doors", ifcVersion=["IFC4"])
    one.applicability, one.requirements = [ids.Entity("IFCDOOR")], [requirement]
    specification = ids.Ids()
    specification.specifications = [one]
    specification.validate(model)
    return one.status


seen = {
    "attribute 2.1 m": holds(ids.Attribute("OverallHeight", "2.1")),
    "attribute 2100": holds(ids.Attribute("OverallHeight", "2100")),
    "property 2.1 m": holds(ids.Property("Own", "height", "2.1")),
    "quantity 2.1 m": holds(ids.Property("Qto", "height", "2.1")),
    "property 40 kg": holds(ids.Property("Own", "mass", "40")),
    "quantity 40 kg": holds(ids.Property("Qto", "mass", "40")),
    "quantity 40000": holds(ids.Property("Qto", "mass", "40000")),
    "property 293.15 K": holds(ids.Property("Own", "warm", "293.15")),
    "property 20 K": holds(ids.Property("Own", "warm", "20")),
}
for what, held in seen.items():
    print(f"{what}: {'holds' if held else 'fails'}")
expected = [False, True, True, True, True, False, True, False, True]
if list(seen.values()) != expected:
    sys.exit("it behaves in another way now")
PYTHON
