"""A design scheme among what stands around: what it takes the place of, and what it puts there."""

from collections.abc import Mapping
from dataclasses import dataclass

from bim.models import ModelVersion
from bim.review.scene import Prisms
from bim.tileset import View


@dataclass(frozen=True, eq=False)
class Design:
    """A design in place of some of what there is.

    ``gone`` are the owners that it takes the place of (``buildings/12``), ``models`` what it is made of, as ``view``
    shows them, and ``blocks`` its buildings as prisms, whose owners are ``design/ID``; ``model_of`` has their models.
    """

    id: str
    gone: frozenset[str]
    view: View
    models: tuple[ModelVersion, ...]
    blocks: Prisms
    model_of: Mapping[str, str]

    def replaces_any(self, owners: set[str]) -> bool:
        """Tell whether any of some owners gives way to it."""
        return not self.gone.isdisjoint(owners)

    def blocks_of(self, model: str) -> set[str]:
        """Return the owners of the blocks that are those of a model."""
        return {block for block, own in self.model_of.items() if own == model}
