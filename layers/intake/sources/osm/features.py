"""Which layers an OpenStreetMap object belongs to, and with which values: one function for each layer.

Each takes the tags and returns the values of the layer's columns, or None when the object is not of its kind.
"""

from collections.abc import Callable, Mapping
from typing import Any

from layers.intake.sources.osm.heights import heights
from layers.intake.sources.osm.numbers import integer, kmh, metres, year
from layers.intake.sources.osm.uses import use_of
from layers.intake.sources.osm.words import address, name, names

Tags = Mapping[str, str]
Values = dict[str, Any]
Rule = Callable[[Tags], Values | None]

# An object without one of these keys belongs to no layer.
KEYS = (
    "building", "building:part", "highway", "railway", "waterway", "natural", "landuse", "leisure", "boundary",
    "amenity", "shop", "tourism", "office", "historic", "public_transport",
)  # fmt: skip

_NO = {"no", "false", "0"}
_WATER_LANDUSE = {"basin", "reservoir", "salt_pond"}
_GREEN = {
    "leisure": {"park", "garden", "nature_reserve", "golf_course", "common", "dog_park"},
    "landuse": {"grass", "forest", "meadow", "village_green", "recreation_ground", "flowerbed"},
    "natural": {"wood", "scrub", "grassland", "heath", "shrubbery"},
}
# OpenStreetMap's value to the class of the layer farmland.
_FARMLAND = {
    "farmland": "farmland",
    "orchard": "orchard",
    "vineyard": "orchard",
    "greenhouse_horticulture": "greenhouse",
    "plant_nursery": "vegetable",
    "allotments": "vegetable",
    "farmyard": "farmland",
}
_CROPS = {"rice": "paddy", "vegetable": "vegetable", "vegetables": "vegetable"}
_AMENITY_LAND = {
    "school": "education",
    "university": "education",
    "college": "education",
    "kindergarten": "education",
    "hospital": "medical",
    "place_of_worship": "religious",
}
_WATERWAY_LINES = {"river", "stream", "canal", "drain", "ditch", "tidal_channel"}
_RAILS = {"subway", "rail", "light_rail", "monorail", "tram", "funicular", "narrow_gauge", "miniature"}
_ADMIN_LEVELS = {4: "city", 5: "city", 6: "district", 8: "street", 10: "village"}
_SCHOOLS = {"kindergarten": "kindergarten", "school": "school", "college": "college", "university": "college"}
_NO_COMPANIES = {
    "government", "diplomatic", "ngo", "association", "political_party", "religion", "administrative", "foundation",
    "charity", "educational_institution", "university", "union",
}  # fmt: skip
_INDUSTRIES = {
    "financial": "finance", "insurance": "finance", "financial_advisor": "finance", "accountant": "business",
    "it": "information", "telecommunication": "information", "consulting": "business", "lawyer": "business",
    "advertising_agency": "business", "coworking": "business", "logistics": "transport", "moving_company": "transport",
}  # fmt: skip
_POI_KEYS = ("amenity", "shop", "tourism", "office", "leisure", "historic")
# Kinds that are shown even without a name.
_NAMELESS_POI = {
    "hospital", "clinic", "pharmacy", "police", "fire_station", "toilets", "fuel", "post_office", "bank", "atm",
    "charging_station", "school", "kindergarten", "library", "parking", "bus_station", "ferry_terminal", "viewpoint",
    "hotel", "museum", "convenience", "supermarket", "drinking_water", "shelter",
}  # fmt: skip


def building(tags: Tags) -> Values | None:
    """Return the values of a building."""
    kind = tags.get("building", "no")
    if kind in _NO:
        return None
    use = use_of(tags)
    return {
        **names(tags),
        "class": kind,
        "use": use,
        **heights(tags, kind, use),
        "has_parts": False,
        "address": address(tags),
        "start_year": year(tags.get("start_date")),
    }


