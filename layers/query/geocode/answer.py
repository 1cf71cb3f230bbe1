"""The result of geocoding: a place, its confidence, and how it was matched."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from layers.title import Title

# Answers from here on can be used unchecked: an exact house number, or an exact name that only one thing has.
CONFIDENT = 0.8
_METRES_PER_DEGREE = 111_320.0


class How(StrEnum):
    """How an address was matched."""

    EXACT = "exact"
    COMPOUND = "compound"
    CROSSING = "crossing"
    INTERPOLATED = "interpolated"
    ROAD = "road"
    NAME = "name"
    SIMILAR = "similar"
    DISTRICT = "district"

    @property
    def words(self) -> Title:
        """Return it in words."""
        return _WORDS[self]


_WORDS = {
    How.EXACT: Title("门牌号精确匹配", "exact house number"),
    How.COMPOUND: Title("门牌或院落匹配，其内部分不明", "the house number or compound is known, the part in it is not"),
    How.CROSSING: Title("道路交叉口", "where two roads meet"),
    How.INTERPOLATED: Title("由同侧邻近门牌内插", "between the nearest known numbers of the same side"),
    How.ROAD: Title("道路匹配", "the road"),
    How.NAME: Title("名称精确匹配", "exact name"),
    How.SIMILAR: Title("名称相近", "a similar name"),
    How.DISTRICT: Title("仅行政区划匹配", "only the division"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Something on the map that can be found; ``district`` and ``street`` are the divisions in which it lies."""

    layer: str
    fid: int
    code: str | None
    name: str | None
    name_en: str | None
    address: str | None
    lon: float
    lat: float
    weight: float = 0.0
    district: str = ""
    street: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: where (EPSG:4490), the thing that was matched, if it is one, and what of the question it answers."""

    lon: float
    lat: float
    confidence: float
    how: How
    matched: str
    place: Place | None = None

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        place = self.place
        return {
            "lon": round(self.lon, 7),
            "lat": round(self.lat, 7),
            "confidence": round(self.confidence, 2),
            "how": {"code": self.how.value, **self.how.words.json()},
            "matched": self.matched,
            "object": place
            and {
                "layer": place.layer,
                "fid": place.fid,
                "code": place.code,
                "name": place.name,
                "name_en": place.name_en,
                "address": place.address,
            },
        }


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return about how far two places are apart, good to a percent within a city."""
    east = (one[0] - other[0]) * math.cos(math.radians((one[1] + other[1]) / 2))
    return math.hypot(east, one[1] - other[1]) * _METRES_PER_DEGREE


def middle_of(places: Sequence[Place]) -> tuple[Place, float]:
    """Return the place next to the middle of several, and how far the farthest is from the middle, in metres."""
    if len(places) == 1:
        return places[0], 0.0
    middle = sum(each.lon for each in places) / len(places), sum(each.lat for each in places) / len(places)
    away = [metres(middle, (each.lon, each.lat)) for each in places]
    return places[away.index(min(away))], max(away)
