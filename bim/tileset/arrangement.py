"""How a model is opened to be looked into: cut by planes, its storeys lifted apart."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bim.tileset.division import Group
from bim.tileset.section import Plane

Box = tuple[float, ...]


@dataclass(frozen=True)
class Arrangement:
    """A model without what lies beyond ``planes`` of its frame, each storey ``apart_m`` higher than the one below.

    Planes are those of the model as it stands: it is cut first, and then lifted apart.
    """

    planes: tuple[Plane, ...] = ()
    apart_m: float = 0.0

    def lifts(self, groups: Iterable[tuple[Group, Box]]) -> Mapping[str, float]:
        """Return how far each storey is lifted, by the lowest of its shapes; what is in no storey stays."""
        lowest: dict[str, float] = {}
        for group, box in groups:
            if group.storey:
                lowest[group.storey] = min(box[2], lowest.get(group.storey, box[2]))
        ordered = sorted(lowest, key=lambda storey: (lowest[storey], storey))
        return {storey: number * self.apart_m for number, storey in enumerate(ordered)}
