"""Chinese addresses: parsed into parts, normalised, formatted."""

from layers.space.addresses.address import Address
from layers.space.addresses.parse import normalise, parse, read, without_divisions
from layers.space.addresses.text import fold

__all__ = ["Address", "fold", "normalise", "parse", "read", "without_divisions"]
