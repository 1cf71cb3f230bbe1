"""Geocoding of the addresses of loaded rows."""

from functools import lru_cache

from layers.access.principals import LOCAL_OPERATOR
from layers.errors import InputError
from layers.intake.source import Located, Locator
from layers.query.geocode import CONFIDENT, LONGEST, Gazetteer, gazetteer_for, geocode
from layers.registry import Registry
from layers.store.engine import Database

_CACHED = 100_000


def locator(database: Database, registry: Registry, least: float = CONFIDENT) -> Locator:
    """Return a geocoder with a confidence of at least ``least``; the gazetteer is read at the first address."""

    @lru_cache(maxsize=1)
    def gazetteer() -> Gazetteer:
        return gazetteer_for(database, registry, LOCAL_OPERATOR)

    @lru_cache(maxsize=_CACHED)
    def locate(address: str) -> Located | str:
        if not address:
            return "the address is empty"
        if len(address) > LONGEST:
            return f"the address has {len(address)} characters, more than {LONGEST}"
        try:
            best = next(iter(geocode(gazetteer(), address)), None)
        except InputError as error:
            return str(error)
        if best is None:
            return f"the map has no address {address!r}"
        if best.confidence < least:
            match = f"{best.matched!r} ({best.how.words.en})"
            return f"{address!r} matches {match} with confidence {best.confidence:.2f}, below {least:.2f}"
        return Located(best.lon, best.lat, best.confidence, best.matched)

    return locate
