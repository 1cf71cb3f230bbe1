"""A thing that is simulated, as its models need it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Station:
    """A station by its key, which names it in every database; ``height_m`` is over the ground, negative below it.

    ``facts`` are what else is said of it: terrain and mount of a mast, spaces of a car park, lanes of a road.
    """

    key: str
    category: str
    height_m: float
    facts: tuple[tuple[str, Any], ...] = ()

    def fact(self, name: str, otherwise: Any) -> Any:
        """Return what is said of it under a name."""
        return dict(self.facts).get(name, otherwise)
