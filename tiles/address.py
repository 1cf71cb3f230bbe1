"""Tile addresses in the tile matrix set WebMercatorQuad (OGC 17-083r4, annex D.1)."""

from dataclasses import dataclass

from layers.base import MAX_ZOOM
from layers.errors import ParameterError

TILE_MATRIX_SET = "WebMercatorQuad"
# Half the side of Web Mercator's square, metres: pi times the equator's radius of 6378137 m.
HALF = 20037508.342789244


@dataclass(frozen=True, slots=True)
class Address:
    """Zoom, column from the west and row from the north."""

    z: int
    x: int
    y: int

    @property
    def width(self) -> float:
        """Return the tile's side in metres of Web Mercator."""
        return 2 * HALF / (1 << self.z)


def parse_address(z: str, x: str, y: str) -> Address:
    """Read a tile address, or say which number of it is no good and what would be."""
    zoom = _number("z", z, MAX_ZOOM)
    last = (1 << zoom) - 1
    return Address(zoom, _number("x", x, last, zoom), _number("y", y, last, zoom))


def _number(name: str, text: str, most: int, zoom: int | None = None) -> int:
    at = "" if zoom is None else f" at zoom {zoom}"
    # isascii: int() would also take digits of other scripts.
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ParameterError(name, f"{text!r} is not a whole number from 0 to {most}{at}")
    value = int(text)
    if value > most:
        raise ParameterError(name, f"{value} is out of range{at}; it goes from 0 to {most}")
    return value
