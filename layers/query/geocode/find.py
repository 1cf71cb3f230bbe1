"""From an address or name to places."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

import shapely

from layers.query.geocode.answer import Answer, How, Place, metres, middle_of
from layers.query.geocode.gazetteer import SAME_M, Gazetteer, Road, is_one, name_key, squash
from layers.query.geocode.similar import one_apart
from layers.space.addresses import Address, fold, read

# The highest confidence of each kind of answer. Only the first four can be used unchecked.
_HOUSE, _NAME, _ROAD, _COMPOUND_EXACT = 0.98, 0.93, 0.9, 0.85
_CROSSING, _SEVERAL, _INSIDE_UNKNOWN, _BETWEEN, _BESIDE = 0.78, 0.5, 0.7, 0.65, 0.45
_ROAD_SHARED, _ROAD_ONLY, _ROAD_BY_ADDRESSES, _LIKE, _STREET, _DISTRICT = 0.75, 0.4, 0.6, 0.75, 0.3, 0.15
# What the address says and the place contradicts.
_CONTRADICTED, _SIMILAR_ROAD = 0.5, 0.7
# Numbers this far apart, in numbers and in metres, say nothing of what lies between them; one side alone says less.
_MOST_GAP, _MOST_GAP_M, _MOST_BESIDE = 60, 800.0, 20
# Houses of one number farther from their middle than this are several places.
_COMPOUND_M = 400.0
_OTHER_HOUSE_M = 100.0
_MEETING_M = 40.0
_LEAST_LIKE = 0.55
# 对面, 旁, 至200号: the place is not there, but beside it or along from it.
_BESIDE_IT = re.compile(
    r"(?:对面|旁边?|附近|隔壁|周边|门前|门口|[东南西北前后左右]+[侧边面]|[东南西北]+角|往[东南西北].*)$|\d号?$"
)
# A longer text is not an address.
LONGEST = 200
_LEADING = re.compile(r"\d+")


def geocode(gazetteer: Gazetteer, text: str, most: int = 1) -> list[Answer]:
    """Return the best answers to an address or name, the surest first; none when nothing fits."""
    folded = fold(text[: LONGEST + 1])
    if not folded or len(text) > LONGEST:
        return []
    address = read(folded)
    if _is_elsewhere(gazetteer, address):
        return []
    if places := gazetteer.names.get(squash(folded)) or gazetteer.names.get(squash(address.local)):
        return _answer_names(gazetteer, address, places)[:most]
    answers = _placed(gazetteer, address)
    if not answers and address.divisions:
        answers = _in_division(gazetteer, address)
    return answers[:most]


def _is_elsewhere(gazetteer: Gazetteer, address: Address) -> bool:
    """Tell whether an address is of a city that is not on the map."""
    return bool(gazetteer.home) and (address.city or address.province) not in ("", gazetteer.home)


def _placed(gazetteer: Gazetteer, address: Address) -> list[Answer]:
    if address.crossing:
        return _at_crossing(gazetteer, address)
    if address.road:
        answers = _on_road(gazetteer, address)
        return answers or _by_likeness(gazetteer, address, squash(address.road + address.name))
    if address.name:
        return _by_name(gazetteer, address)
    return []


# Addresses on roads.


def _on_road(gazetteer: Gazetteer, address: Address) -> list[Answer]:
    house = _house(gazetteer, address)
    if house is not None:
        return [house]
    road = gazetteer.roads.get(address.road)
    if address.name and not (address.number or address.lane):
        answers = _by_name(gazetteer, replace(address, road=""), fuzzy=False)
        if answers:
            return answers
    if road is None:
        return _on_similar_road(gazetteer, address)
    if address.number or address.lane:
        return [_interpolated(gazetteer, address) or _road_answer(road, _ROAD_ONLY)]
    if address.name:
        return [_road_answer(road, _ROAD_ONLY)]
    return [_road_answer(road, _ROAD if road.line is not None else _ROAD_BY_ADDRESSES)]


def _house(gazetteer: Gazetteer, address: Address) -> Answer | None:
    """Return the house of an address, or its number or lane where the part inside is not known."""
    road, lane, number, building = address.road, address.lane, address.number, address.building
    if not (lane or number):
        return None
    places = gazetteer.houses.get((road, lane, number, building))
    if places is None and lane and building and not number:
        # In a lane 3号楼 and 3号 are one house.
        places = gazetteer.houses.get((road, lane, building, ""))
    if places is None and lane and number and not building and (road, lane, "", number) in gazetteer.houses:
        places = gazetteer.houses[road, lane, "", number]
    if places is not None:
        return _exact(gazetteer, address, places)
    return _house_around(gazetteer, address)


def _house_around(gazetteer: Gazetteer, address: Address) -> Answer | None:
    road, lane, number, building = address.road, address.lane, address.number, address.building
    if places := gazetteer.numbers.get((road, lane, number)):
        matched = Address(road=road, lane=lane, number=number)
        return _around(gazetteer, address, places, matched, exact=not building)
    if lane and (places := gazetteer.lanes.get((road, lane))):
        matched = Address(road=road, lane=lane)
        return _around(gazetteer, address, places, matched, exact=not (number or building))
    main = number.split("-")[0]
    if main != number and (places := gazetteer.numbers.get((road, lane, main))):
        return _around(gazetteer, address, places, Address(road=road, lane=lane, number=main), exact=False)
    return None


def _exact(gazetteer: Gazetteer, address: Address, places: Sequence[Place]) -> Answer:
    place, confidence = _checked(gazetteer, address, places, _HOUSE)
    return Answer(place.lon, place.lat, confidence, How.EXACT, _matched(place), place)


def _around(
    gazetteer: Gazetteer, address: Address, places: Sequence[Place], matched: Address, *, exact: bool
) -> Answer:
    """Return the answer of the houses of a number or lane: exact, or around the requested house."""
    place, confidence = _checked(gazetteer, address, places, _COMPOUND_EXACT if exact else _INSIDE_UNKNOWN)
    houses = [each for each in places if each.layer == "buildings"] or places
    text = f"{place.district}{matched.local}"
    how = How.EXACT if exact else How.COMPOUND
    return Answer(place.lon, place.lat, confidence, how, text, place if len(houses) == 1 else None)


def _checked(gazetteer: Gazetteer, address: Address, places: Sequence[Place], confidence: float) -> tuple[Place, float]:
    """Return the best matching house, with less confidence where they lie apart or contradict the address."""
    place, spread = _best_of(gazetteer, address, _fitting(address, places))
    if _BESIDE_IT.search(address.name):
        confidence = min(confidence, _INSIDE_UNKNOWN)
    if spread > _COMPOUND_M:
        confidence = min(confidence, _SEVERAL)
    if _contradicts(gazetteer, address, place):
        confidence = min(confidence, _CONTRADICTED)
    return place, confidence


def _best_of(gazetteer: Gazetteer, address: Address, places: Sequence[Place]) -> tuple[Place, float]:
    """Return the place that also matches by name, else the middle one, and how far they lie apart."""
    if len(places) > 1 and address.name:
        key = squash(address.name)
        namesakes = [each for each in places if each.name and key in squash(fold(each.name))]
        places = namesakes or places
    place, spread = middle_of(places)
    if len(places) > 1 and spread <= SAME_M:
        # Of a house and the firms in it, the house.
        houses = [each for each in places if each.layer == "buildings"]
        place = middle_of(houses)[0] if houses else place
    return place, spread


def _contradicts(gazetteer: Gazetteer, address: Address, place: Place) -> bool:
    """Tell whether an address names another district, street or house than the place has."""
    if address.district and place.district and address.district != place.district:
        return True
    if address.street and place.street and address.street != place.street:
        return True
    if not address.name:
        return False
    key, far = squash(address.name), _OTHER_HOUSE_M
    namesakes = gazetteer.names.get(key)
    if namesakes is None:
        namesakes, far = gazetteer.compounds.get(key, []), _COMPOUND_M
    position = (place.lon, place.lat)
    return bool(namesakes) and all(metres(position, (each.lon, each.lat)) > far for each in namesakes)


def _interpolated(gazetteer: Gazetteer, address: Address) -> Answer | None:
    """Return the place between the nearest known numbers of the same side of the road."""
    leading = _LEADING.match(address.lane or address.number)
    if leading is None:
        return None
    number = int(leading[0])
    side = gazetteer.sides.get((address.road, number % 2), [])
    at = bisect_left(side, (number, -1e9, -1e9))
    before, after = side[at - 1 : at][:1], side[at : at + 1]
    if before and after:
        (low, *one), (high, *other) = before[0], after[0]
        if high - low <= _MOST_GAP and metres((one[0], one[1]), (other[0], other[1])) <= _MOST_GAP_M:
            share = (number - low) / (high - low)
            lon, lat = (a + (b - a) * share for a, b in zip(one, other, strict=True))
            confidence = _BETWEEN - 0.2 * (high - low) / _MOST_GAP
            return _between(gazetteer, address, (lon, lat), confidence, f"{address.road}{low}–{high}号")
    nearest = min((*before, *after), key=lambda neighbour: abs(neighbour[0] - number), default=None)
    if nearest is None or abs(nearest[0] - number) > _MOST_BESIDE:
        return None
    matched = f"{address.road}{nearest[0]}号"
    return _between(gazetteer, address, (nearest[1], nearest[2]), _BESIDE, matched)


def _between(
    gazetteer: Gazetteer, address: Address, where: tuple[float, float], confidence: float, matched: str
) -> Answer:
    road = gazetteer.roads[address.road].place
    if address.district and road.district and address.district != road.district:
        confidence *= _CONTRADICTED
    return Answer(where[0], where[1], confidence, How.INTERPOLATED, matched)


def _road_answer(road: Road, confidence: float) -> Answer:
    place = road.place if road.line is not None else None
    return Answer(road.place.lon, road.place.lat, confidence, How.ROAD, road.name, place)


def _on_similar_road(gazetteer: Gazetteer, address: Address) -> list[Answer]:
    """Answer for a road that is misspelt in one character, if only one road can be meant."""
    alike = [name for _, name in gazetteer.similar_roads.find(address.road, 0.3, 50) if one_apart(name, address.road)]
    if len(alike) != 1 or len(address.road) < 3:
        return []
    answers = _on_road(gazetteer, replace(address, road=alike[0]))
    return [replace(each, confidence=each.confidence * _SIMILAR_ROAD, how=How.SIMILAR) for each in answers]


def _at_crossing(gazetteer: Gazetteer, address: Address) -> list[Answer]:
    """Return where two roads meet."""
    road = gazetteer.roads.get(address.road)
    # 和 between two roads is a word, or begins the second: 世纪大道和林路 may be 世纪大道 and 和林路.
    other = gazetteer.roads.get(address.crossing) or gazetteer.roads.get(f"和{address.crossing}")
    if road is None or other is None or road.line is None or other.line is None:
        single = road or other
        return [] if single is None else [_road_answer(single, _ROAD_ONLY)]
    points, gap_m = _meeting(road, other)
    if gap_m > _MEETING_M:
        return [_road_answer(road, _ROAD_ONLY)]
    confidence = _CROSSING if len(points) == 1 else _SEVERAL
    matched = f"{road.name}/{other.name}"
    return [Answer(lon, lat, confidence, How.CROSSING, matched, road.place) for lon, lat in points]


def _meeting(road: Road, other: Road) -> tuple[list[tuple[float, float]], float]:
    """Return where two roads meet, places close to each other as one, and how far apart they are there in metres."""
    line = shapely.shortest_line(road.line, other.line)
    (first, second) = ((float(lon), float(lat)) for lon, lat in shapely.get_coordinates(line)[:2])
    places = [first]
    for lon, lat in shapely.get_coordinates(shapely.intersection(road.line, other.line)):
        if all(metres((lon, lat), point) > SAME_M for point in places):
            places.append((float(lon), float(lat)))
    return places, metres(first, second)


# Names.


def _answer_names(gazetteer: Gazetteer, address: Address, places: Sequence[Place]) -> list[Answer]:
    """Answer with the objects that have exactly this name."""
    if address.road and not address.name:
        # 世纪大道 is a road, and only then the station that is called after it.
        roads = [each for each in places if each.layer == "roads"]
        others = [each for each in places if each.layer != "roads"]
        rest = [_by_its_name(each, _SEVERAL) for each in others]
        if roads and is_one(roads):
            return [_by_its_name(roads[0], _ROAD_SHARED if rest else _ROAD, How.ROAD), *rest]
    places = _fitting(address, places)
    best = max(places, key=lambda each: (each.layer == "buildings", each.weight))
    if is_one(places):
        sure = _CONTRADICTED if _contradicts(gazetteer, replace(address, name=""), best) else _NAME
        return [_by_its_name(best, sure)]
    ordered = sorted(places, key=lambda each: -each.weight)
    return [_by_its_name(each, _SEVERAL) for each in ordered]


def _fitting(address: Address, places: Sequence[Place]) -> Sequence[Place]:
    """Return the places in the divisions that an address names, if some are."""
    fit = [
        each
        for each in places
        if (not address.district or not each.district or each.district == address.district)
        and (not address.street or not each.street or each.street == address.street)
    ]
    return fit or places


def _by_its_name(place: Place, confidence: float, how: How = How.NAME) -> Answer:
    return Answer(place.lon, place.lat, confidence, how, place.name or place.name_en or _matched(place), place)


def _by_name(gazetteer: Gazetteer, address: Address, *, fuzzy: bool = True) -> list[Answer]:
    """Answer for a name in its divisions: exactly, by its compound, or by likeness."""
    key = name_key(address)
    if places := gazetteer.names.get(key):
        return _answer_names(gazetteer, address, places)
    # In a compound 3号 and 3号楼 are one house.
    if address.number and not address.building:
        swapped = name_key(replace(address, number="", building=address.number))
        if places := gazetteer.names.get(swapped):
            return _answer_names(gazetteer, address, places)
    compound = squash(address.name)
    places = gazetteer.names.get(compound) or gazetteer.compounds.get(compound)
    if places:
        place, spread = middle_of(_fitting(address, places))
        sure = _INSIDE_UNKNOWN if spread <= _COMPOUND_M else _SEVERAL
        if _contradicts(gazetteer, replace(address, name=""), place):
            sure = _CONTRADICTED
        return [Answer(place.lon, place.lat, sure, How.COMPOUND, address.name, place)]
    if address.number and (answers := _on_similar_road(gazetteer, replace(address, road=address.name, name=""))):
        return answers
    return _by_likeness(gazetteer, address, compound, key.removeprefix(compound)) if fuzzy else []


def _by_likeness(gazetteer: Gazetteer, address: Address, key: str, inside: str = "") -> list[Answer]:
    """Answer with what has a similar name, and the house ``inside`` of it; the more alike, the surer."""
    # A single character is too similar to everything.
    alike = gazetteer.similar_names.find(key, _LEAST_LIKE) if len(key) > 1 else []
    answers = []
    for score, name in alike:
        candidates = gazetteer.names.get(f"{name}{inside}") or gazetteer.names.get(name) or gazetteer.compounds[name]
        places = _fitting(address, candidates)
        place, _ = middle_of(places)
        sure = _LIKE * score * (1 if is_one(places) else _SEVERAL)
        if _contradicts(gazetteer, replace(address, name=""), place):
            sure *= _CONTRADICTED
        answers.append(Answer(place.lon, place.lat, sure, How.SIMILAR, place.name or name, place))
    return sorted(answers, key=lambda answer: -answer.confidence)


def _in_division(gazetteer: Gazetteer, address: Address) -> list[Answer]:
    """Return the middle of the street or district that an address names."""
    for name, confidence in ((address.street, _STREET), (address.district, _DISTRICT)):
        if division := gazetteer.divisions.get(name):
            object_ = division.place if division.area is not None else None
            only = not address.local
            sure = _NAME if only and object_ is not None else confidence
            return [Answer(division.place.lon, division.place.lat, sure, How.DISTRICT, name, object_)]
    return []


def _matched(place: Place) -> str:
    return place.address or place.name or place.name_en or ""
