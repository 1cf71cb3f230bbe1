"""The units of an IFC file, as factors that take its numbers to metres, their powers, kilograms and seconds."""

from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

from bim.formats.ifc.opening import Entity
from layers.errors import SourceError

_PREFIXES = {
    "EXA": 1e18, "PETA": 1e15, "TERA": 1e12, "GIGA": 1e9, "MEGA": 1e6, "KILO": 1e3, "HECTO": 1e2, "DECA": 1e1,
    "DECI": 1e-1, "CENTI": 1e-2, "MILLI": 1e-3, "MICRO": 1e-6, "NANO": 1e-9, "PICO": 1e-12, "FEMTO": 1e-15,
    "ATTO": 1e-18,
}  # fmt: skip
# A prefix is of the length, not of the square: a square millimetre is 1e-6 square metres.
_POWERS = {"SQUARE_METRE": 2, "CUBIC_METRE": 3}
_GRAM_IN_KILOGRAMS = 1e-3
# Kinds of unit that are converted, and the power of the length that one not stated follows from.
CONVERTED = {"LENGTHUNIT": 1, "AREAUNIT": 2, "VOLUMEUNIT": 3, "MASSUNIT": 0, "TIMEUNIT": 0}


@dataclass(frozen=True)
class Units:
    """``factors`` by kind of unit (LENGTHUNIT), each times a number of the file gives metres, kilograms, seconds."""

    factors: dict[str, float]
    notes: tuple[str, ...] = field(default=())

    @property
    def length(self) -> float:
        """Return how many metres the unit of length has."""
        return self.factors["LENGTHUNIT"]


def factor_of(unit: Entity) -> float | None:
    """Return how many SI units a unit has, or None for one that says nothing of its size."""
    if unit.is_a("IfcSIUnit"):
        size = _PREFIXES.get(unit.Prefix, 1.0) ** _POWERS.get(unit.Name, 1)
        return size * (_GRAM_IN_KILOGRAMS if unit.Name == "GRAM" else 1.0)
    if unit.is_a("IfcConversionBasedUnit"):
        return _converted(unit.ConversionFactor)
    if unit.is_a("IfcDerivedUnit"):
        return _derived(unit)
    return None


def units_of(path: Path, project: Entity) -> Units:
    """Return the units of a project; raises SourceError for one without a usable unit of length."""
    assigned = project.UnitsInContext.Units if project.UnitsInContext else ()
    by_kind: dict[str, set[float | None]] = {}
    for unit in assigned:
        kind = getattr(unit, "UnitType", None)
        if kind in CONVERTED:
            by_kind.setdefault(kind, set()).add(factor_of(unit))
    factors = {kind: _one(path, project, kind, found) for kind, found in by_kind.items()}
    if "LENGTHUNIT" not in factors:
        raise SourceError(str(path), "the project assigns no unit of length, so that no size is known", _named(project))
    missing = [kind for kind in CONVERTED if kind not in factors]
    factors |= {kind: factors["LENGTHUNIT"] ** CONVERTED[kind] for kind in missing}
    return Units(factors, tuple(_note(kind) for kind in missing if CONVERTED[kind] and factors["LENGTHUNIT"] != 1))


def _converted(measure: Entity) -> float | None:
    """Return the factor of a unit given as so many of another."""
    base = factor_of(measure.UnitComponent)
    value = getattr(measure.ValueComponent, "wrappedValue", measure.ValueComponent)
    return None if base is None or value is None else float(value) * base


def _derived(unit: Entity) -> float | None:
    product = 1.0
    for element in unit.Elements:
        base = factor_of(element.Unit)
        if base is None:
            return None
        product *= base**element.Exponent
    return product


def _one(path: Path, project: Entity, kind: str, found: set[float | None]) -> float:
    """Return the one factor of a kind, or raise SourceError."""
    name = kind.removesuffix("UNIT").lower()
    if len(found) > 1:
        raise SourceError(str(path), f"the project assigns several units of {name}; leave one", _named(project))
    (factor,) = found
    if factor is None or not isfinite(factor) or factor <= 0:
        raise SourceError(
            str(path),
            f"the project's unit of {name} has no size; use one of SI, or one converted to it",
            _named(project),
        )
    return factor


def _named(project: Entity) -> str:
    return f"#{project.id()} IfcProject"


def _note(kind: str) -> str:
    name = kind.removesuffix("UNIT").lower()
    return f"the project assigns no unit of {name}; numbers are taken in powers of its unit of length"
