"""Conversions to map coordinates: IFC4's classes, and the property sets that stand for them in IFC2X3."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bim.formats.ifc.opening import Entity
from bim.formats.ifc.units import factor_of
from bim.georeference import Helmert

# A file may be in millimetres and its map in metres: a factor between sizes this close to 1 is one of the map's.
_PLAUSIBLE = 0.1
# Farther than this from the origin of a map there is no Earth; metres.
_BEYOND = 4e7
_NUMBER = re.compile(r"\s*([-+]?[\d,']*\.?\d+(?:[eE][-+]?\d+)?)\s*([^\d\s].*)?$")
_NAMED_UNITS = {
    "m": 1.0, "metre": 1.0, "metres": 1.0, "meter": 1.0, "meters": 1.0, "米": 1.0,
    "mm": 1e-3, "millimetre": 1e-3, "millimetres": 1e-3, "millimeter": 1e-3, "millimeters": 1e-3, "毫米": 1e-3,
    "millimetr": 1e-3, "cm": 1e-2, "centimetre": 1e-2, "centimeter": 1e-2, "centimetres": 1e-2, "centimeters": 1e-2,
    "km": 1e3, "kilometre": 1e3, "kilometer": 1e3,
    "ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "ftus": 1200 / 3937, "us survey foot": 1200 / 3937,
    "in": 0.0254, "inch": 0.0254, "inches": 0.0254,
}  # fmt: skip
# Told what cannot be used, in a sentence.
Note = Callable[[str], None]


@dataclass(frozen=True)
class Size:
    """A number, and the metres of its own unit if it has one."""

    number: float
    unit: float | None = None


@dataclass(frozen=True)
class Stated:
    """A conversion as it stands in the file, in units of the map (``map_unit``, metres; None if not given)."""

    eastings: float
    northings: float
    height: float
    abscissa: float | None = None
    ordinate: float | None = None
    scale: float | None = None
    factors: tuple[float, float, float] = (1.0, 1.0, 1.0)
    map_unit: float | None = None
    crs: str = ""


def from_entity(operation: Entity) -> Stated:
    """Read an IfcMapConversion, an IfcMapConversionScaled or an IfcRigidOperation."""
    crs = operation.TargetCRS
    unit = getattr(crs, "MapUnit", None)
    map_unit = factor_of(unit) if unit is not None else None
    name = (crs.Name if crs else "") or ""
    if operation.is_a("IfcRigidOperation"):
        x, y = (_bare(coordinate) for coordinate in (operation.FirstCoordinate, operation.SecondCoordinate))
        return Stated(x, y, operation.Height or 0.0, map_unit=map_unit, crs=name)
    x, y, z = (getattr(operation, f"Factor{axis}", 1.0) for axis in "XYZ")
    return Stated(
        operation.Eastings,
        operation.Northings,
        operation.OrthogonalHeight or 0.0,
        abscissa=operation.XAxisAbscissa,
        ordinate=operation.XAxisOrdinate,
        scale=operation.Scale,
        factors=(x, y, z),
        map_unit=map_unit,
        crs=name,
    )


def from_sets(conversion: Mapping[str, Any], crs: Mapping[str, Any], note: Note) -> Stated:
    """Read ePSet_MapConversion and ePSet_ProjectedCRS, their names and texts in any spelling.

    Their lengths are in units of the map even where their type is a measure in units of the project: a file in
    millimetres has 500000 for 500 km.
    """
    values = {name.lower(): value for name, value in conversion.items()}
    named = {name.lower(): value for name, value in crs.items()}
    map_unit = _unit_named(named.get("mapunit"), note)
    sizes = [_size(name, values.get(name), note) for name in ("eastings", "northings", "orthogonalheight")]
    if any(size.unit is not None for size in sizes):
        # Texts with units of their own; numbers beside them are in that of the map.
        sizes = [Size(size.number * (size.unit or map_unit or 1.0)) for size in sizes]
        map_unit = 1.0
    abscissa, ordinate, scale = (
        _size(name, values[name], note).number if name in values else None
        for name in ("xaxisabscissa", "xaxisordinate", "scale")
    )
    name = str(named.get("name") or values.get("targetcrs") or "")
    x, y, z = (size.number for size in sizes)
    return Stated(x, y, z, abscissa, ordinate, scale, map_unit=map_unit, crs=name)


def helmert(stated: Stated, length: float, note: Note, in_metres: bool = False) -> Helmert | None:
    """Return a conversion in metres, or None for one that says nothing; ``length`` is the metres of a file unit.

    Without a unit of its own the map has that of the project, as IFC4 says; ``in_metres`` says metres instead.
    """
    if not all(map(math.isfinite, (stated.eastings, stated.northings, stated.height))):
        note("a map conversion with a number that is not finite is ignored")
        return None
    if stated.eastings == 0 and stated.northings == 0:
        note("a map conversion with zero eastings and northings is blank, and ignored")
        return None
    unit = _map_unit(stated, length, note, in_metres)
    abscissa, ordinate = _direction(stated, note)
    return Helmert(
        stated.eastings * unit,
        stated.northings * unit,
        stated.height * unit,
        abscissa,
        ordinate,
        _scale(stated, unit / length, note) * _planar_factor(stated, note),
    )


def _map_unit(stated: Stated, length: float, note: Note, in_metres: bool) -> float:
    if stated.map_unit is not None:
        return stated.map_unit
    # Some programs leave out the unit of a map in metres, and tell by the scale.
    if in_metres or (length != 1 and stated.scale and math.isclose(stated.scale, length, rel_tol=1e-3)):
        if length != 1 and max(abs(stated.eastings), abs(stated.northings)) > _BEYOND:
            note(
                "the map coordinates have no unit and would be beyond the Earth in metres: the project's unit is taken"
            )
            return length
        if length != 1 and in_metres:
            note("the map's CRS has no unit, so that its coordinates are taken in metres")
        return 1.0
    if length != 1:
        note(f"the map's CRS has no unit, so that its coordinates are taken in the project's, of {length:g} m")
    return length


def _direction(stated: Stated, note: Note) -> tuple[float, float]:
    """Return the direction of the model's x-axis as a unit vector in the map."""
    abscissa = 1.0 if stated.abscissa is None and stated.ordinate is None else stated.abscissa or 0.0
    ordinate = stated.ordinate or 0.0
    size = math.hypot(abscissa, ordinate)
    if size == 0 or not math.isfinite(size):
        note("the map conversion's x-axis has no direction; it is taken along the eastings")
        return 1.0, 0.0
    return abscissa / size, ordinate / size


