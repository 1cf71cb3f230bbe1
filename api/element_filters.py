"""Which elements of a building a request means."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from bim.property_test import PropertyTest
from bim.query import ElementQuery
from layers.errors import ParameterError

_MOST_TESTS = 8
_KEY = 200
Metres = Annotated[float | None, Query(ge=-1e6, le=1e6, allow_inf_nan=False)]
Volume = Annotated[float | None, Query(ge=0, le=1e12, allow_inf_nan=False, description="cubic metres")]
_FORM = 'Set.Name, Set.Name=value or Set.Name>=number; names with a dot in double quotes: "Set 1.0".Name'
Tests = list[str] | None


@dataclass(frozen=True)
class ElementFilters:
    """Filters of elements, all of which hold."""

    ifc_class: Annotated[str | None, Query(alias="class", max_length=_KEY, description="IfcWall, IfcDoor")] = None
    kind: Annotated[str | None, Query(max_length=20, description="site, building, storey, space, element")] = None
    storey: Annotated[str | None, Query(max_length=_KEY, description="the id or the name of a storey")] = None
    discipline: Annotated[str | None, Query(max_length=_KEY, description="structure, mep")] = None
    name: Annotated[str | None, Query(max_length=_KEY, description="a part of the name")] = None
    properties: Annotated[Tests, Query(alias="property", description=_FORM)] = None
    quantities: Annotated[Tests, Query(alias="quantity", description=_FORM)] = None
    min_volume: Volume = None
    max_volume: Volume = None
    above: Metres = None
    below: Metres = None
    inside: Annotated[str | None, Query(max_length=_KEY, description="all parts of this element, and theirs")] = None
    near: Annotated[str | None, Query(max_length=_KEY, description="the id of an element")] = None
    within: Annotated[
        float, Query(ge=0, le=10_000, allow_inf_nan=False, description="metres from the box of the one to be near to")
    ] = 0.0

    material: Annotated[str | None, Query(max_length=1000, description="the name of one of its materials")] = None
    system: Annotated[str | None, Query(max_length=1000, description="the name of a system that it belongs to")] = None

    @property
    def query(self) -> ElementQuery:
        """Return what is asked; raises ParameterError for a test of a property that cannot be read."""
        return ElementQuery(
            ifc_class=self.ifc_class,
            kind=self.kind,
            storey=self.storey,
            discipline=self.discipline,
            name=self.name,
            properties=_tests("property", self.properties),
            quantities=_tests("quantity", self.quantities),
            min_volume=self.min_volume,
            max_volume=self.max_volume,
            above=self.above,
            below=self.below,
            inside=self.inside,
            near=self.near,
            within=self.within,
            material=self.material,
            system=self.system,
        )


def _tests(parameter: str, texts: Tests) -> tuple[PropertyTest, ...]:
    if texts is not None and len(texts) > _MOST_TESTS:
        raise ParameterError(parameter, f"it is there {len(texts)} times; {_MOST_TESTS} is the most")
    return tuple(PropertyTest.parse(parameter, text) for text in texts or ())
