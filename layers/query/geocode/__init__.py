"""Geocoding: from a Chinese address or name to a place, and from a place to the nearest address."""

from layers.query.geocode.answer import CONFIDENT, Answer, How, Place
from layers.query.geocode.find import LONGEST, geocode
from layers.query.geocode.gazetteer import Gazetteer
from layers.query.geocode.read import gazetteer_for, readable
from layers.query.geocode.reverse import Nearest, reverse
from layers.query.geocode.suggest import suggest
from layers.query.geocode.table import address_column, geocode_table, read_table

__all__ = [
    "CONFIDENT",
    "LONGEST",
    "Answer",
    "Gazetteer",
    "How",
    "Nearest",
    "Place",
    "address_column",
    "gazetteer_for",
    "geocode",
    "geocode_table",
    "read_table",
    "readable",
    "reverse",
    "suggest",
]