def _scale(stated: Stated, ratio: float, note: Note) -> float:
    """Return the scale between metres; ``ratio`` is how many units of the file a unit of the map has.

    The scale in the file takes numbers of the file to numbers of the map; one left out, or zero, is the inverse of
    ``ratio``: sizes stay as they are.
    """
    if not stated.scale or not math.isfinite(stated.scale):
        return 1.0
    scale = stated.scale * ratio
    if abs(scale - 1) > _PLAUSIBLE and abs(stated.scale - 1) <= _PLAUSIBLE:
        note(f"the map conversion's scale {stated.scale:g} leaves out the units, which differ by {ratio:g}")
        return stated.scale
    if abs(scale - 1) > _PLAUSIBLE:
        note(f"the map conversion makes the model {scale:g} times as large")
    return scale


def _planar_factor(stated: Stated, note: Note) -> float:
    x, y, z = stated.factors
    if not (math.isclose(x, y, rel_tol=1e-9) and math.isclose(z, 1.0, rel_tol=1e-9)):
        note(
            f"the map conversion's factors {x:g}, {y:g} and {z:g} differ: the plan takes the mean of two, heights none"
        )
    return (x + y) / 2


def _bare(measure: Any) -> float:
    """Return the number of a measure; of an angle it is in degrees, and no length."""
    if hasattr(measure, "is_a") and "Angle" in measure.is_a():
        raise TypeError(f"{measure.is_a()} is no length")
    return float(getattr(measure, "wrappedValue", measure))


def _size(name: str, value: Any, note: Note) -> Size:
    """Return a number, and the unit that its text names."""
    if value is None or value == "":
        return Size(0.0)
    if isinstance(value, (int, float)):
        return Size(float(value))
    match = _NUMBER.match(str(value))
    if match:
        return Size(float(re.sub("[,']", "", match[1])), _unit_named(match[2], note))
    note(f"{name} of the map conversion is no number: {str(value)[:80]!r}")
    return Size(0.0)


def _unit_named(text: Any, note: Note) -> float | None:
    """Return the metres of a unit by its name or sign."""
    if text is None or not str(text).strip():
        return None
    unit = _NAMED_UNITS.get(re.sub(r"[._\-]", "", str(text).strip().lower()))
    if unit is None:
        note(f"the map's unit {str(text)[:80]!r} is unknown")
    return unit
