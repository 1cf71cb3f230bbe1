"""Models are moved by hand: what is asked, what follows from it, and all that stands where the model stands."""

from bim.placing.move import Moved, move, take_back
from bim.placing.relocation import Relocation, handle, read_relocation, read_why, shift_between

__all__ = ["Moved", "Relocation", "handle", "move", "read_relocation", "read_why", "shift_between", "take_back"]
