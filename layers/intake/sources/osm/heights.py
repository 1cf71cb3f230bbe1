"""Heights of buildings: tagged, computed from floors, or estimated by the kind of building."""

from collections.abc import Mapping
from typing import Any

from layers.intake.sources.osm.numbers import count, metres

Tags = Mapping[str, str]
MAX_FLOORS = 200

# Height from floor to floor, metres. Dwellings: GB 50096-2011, 5.5.1 asks for 2.80 m at least, and 3.0 m is what is
# built. Offices: of Lujiazui's towers that are tagged with both, height by floors is 4.2 to 4.9 m (Shanghai Tower
# 632/128, SWFC 492/101, Jin Mao 420.5/88), lower ones have about 4 m. Shops: JGJ 48-2014 asks for 3.2 to 5.4 m clear
# by area. Others lie between.
STOREY_M = {"residential": 3.0, "office": 4.2, "retail": 4.8, "hotel": 3.6, "industrial": 5.0, "education": 3.8}
OTHER_STOREY_M = 3.5

# Metres for a building of which neither height nor floors are known, by OpenStreetMap's value of ``building``: the
# usual number of floors times the height of one. A walk-up in Shanghai has six floors (GB 50352 calls up to 27 m
# low and multi-storey, and six is the most that needs no lift), a lane house two or three.
ESTIMATES_M = {
    "apartments": 18.0,
    "residential": 18.0,
    "dormitory": 18.0,
    "house": 7.5,
    "detached": 7.5,
    "terrace": 7.5,
    "villa": 7.5,
    "semidetached_house": 7.5,
    "office": 29.4,
    "skyscraper": 150.0,
    "commercial": 16.8,
    "hotel": 36.0,
    "retail": 9.6,
    "supermarket": 5.5,
    "mall": 19.2,
    "industrial": 10.0,
    "warehouse": 9.0,
    "school": 15.2,
    "kindergarten": 7.6,
    "university": 19.0,
    "college": 19.0,
    "hospital": 22.8,
    "church": 12.0,
    "temple": 8.0,
    "train_station": 12.0,
    "garage": 3.0,
    "garages": 3.0,
    "parking": 9.0,
    "roof": 4.0,
    "kiosk": 3.0,
    "shed": 3.0,
    "hut": 3.0,
    "tent": 5.0,
    "service": 4.0,
    "toilets": 3.5,
    "greenhouse": 4.0,
}
# For ``building=yes``: three floors are the median of buildings with a number of floors and no other tag.
ESTIMATE_M = 10.5


def heights(tags: Tags, kind: str, use: str | None) -> dict[str, Any]:
    """Return height_m, min_height_m (both above ground), floors and height_source of a building or a part of one."""
    storey = STOREY_M.get(use or "", OTHER_STOREY_M)
    levels, min_level = _levels(tags, "building:levels"), _levels(tags, "building:min_level")
    base = _base(tags, min_level, storey)
    tagged = metres(tags.get("height") or tags.get("building:height"))
    if tagged is not None and tagged > (base or 0.0):
        height, origin = tagged, "tagged"
    elif levels is not None:
        height, origin = round(levels * storey, 1), "floors"
    else:
        height, origin = ESTIMATES_M.get(kind, ESTIMATE_M), "estimated"
    if base is not None and base >= height:
        height = base + storey
    return {
        "height_m": height,
        "min_height_m": base,
        "floors": None if levels is None else int(levels),
        "height_source": origin,
    }


def _base(tags: Tags, min_level: float | None, storey: float) -> float | None:
    """Return the height above ground at which a building or part begins, where tagged."""
    tagged = metres(tags.get("min_height") or tags.get("building:min_height"))
    if tagged is not None or min_level is None:
        return tagged
    return round(min_level * storey, 1)


def _levels(tags: Tags, key: str) -> float | None:
    levels = count(tags.get(key))
    return levels if levels is not None and 0 < levels <= MAX_FLOORS else None
