"""Codes of objects that have no address, in the form of the part codes of GB/T 30428: 6 + 2 + 2 + 6 digits.

Division (GB/T 2260), kind (大类), class (小类), number. Kinds 01 to 06 are those of city parts in CJ/T 214 and
GB/T 30428; **kinds from 51 on are this product's own**, one for each layer, with class 00. A number is given once.
"""

import re
from dataclasses import dataclass

LENGTH = 16
_DIVISION = slice(0, 6)
_KIND, _CLASS, _NUMBER = slice(6, 8), slice(8, 10), slice(10, 16)
# 大类 of city parts.
PART_KINDS = {
    "01": "公用设施",
    "02": "道路交通",
    "03": "市容环境",
    "04": "园林绿化",
    "05": "房屋土地",
    "06": "其他设施",
}
# Kinds of our own; other layers are 98, and city parts without a code are 06 99.
LAYER_KINDS = {
    "building_parts": "51",
    "farmland": "52",
    "gathering_places": "53",
    "green": "54",
    "landuse": "55",
    "poi": "56",
    "railways": "57",
    "risk_sources": "58",
    "roads": "59",
    "stations": "60",
    "water": "61",
    "waterways": "62",
    "schools": "63",
    "hospitals": "64",
    "enterprises": "65",
    "drainage_nodes": "66",
    "drainage_pipes": "67",
}
OTHER_KIND = "98"
_DIGITS = re.compile(r"[0-9]{16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ObjectCode:
    """A code in its parts, as digits."""

    division: str
    kind: str
    subclass: str
    number: str

    @property
    def layer(self) -> str | None:
        """Return the layer that a kind of our own stands for; None for city parts and others."""
        return next((layer for layer, kind in LAYER_KINDS.items() if kind == self.kind), None)


def kind_of(layer_id: str) -> str:
    """Return kind and class (four digits) of the objects of a layer."""
    return "0699" if layer_id == "city_parts" else f"{LAYER_KINDS.get(layer_id, OTHER_KIND)}00"


def parse(code: str) -> ObjectCode:
    """Return the parts of a code that ``check`` finds nothing wrong with."""
    return ObjectCode(code[_DIVISION], code[_KIND], code[_CLASS], code[_NUMBER])


def check(code: str) -> str | None:
    """Return what is wrong with a code of 16 digits, as a sentence that names the place, or None."""
    if not _DIGITS.fullmatch(code):
        return f"{code!r} does not have 16 digits"
    parts = parse(code)
    kinds = {*PART_KINDS, *LAYER_KINDS.values(), OTHER_KIND}
    if parts.kind not in kinds:
        return f"{code!r}: digits 7 and 8, the kind, are {parts.kind}; kinds are {', '.join(sorted(kinds))}"
    if parts.number == "000000":
        return f"{code!r}: the number, digits 11 to 16, is 000000; numbers begin with 000001"
    return None
