"""The use of a building, from its own kind and from what is in it."""

from collections.abc import Mapping

Tags = Mapping[str, str]

# OpenStreetMap's values of ``building``.
_BY_BUILDING = {
    "residential": (
        "apartments residential dormitory house detached terrace villa semidetached_house bungalow farm static_caravan"
    ),
    "office": "office commercial skyscraper government",
    "retail": "retail supermarket mall shop kiosk",
    "hotel": "hotel",
    "industrial": "industrial warehouse manufacture factory hangar",
    "education": "school kindergarten university college",
    "medical": "hospital clinic",
    "culture": (
        "museum church cathedral chapel temple mosque synagogue shrine religious monastery theatre "
        "stadium sports_hall sports_centre grandstand pavilion"
    ),
    "transport": "train_station transportation station garage garages parking ferry_terminal",
    "other": "roof shed hut tent service toilets greenhouse construction ruins bunker transformer_tower",
}
# Values of ``amenity``.
_BY_AMENITY = {
    "education": "school kindergarten university college library language_school",
    "medical": "hospital clinic doctors dentist nursing_home",
    "culture": "theatre cinema arts_centre place_of_worship community_centre conference_centre exhibition_centre",
    "retail": "restaurant cafe fast_food food_court bar pub marketplace",
    "office": "bank townhall courthouse police post_office fire_station stock_exchange embassy",
    "transport": "parking bus_station ferry_terminal fuel",
}
# Values of ``tourism``.
_BY_TOURISM = {
    "hotel": "hotel hostel guest_house motel apartment",
    "culture": "museum gallery aquarium theme_park zoo",
}


def _inverted(words: Mapping[str, str]) -> dict[str, str]:
    return {value: use for use, values in words.items() for value in values.split()}


_BUILDING, _AMENITY, _TOURISM = _inverted(_BY_BUILDING), _inverted(_BY_AMENITY), _inverted(_BY_TOURISM)


def use_of(tags: Tags) -> str | None:
    """Return the use, or None where no tag gives it; a hotel in an office block makes it a hotel."""
    candidates = (
        _TOURISM.get(tags.get("tourism", "")),
        _AMENITY.get(tags.get("amenity", "")),
        _BUILDING.get(tags.get("building", "")),
        "retail" if tags.get("shop", "no") != "no" else None,
        "office" if tags.get("office", "no") != "no" else None,
        _BUILDING.get(tags.get("building:use", "")),
        # Last, as a tower that attracts visitors is still an office.
        "culture" if tags.get("tourism") in {"attraction", "viewpoint"} else None,
    )
    return next((use for use in candidates if use is not None), None)
