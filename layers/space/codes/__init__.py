"""Unified codes of objects, whose digits mean the same everywhere and for ever."""

from layers.space.codes.place_code import LEVELS, PlaceCode, check, parse

__all__ = ["LEVELS", "PlaceCode", "check", "parse"]
