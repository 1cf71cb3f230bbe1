"""Names and addresses from OpenStreetMap's tags."""

import re
from collections.abc import Mapping

Tags = Mapping[str, str]
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
# From the largest to the smallest, as a Chinese address goes.
_ADDRESS = ("addr:province", "addr:city", "addr:district", "addr:subdistrict", "addr:street")


def has_han(text: str) -> bool:
    """Tell whether a text has Chinese characters."""
    return _HAN.search(text) is not None


def name(tags: Tags) -> str | None:
    """Return the name as the map writes it: ``name``, or the Chinese one where ``name`` is in another script."""
    default = tags.get("name")
    if default is not None and has_han(default):
        return default
    return tags.get("name:zh") or tags.get("name:zh-Hans") or default


def name_en(tags: Tags) -> str | None:
    """Return the English name, or a name that is written in Latin letters anyway."""
    default = tags.get("name")
    latin = default if default is not None and default.isascii() else None
    return tags.get("name:en") or tags.get("int_name") or latin


def names(tags: Tags) -> dict[str, str | None]:
    """Return both names by the names of their columns."""
    return {"name": name(tags), "name_en": name_en(tags)}


def address(tags: Tags) -> str | None:
    """Return the address from the largest part to the smallest: 上海市浦东新区银城中路501号."""
    if tags.get("addr:full"):
        return tags["addr:full"]
    parts: list[str] = []
    for key in _ADDRESS:
        part = tags.get(key, "").strip()
        if part and not _repeats(part, parts):
            parts.append(part)
    number = _house_number(tags)
    # A town alone is no address.
    if not number and "addr:street" not in tags:
        return None
    return _joined([*parts, *([number] if number else [])])


def _repeats(part: str, parts: list[str]) -> bool:
    """Tell whether a province that is a city has been named already: 上海市 and 上海."""
    return bool(parts) and parts[-1].removesuffix("市") == part.removesuffix("市")


def _house_number(tags: Tags) -> str | None:
    number = tags.get("addr:housenumber", "").strip()
    if not number:
        return None
    chinese = has_han("".join(tags.get(key, "") for key in _ADDRESS))
    return f"{number}号" if chinese and number.replace("-", "").isdigit() else number


def _joined(parts: list[str]) -> str:
    """Join Chinese parts closely, and others by a space."""
    text = parts[0]
    for part in parts[1:]:
        text += part if has_han(text[-1]) or has_han(part[0]) else f" {part}"
    return text
