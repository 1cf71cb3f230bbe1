"""Models are moved by hand: what is asked, what follows from it, and all that stands where the model stands."""

from bim.placing.move import Moved, move, take_back
from bim.placing.wish import Wish, handle, read_why, read_wish, shift_between

__all__ = ["Moved", "Wish", "handle", "move", "read_why", "read_wish", "shift_between", "take_back"]
