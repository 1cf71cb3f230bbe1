"""Any unified code: a place by its address, or an object in the form of a part code."""

from typing import Any

from layers.space.codes import object_code, place_code


def check(code: str) -> str | None:
    """Return what is wrong with a code of either form, as a sentence that names the place, or None."""
    if len(code) != object_code.LENGTH:
        fault = place_code.check(code)
        return fault and f"{fault}; objects without an address have 16 digits" if _has_other_length(fault) else fault
    return place_code.check(code[:6]) or object_code.check(code)


def describe(code: str) -> dict[str, Any]:
    """Return the meaning of a valid code's digits."""
    if len(code) == object_code.LENGTH:
        parts = object_code.parse(code)
        fields = {"division": parts.division, "kind": parts.kind, "class": parts.subclass, "number": parts.number}
        return {"form": "object", **fields}
    place = place_code.parse(code)
    parent = place.parent
    return {"form": "place", "level": place.level, "parent": None if parent is None else str(parent)}


def _has_other_length(fault: str | None) -> bool:
    return fault is not None and "digits; a code has" in fault