def building_part(tags: Tags) -> Values | None:
    """Return the values of a part of a building."""
    kind = tags.get("building:part", "no")
    if kind in _NO:
        return None
    return {
        "name": name(tags),
        "class": kind,
        **heights(tags, kind, use_of(tags)),
        "roof_shape": tags.get("roof:shape"),
        "colour": tags.get("building:colour"),
    }


def water(tags: Tags) -> Values | None:
    """Return the values of a water surface."""
    if tags.get("natural") == "water":
        kind = tags.get("water", "water")
    elif tags.get("waterway") in {"riverbank", "dock"}:
        kind = "river" if tags["waterway"] == "riverbank" else "dock"
    elif tags.get("landuse") in _WATER_LANDUSE:
        kind = tags["landuse"]
    else:
        return None
    return {**names(tags), "class": kind}


def landuse(tags: Tags) -> Values | None:
    """Return the values of an area of land use that is neither green, nor farmland, nor water."""
    kind = tags.get("landuse")
    if kind is None and "building" not in tags:
        kind = _AMENITY_LAND.get(tags.get("amenity", ""))
    if kind is None or kind in _GREEN["landuse"] | _WATER_LANDUSE or kind in _FARMLAND:
        return None
    return {**names(tags), "class": kind}


def green(tags: Tags) -> Values | None:
    """Return the values of a park, wood or lawn."""
    kind = next((tags[key] for key, values in _GREEN.items() if tags.get(key) in values), None)
    return None if kind is None else {**names(tags), "class": kind}


def farmland(tags: Tags) -> Values | None:
    """Return the values of a field, an orchard or greenhouses; the area is computed later from the geometry."""
    kind = _FARMLAND.get(tags.get("landuse", ""))
    if kind is None:
        return None
    crop = tags.get("crop") or tags.get("trees") or tags.get("produce")
    return {"name": name(tags), "class": _CROPS.get(crop or "", kind), "crop": crop}


def boundary(tags: Tags) -> Values | None:
    """Return the values of an administrative area."""
    if tags.get("boundary") != "administrative":
        return None
    level = integer(tags.get("admin_level"))
    kind = None if level is None else _ADMIN_LEVELS.get(level, f"level {level}")
    code = tags.get("ref:CN:division") or tags.get("gb2260") or tags.get("ref")
    return {**names(tags), "class": kind, "admin_level": level, "division_code": code}


def road(tags: Tags) -> Values | None:
    """Return the values of a road or path; every way with the key ``highway`` is one."""
    kind = tags.get("highway", "no")
    if kind in _NO:
        return None
    return {
        **names(tags),
        "class": kind,
        "ref": tags.get("ref"),
        "oneway": _oneway(tags, kind),
        "lanes": integer(tags.get("lanes")),
        "maxspeed_kmh": kmh(tags.get("maxspeed")),
        **_passages(tags),
        "level": integer(tags.get("layer")),
        "width_m": metres(tags.get("width")),
    }


def railway(tags: Tags) -> Values | None:
    """Return the values of a railway or metro line in operation."""
    kind = tags.get("railway")
    if kind not in _RAILS:
        return None
    line = tags.get("ref") or tags.get("line")
    return {**names(tags), "class": kind, "ref": line, "colour": tags.get("colour"), **_passages(tags)}


def waterway(tags: Tags) -> Values | None:
    """Return the values of a river, stream, canal, drain or ditch as a line."""
    kind = tags.get("waterway")
    if kind not in _WATERWAY_LINES:
        return None
    return {**names(tags), "class": kind, "width_m": metres(tags.get("width"))}


