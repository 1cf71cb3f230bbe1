"""The addresses and names of the map, indexed for lookup."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from layers.query.geocode.answer import Place, metres, middle_of
from layers.query.geocode.similar import Similar
from layers.space.addresses import Address, fold, read
from layers.space.addresses.divisions import SHANGHAI, SHANGHAI_DISTRICTS

# Things of one name closer than this are one thing, known to several layers.
SAME_M = 250.0
_BRACKETS = re.compile(r"(.*?)\s*[（(]([^（()）]+)[)）]\s*")
_SAMPLE = "样例"
_LEADING = re.compile(r"\d+")
HouseKey = tuple[str, str, str, str]


@dataclass(frozen=True)
class Road:
    """A road: its line where the map has one, and the place that stands for it."""

    name: str
    place: Place
    line: Any = None


@dataclass(frozen=True)
class Division:
    """A district or street: its place and, where the map has it, its area."""

    name: str
    place: Place
    area: Any = None


@dataclass(repr=False, eq=False)
class Gazetteer:
    """Places by house number, road, name and division."""

    houses: dict[HouseKey, list[Place]] = field(default_factory=lambda: defaultdict(list))
    numbers: dict[tuple[str, str, str], list[Place]] = field(default_factory=lambda: defaultdict(list))
    lanes: dict[tuple[str, str], list[Place]] = field(default_factory=lambda: defaultdict(list))
    names: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    compounds: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    roads: dict[str, Road] = field(default_factory=dict)
    divisions: dict[str, Division] = field(default_factory=dict)
    home: str = ""
    _beginnings: list[tuple[str, str, Place]] = field(default_factory=list)
    _inside: set[str] = field(default_factory=set)

    def add(self, place: Place) -> None:
        """Add an object with a name, an address, or both."""
        if place.address and place.layer != "roads":
            self._add_address(place, place.address)
        for alias in aliases(place):
            self._add_name(place, alias)

    def add_road(self, road: Road) -> None:
        """Add a road."""
        self.roads[road.name] = road
        self._add_name(road.place, road.name)

    def add_division(self, division: Division) -> None:
        """Add a division that the map has."""
        self.divisions[division.name] = division

    def close(self) -> None:
        """Add what follows from the objects: roads and districts known by addresses alone, and the city."""
        self._beginnings.sort(key=lambda entry: (entry[0], -entry[2].weight))
        on_roads: dict[str, list[Place]] = defaultdict(list)
        in_districts: dict[str, list[Place]] = defaultdict(list)
        for (road, _, _), places in self.numbers.items():
            on_roads[road] += places
            for place in places:
                in_districts[place.district].append(place)
        for road, places in on_roads.items():
            if road not in self.roads:
                self.roads[road] = Road(road, middle_of(places)[0])
        for district, places in in_districts.items():
            if district and district not in self.divisions:
                self.divisions[district] = Division(district, middle_of(places)[0])
        if any(district in SHANGHAI_DISTRICTS for district in in_districts):
            self.home = SHANGHAI

    @cached_property
    def sides(self) -> Mapping[tuple[str, int], list[tuple[int, float, float]]]:
        """Return the known numbers of each side (odd 1, even 0) of each road, in order, each with its place."""
        places_by_number: dict[tuple[str, int], list[Place]] = defaultdict(list)
        for (road, lane, number), places in self.numbers.items():
            if leading := _LEADING.match(lane or number):
                places_by_number[road, int(leading[0])] += places
        sides: dict[tuple[str, int], list[tuple[int, float, float]]] = defaultdict(list)
        for (road, value), places in places_by_number.items():
            middle = middle_of(places)[0]
            sides[road, value % 2].append((value, middle.lon, middle.lat))
        for side in sides.values():
            side.sort()
        return sides

    @cached_property
    def similar_names(self) -> Similar:
        """Return names and compounds by their likeness, without the houses inside of compounds."""
        return Similar((self.names.keys() - self._inside) | self.compounds.keys())

    @cached_property
    def similar_roads(self) -> Similar:
        """Return roads by their likeness."""
        return Similar(self.roads)

    def beginning(self, key: str) -> Iterator[tuple[str, str, Place]]:
        """Yield (key, text, place) of all entries with this prefix."""
        for at in range(bisect_left(self._beginnings, key, key=lambda entry: entry[0]), len(self._beginnings)):
            if not self._beginnings[at][0].startswith(key):
                return
            yield self._beginnings[at]

    def _add_address(self, place: Place, text: str) -> None:
        address = read(fold(text))
        if not address.road:
            return
        road, lane, number = address.road, address.lane, address.number
        if lane or number:
            self.houses[road, lane, number, address.building].append(place)
            self.numbers[road, lane, number].append(place)
        if lane:
            self.lanes[road, lane].append(place)
        self._beginnings.append((squash(address.local), str(address), place))

    def _add_name(self, place: Place, name: str) -> None:
        key = squash(fold(name))
        if len(key) < 2:
            # A number on a roof is not a name.
            return
        address = read(fold(name))
        keys = {key, name_key(address)} - {""}
        for each in keys:
            self.names[each].append(place)
        if not address.road and address.name and (address.building or address.number):
            self.compounds[squash(address.name)].append(place)
            self._inside |= keys
        self._beginnings.append((key, name, place))


def squash(text: str) -> str:
    """Return a folded text as a key of names: without spaces, in one case."""
    return text.replace(" ", "").lower()


def name_key(address: Address) -> str:
    """Return the key of what an address names, to the building, or nothing when it names nothing."""
    if address.road or not address.name:
        return ""
    return squash(Address(number=address.number, name=address.name, building=address.building).local)


def aliases(place: Place) -> set[str]:
    """Return the names under which a thing is looked for: its names, with and without what stands in brackets."""
    names = set()
    for name in (place.name, place.name_en):
        if not name:
            continue
        names.add(name)
        if bracketed := _BRACKETS.fullmatch(name):
            names.add(bracketed[1])
            if bracketed[2] != _SAMPLE and not _LEADING.match(bracketed[2]):
                names.add(bracketed[2])
    if place.layer == "stations" and place.name:
        plain = _BRACKETS.sub(r"\1", place.name)
        names |= {f"{plain}站", f"地铁{plain}站", f"{plain}地铁站"}
    return {name for name in names if name}


def is_one(places: Iterable[Place]) -> bool:
    """Tell whether places are so close that they are one thing."""
    first, *others = places
    return all(metres((first.lon, first.lat), (each.lon, each.lat)) <= SAME_M for each in others)
