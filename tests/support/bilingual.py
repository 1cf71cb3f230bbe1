"""Names in Chinese and English, as OpenStreetMap has them."""

import json
import re
from pathlib import Path

import osmium

_HAN = re.compile("[一-龥]")


def bilingual_names(folder: Path) -> list[tuple[str, str]]:
    """Return all pairs of a Chinese and an English name in the real data: around Lujiazui, and stops of the metro."""
    objects = osmium.FileProcessor(folder / "osm" / "lujiazui_20260815.osm")
    tags = [dict(one.tags) for one in objects if "name:en" in one.tags]
    stops = json.loads((folder / "osm" / "shanghai_metro_stops.overpass.json").read_text())
    tags += [stop["tags"] for stop in stops]
    pairs = {(one.get("name", ""), one.get("name:en", "")) for one in tags}
    return sorted((han, latin) for han, latin in pairs if len(han) > 1 and _HAN.search(han) and is_latin(latin))


def is_latin(name: str) -> bool:
    """Return whether a name has letters and none of them is Chinese."""
    return not _HAN.search(name) and any(glyph.isalpha() for glyph in name)
