"""Where bodies take each other's room: pairs that may, and whether they do, exactly to a resolution."""

from bim.clash.broad import candidates
from bim.clash.narrow import Clash, Kind, Tolerance, clash_of
from bim.clash.solid import Piece, Solid

__all__ = ["Clash", "Kind", "Piece", "Solid", "Tolerance", "candidates", "clash_of"]
