"""What sensors in the rooms and elements of a building observed last, and the colours of that.

Bindings say where things are, the layer ``readings`` what their datastreams observed last: both at the time that is
asked for, and as far as the reader sees them. What a reader may not see of either colours nothing.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from api.buildings import ModelVisit
from bim.bindings import bound_elements
from bim.tileset import Colored, Coloring, View, colored, colored_steps, colored_texts
from layers.errors import ParameterError
from layers.temporal import rfc3339
from twin.sensing.newest import Newest, Sight, newest_of_things

Json = dict[str, Any]
_PREFIX = "reading:"
_OPACITY = 0.85
_FORM = re.compile(r'reading:("[^"]{1,200}"|[^".]{1,200})(?:\.("[^"]{1,60}"|[^".]{1,60}))?')


@dataclass(frozen=True)
class Observed:
    """What is observed: the name of the property, and the symbol of the unit, empty for none."""

    property: str
    unit: str = ""

    @classmethod
    def parse(cls, parameter: str, text: str) -> "Observed":
        """Read ``reading:Property.unit``; raises ParameterError for others."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise ParameterError(
                parameter,
                f"{text[:80]!r} is not reading:Property.unit, or reading:Property where there is no unit; "
                "a name with a dot in it stands in double quotes",
            )
        return cls(found[1].strip('"'), (found[2] or "").strip('"'))

    def __str__(self) -> str:
        """Return it as ``parse`` reads it."""
        return f'{_PREFIX}"{self.property}"' + (f'."{self.unit}"' if self.unit else "")


@dataclass(frozen=True)
class ElementReading:
    """The newest observation of one datastream, in the element that its thing is bound to."""

    element: str
    newest: Newest

    @property
    def observed(self) -> Observed:
        """Return what it is of."""
        return Observed(self.newest.property, self.newest.unit)

    def json(self) -> Json:
        """Return it as JSON."""
        told = self.newest
        return {
            "element": self.element,
            "thing": told.thing,
            "thing_name": told.thing_name,
            "datastream": told.datastream,
            "name": told.name,
            "property": told.property,
            "value": told.value,
            "text": told.text,
            "unit": told.unit or None,
            "time": rfc3339(told.time),
        }


def element_readings(
    connection: Connection, visit: ModelVisit, view: View, model: str, element: str | None = None
) -> list[ElementReading]:
    """Return what was observed last in the elements of a model, or in one of them, the newest first."""
    elements = bound_elements(connection, view, model, element)
    sight = Sight.of(visit.principal, visit.when)
    found = newest_of_things(connection, sight, elements.keys())
    return [ElementReading(one, newest) for newest in found for one in sorted(elements[newest.thing])]


def painted(connection: Connection, visit: ModelVisit, view: View, model: str, by: str) -> Colored:
    """Return the colours of a model by what is said of its elements, or was observed in them last."""
    if not by.startswith(_PREFIX):
        return colored(connection, view, model, Coloring.parse("by", by))
    observed = Observed.parse("by", by)
    return _colors(observed, of_it(element_readings(connection, visit, view, model), observed))


def legend_of(connection: Connection, visit: ModelVisit, view: View, model: str, by: str) -> Json:
    """Return the legend of the same; of readings also how many there are, from when, and the ``state`` of the colours.

    The state is another when the colour of any element is.
    """
    if not by.startswith(_PREFIX):
        return painted(connection, visit, view, model, by).legend()
    observed = Observed.parse("by", by)
    newest = of_it(element_readings(connection, visit, view, model), observed)
    colors = _colors(observed, newest)
    times = sorted(rfc3339(one.newest.time) for one in newest.values())
    span = {"oldest": times[0], "newest": times[-1]} if times else {"oldest": None, "newest": None}
    return {**colors.legend(), "elements": len(newest), **span, "state": _state(colors, newest)}


def require_coloring(by: str) -> None:
    """Raise ParameterError for what nothing can be coloured by."""
    if by.startswith(_PREFIX):
        Observed.parse("by", by)
    else:
        Coloring.parse("by", by)


def opacity_by(by: str | None) -> float:
    """Return how opaque what has a value is at least: rooms are nearly clear, and would hardly show theirs."""
    return _OPACITY if by is not None and by.startswith(_PREFIX) else 0.0


def choices(readings: list[ElementReading]) -> Iterator[Json]:
    """Yield what is observed in a model, with how to ask for it and in how many elements it is."""
    counted: dict[Observed, set[str]] = {}
    for one in readings:
        if one.newest.property:
            counted.setdefault(one.observed, set()).add(one.element)
    for observed, elements in sorted(counted.items(), key=lambda pair: (-len(pair[1]), str(pair[0]))):
        said = {"property": observed.property, "unit": observed.unit or None}
        yield {**said, "by": str(observed), "elements": len(elements)}


def of_it(readings: list[ElementReading], observed: Observed) -> dict[str, ElementReading]:
    """Return the newest reading of one kind in each element."""
    found: dict[str, ElementReading] = {}
    for one in readings:
        if one.observed == observed:
            found.setdefault(one.element, one)
    return found


def _colors(observed: Observed, newest: Mapping[str, ElementReading]) -> Colored:
    """Return colours by numbers, where there are any, else by texts."""
    numbers = {key: one.newest.value for key, one in newest.items() if one.newest.value is not None}
    if numbers:
        return colored_steps(observed.property, numbers, observed.unit)
    return colored_texts(observed.property, {key: one.newest.text for key, one in newest.items() if one.newest.text})


def _state(colors: Colored, newest: Mapping[str, ElementReading]) -> str:
    told = repr(sorted((key, colors.color_of(key)) for key in newest))
    return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()
