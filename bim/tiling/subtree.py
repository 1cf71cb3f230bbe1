"""Subtrees of implicit tiling as bytes (3-D Tiles 1.1, OGC 22-025r4, 7.6): a bit for each tile that there may be."""

import json
import struct
from typing import Any

import numpy as np

from bim.tiling.pyramid import SUBTREE_LEVELS, Codes, Pyramid, morton
from layers.errors import NotFound

Json = dict[str, Any]
_TILES = (4**SUBTREE_LEVELS - 1) // 3


def subtree(pyramid: Pyramid, level: int, x: int, y: int) -> bytes:
    """Return the subtree whose root is a tile; raises NotFound where no subtree begins."""
    code = int(morton(np.array([x]), np.array([y]))[0])
    pyramid.root.cell(level, x, y)
    if level % SUBTREE_LEVELS or level >= pyramid.levels or code not in pyramid.tiles[level]:
        raise NotFound(f"there is no subtree {level}/{x}/{y}; the tileset.json and its subtrees tell which there are")
    return _bytes(
        _bits(pyramid, pyramid.tiles, level, code),
        _bits(pyramid, pyramid.contents, level, code),
        pyramid.below(pyramid.tiles, level, code, SUBTREE_LEVELS),
    )


def _bits(pyramid: Pyramid, chosen: tuple[Codes, ...], level: int, code: int) -> Codes:
    """Return the numbers of tiles in a subtree: level by level, in Morton order."""
    found = [pyramid.below(chosen, level, code, down) + (4**down - 1) // 3 for down in range(SUBTREE_LEVELS)]
    return np.concatenate(found)


def _bytes(tiles: Codes, contents: Codes, children: Codes) -> bytes:
    parts: list[bytes] = []
    document: Json = {
        "tileAvailability": _availability(parts, tiles, _TILES),
        "contentAvailability": [_availability(parts, contents, _TILES)],
        "childSubtreeAvailability": _availability(parts, children, 4**SUBTREE_LEVELS),
    }
    # A part is as long as its bits ask for, and padded to eight bytes.
    starts = np.cumsum([0, *(len(part) + -len(part) % 8 for part in parts)]).tolist()
    binary = b"".join(part + b"\0" * (-len(part) % 8) for part in parts)
    views = zip(starts, parts, strict=False)
    document["bufferViews"] = [{"buffer": 0, "byteOffset": start, "byteLength": len(part)} for start, part in views]
    document["buffers"] = [{"byteLength": len(binary)}]
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<4sIQQ", b"subt", 1, len(text), len(binary)) + text + binary


def _availability(parts: list[bytes], numbers: Codes, total: int) -> Json:
    # Never the constant 1: loaders.gl would look for tiles below the subtree.
    if not len(numbers):
        return {"constant": 0}
    bits = np.zeros(total, bool)
    bits[numbers] = True
    parts.append(np.packbits(bits, bitorder="little").tobytes())
    return {"bitstream": len(parts) - 1, "availableCount": len(numbers)}
