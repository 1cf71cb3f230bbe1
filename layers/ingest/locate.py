"""Addresses to places for rows that are loaded, by what the map knows."""

from functools import lru_cache

from layers.access.principals import LOCAL_OPERATOR
from layers.errors import InputError
from layers.query.geocode import CONFIDENT, LONGEST, Gazetteer, gazetteer_for, geocode
from layers.registry import Registry
from layers.source import Located, Locator
from layers.store.engine import Database

_KEPT = 100_000


def locator(database: Database, registry: Registry, least: float = CONFIDENT) -> Locator:
    """Return what places addresses with a confidence of at least ``least``; the gazetteer is read at the first one."""

    @lru_cache(maxsize=1)
    def gazetteer() -> Gazetteer:
        return gazetteer_for(database, registry, LOCAL_OPERATOR)

    @lru_cache(maxsize=_KEPT)
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
            return f"the map knows no {address!r}"
        if best.confidence < least:
            where = f"{best.matched!r} ({best.how.words.en})"
            return f"{address!r} is only {best.confidence:.2f} sure to be {where}, and {least:.2f} is wanted"
        return Located(best.lon, best.lat, best.confidence, best.matched)

    return locate