def station(tags: Tags) -> Values | None:
    """Return the values of a station or ferry terminal in operation; metro stop positions count."""
    if tags.get("railway") == "stop" and tags.get("subway") == "yes" and "name" in tags:
        kind = "subway"
    elif tags.get("railway") in {"station", "halt", "tram_stop"}:
        subway = tags.get("station") == "subway" or tags.get("subway") == "yes"
        light = tags.get("station") if tags.get("station") in {"light_rail", "monorail"} else None
        kind = "subway" if subway else light or ("tram" if tags["railway"] == "tram_stop" else "rail")
    elif tags.get("amenity") == "ferry_terminal":
        kind = "ferry"
    else:
        return None
    return {**names(tags), "class": kind, "lines": tags.get("line") or tags.get("route_ref") or tags.get("subway:line")}


def poi(tags: Tags) -> Values | None:
    """Return the values of a point of interest: anything with a name, or of a kind that is shown without one."""
    category = next((key for key in _POI_KEYS if tags.get(key, "no") not in _NO), None)
    if category is None or (name(tags) is None and tags[category] not in _NAMELESS_POI):
        return None
    return {
        **names(tags),
        "class": tags[category],
        "category": category,
        "address": address(tags),
        "phone": tags.get("phone") or tags.get("contact:phone"),
        "website": tags.get("website") or tags.get("contact:website"),
        "opening_hours": tags.get("opening_hours"),
    }


def school(tags: Tags) -> Values | None:
    """Return the values of a school, kindergarten, college or university."""
    kind = _SCHOOLS.get(tags.get("amenity", ""))
    if kind is None:
        return None
    if kind == "school":
        kind = _stage(tags)
    return {**names(tags), "class": kind, "students": integer(tags.get("capacity")), "address": address(tags)}


def hospital(tags: Tags) -> Values | None:
    """Return the values of a hospital, clinic or doctor's practice."""
    kind = tags.get("amenity")
    if kind not in {"hospital", "clinic", "doctors"}:
        return None
    emergency = tags.get("emergency")
    return {
        **names(tags),
        "class": kind,
        "tier": None,
        "beds": integer(tags.get("beds") or tags.get("capacity:beds")),
        "emergency": None if emergency is None else emergency not in _NO,
        "address": address(tags),
    }


def enterprise(tags: Tags) -> Values | None:
    """Return the values of a company: an office with a name that is not of the state, a society or a mission."""
    kind = tags.get("office", "no")
    if kind in _NO or kind in _NO_COMPANIES or name(tags) is None:
        return None
    return {**names(tags), "class": _INDUSTRIES.get(kind, "company"), "address": address(tags)}


# Points take nodes as they are, and areas by a point on their surface.
AREAS: dict[str, Rule] = {
    "boundaries": boundary,
    "water": water,
    "landuse": landuse,
    "green": green,
    "farmland": farmland,
    "buildings": building,
    "building_parts": building_part,
}
LINES: dict[str, Rule] = {"waterways": waterway, "roads": road, "railways": railway}
POINTS: dict[str, Rule] = {
    "stations": station,
    "poi": poi,
    "schools": school,
    "hospitals": hospital,
    "enterprises": enterprise,
}
LAYERS = (*AREAS, *LINES, *POINTS)


def _stage(tags: Tags) -> str:
    """Return the stage of a school: by its ISCED level (UNESCO: 1 primary, 2 and 3 secondary), or its name."""
    levels = set(tags.get("isced:level", "").replace("-", ";").split(";")) & {"1", "2", "3"}
    title = name(tags) or ""
    if levels == {"1"} or (not levels and title.endswith("小学")):
        return "primary"
    if (levels and "1" not in levels) or (not levels and title.endswith(("中学", "高中", "初中"))):
        return "secondary"
    return "school"


def _passages(tags: Tags) -> Values:
    return {key: tags.get(key, "no") not in _NO for key in ("bridge", "tunnel")}


def _oneway(tags: Tags, kind: str) -> bool:
    """Tell whether traffic goes one way; motorways and roundabouts do by default."""
    oneway = tags.get("oneway")
    if oneway is None:
        return kind == "motorway" or tags.get("junction") == "roundabout"
    return oneway not in _NO
