"""Suggestions while somebody types."""

from layers.query.geocode.answer import Place
from layers.query.geocode.gazetteer import Gazetteer, squash
from layers.space.addresses import fold, without_divisions

# At most this many entries with the prefix are ranked; the longer the prefix, the fewer there are.
_LOOKED_AT = 2000
_FIRST = {"boundaries": 0, "roads": 1, "stations": 2, "gathering_places": 3, "green": 3}
_OTHERS = 4


def suggest(gazetteer: Gazetteer, text: str, most: int = 10) -> list[tuple[str, Place]]:
    """Return (text, place) of names and addresses that begin so: roads and stations first, then what is tall."""
    folded = fold(text)
    places: dict[tuple[str, str], Place] = {}
    for key in dict.fromkeys((squash(folded), squash(without_divisions(folded)))):
        if not key:
            continue
        for number, (_, label, place) in enumerate(gazetteer.beginning(key)):
            if number >= _LOOKED_AT:
                break
            places.setdefault((label, place.layer), place)
    suggested = [(label, place) for (label, _), place in places.items()]
    suggested.sort(key=lambda each: (_rank(each[1]), -each[1].weight, len(each[0]), each[0]))
    return suggested[:most]


def _rank(place: Place) -> int:
    return _FIRST.get(place.layer, _OTHERS)
