"""Conversions to map coordinates: IFC4's classes, and the property sets that stand for them in IFC2X3."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
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
    known = {"map_unit": factor_of(unit) if unit is not None else None, "crs": (crs.Name if crs else "") or ""}
    if operation.is_a("IfcRigidOperation"):
        place = [getattr(part, "wrappedValue", part) for part in (operation.FirstCoordinate, operation.SecondCoordinate)]
        return Stated(place[0], place[1], operation.Height or 0.0, **known)
    factors = tuple(getattr(operation, f"Factor{axis}", 1.0) for axis in "XYZ")
    return Stated(
        operation.Eastings,
        operation.Northings,
        operation.OrthogonalHeight or 0.0,
        operation.XAxisAbscissa,
        operation.XAxisOrdinate,
        operation.Scale,
        (factors[0], factors[1], factors[2]),
        **known,
    )


def from_sets(conversion: Mapping[str, Any], crs: Mapping[str, Any], note: Callable[[str], None]) -> Stated:
    """Read ePSet_MapConversion and ePSet_ProjectedCRS, their names and texts in any spelling.

    Their lengths are in units of the map even where their type is a measure in units of the project: a file in
    millimetres has 500000 for 500 km.
    """
    values = {name.lower(): value for name, value in conversion.items()}
    named = {name.lower(): value for name, value in crs.items()}
    map_unit = _unit_named(named.get("mapunit"), note)
    sizes = {name: _size(name, values.get(name), note) for name in ("eastings", "northings", "orthogonalheight")}
    stated = Stated(
        *(0.0 if size is None else size[0] for size in sizes.values()),
        *(_bare(name, values.get(name), note) for name in ("xaxisabscissa", "xaxisordinate", "scale")),
        map_unit=map_unit,
        crs=str(named.get("name") or values.get("targetcrs") or ""),
    )
    in_text = {size[1] for size in sizes.values() if size is not None and size[1] is not None}
    if not in_text:
        return stated
    if len(in_text) > 1:
        note("the map conversion has texts in several units, each of which is taken as it says")
    return _in_metres(stated, [size and size[1] for size in sizes.values()])


def helmert(stated: Stated, length: float, note: Callable[[str], None], in_metres: bool = False) -> Helmert | None:
    """Return a conversion in metres, or None for one that says nothing; ``length`` is the metres of a file unit.

    Without a unit of its own the map has that of the project, as IFC4 says; ``in_metres`` says metres instead.
    """
    if not all(map(math.isfinite, (stated.eastings, stated.northings, stated.height))):
        return note("a map conversion with a number that is not finite is ignored")
    if stated.eastings == 0 and stated.northings == 0:
        return note("a map conversion with zero eastings and northings is blank, and ignored")
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


def _map_unit(stated: Stated, length: float, note: Callable[[str], None], in_metres: bool) -> float:
    if stated.map_unit is not None:
        return stated.map_unit
    # Some programs leave out the unit of a map in metres, and tell by the scale.
    if in_metres or (length != 1 and stated.scale and math.isclose(stated.scale, length, rel_tol=1e-3)):
        if length != 1 and max(abs(stated.eastings), abs(stated.northings)) > _BEYOND:
            note("the map coordinates have no unit and would be beyond the Earth in metres: the project's unit is taken")
            return length
        return 1.0
    if length != 1:
        note(f"the map's CRS has no unit, so that its coordinates are taken in the project's, of {length:g} m")
    return length


def _direction(stated: Stated, note: Callable[[str], None]) -> tuple[float, float]:
    """Return the direction of the model's x-axis as a unit vector in the map."""
    abscissa = 1.0 if stated.abscissa is None and stated.ordinate is None else stated.abscissa or 0.0
    ordinate = stated.ordinate or 0.0
    size = math.hypot(abscissa, ordinate)
    if size == 0 or not math.isfinite(size):
        note("the map conversion's x-axis has no direction; it is taken along the eastings")
        return 1.0, 0.0
    return abscissa / size, ordinate / size


def _scale(stated: Stated, ratio: float, note: Callable[[str], None]) -> float:
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


def _planar_factor(stated: Stated, note: Callable[[str], None]) -> float:
    x, y, z = stated.factors
    if not (math.isclose(x, y, rel_tol=1e-9) and math.isclose(z, 1.0, rel_tol=1e-9)):
        note(f"the map conversion has the factors {x:g}, {y:g} and {z:g}; their mean in the plane is taken, heights as they are")
    return (x + y) / 2


def _in_metres(stated: Stated, units: Iterable[float | None]) -> Stated:
    """Return it in metres; numbers of texts without a unit are in that of the map, or in metres."""
    x, y, z = (stated.map_unit or 1.0 if unit is None else unit for unit in units)
    return replace(
        stated,
        eastings=stated.eastings * x,
        northings=stated.northings * y,
        height=stated.height * z,
        map_unit=1.0,
    )


def _size(name: str, value: Any, note: Callable[[str], None]) -> tuple[float, float | None] | None:
    """Return a number and the unit that its text names, metres; None where there is none."""
    if value is None or value == "":
        return None
    if isinstance(value, (int, float)):
        return float(value), None
    match = _NUMBER.match(str(value))
    if not match:
        return note(f"{name} of the map conversion is no number: {str(value)[:80]!r}")
    return float(re.sub("[,']", "", match[1])), _unit_named(match[2], note)


def _bare(name: str, value: Any, note: Callable[[str], None]) -> float | None:
    size = _size(name, value, note)
    return None if size is None else size[0]


def _unit_named(text: Any, note: Callable[[str], None]) -> float | None:
    """Return the metres of a unit by its name or sign."""
    if text is None or not str(text).strip():
        return None
    name = re.sub(r"[._\-]", "", str(text).strip().lower())
    if name not in _NAMED_UNITS:
        return note(f"the map's unit {str(text)[:80]!r} is unknown")
    return _NAMED_UNITS[name]
