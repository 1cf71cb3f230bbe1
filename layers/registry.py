"""All layers by id: the built-in ones, found by reading their folder, and those made from files at run time."""

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import TypeVar

from layers.base import Layer
from layers.errors import Conflict, NotFound

T = TypeVar("T")
# "wind_streets-12": layer wind_streets, part 12. The number has to fit bigint.
_MEMBER = re.compile(r"(.+)-([1-9][0-9]{0,17})", re.ASCII)
# Members are created when requested, so that their cache needs a limit.
_MOST_MEMBERS = 256


def on_shelf(shelf: ModuleType, name: str, kind: type[T]) -> list[T]:
    """Return what each module of a package declares under ``name``, in order of the file names."""
    declarations = []
    for entry in pkgutil.iter_modules(shelf.__path__):
        declared = getattr(importlib.import_module(f"{shelf.__name__}.{entry.name}"), name, None)
        if not isinstance(declared, kind):
            raise TypeError(f"{shelf.__name__}.{entry.name} declares no {kind.__name__} named {name}")
        declarations.append(declared)
    return declarations


class Registry:
    """Layers by id, in order of declaration; ``generation`` grows with each change."""

    def __init__(self, layers: Iterable[Layer] = ()) -> None:
        """Begin with these layers; two of one id are a mistake."""
        self._layers: dict[str, Layer] = {}
        self._members: dict[str, Layer] = {}
        self.generation = 0
        for layer in layers:
            self.add(layer)

    def add(self, layer: Layer) -> None:
        """Add a layer, or raise Conflict when its id is taken by another definition."""
        present = self._layers.get(layer.id)
        if present is not None and present != layer:
            raise Conflict(f"layer {layer.id!r} is there already with another definition")
        self.replace(layer)

    def replace(self, layer: Layer) -> None:
        """Put a layer in the place of the one with its id, if there is one."""
        self._layers[layer.id] = layer
        self._members.clear()
        self.generation += 1

    def get(self, layer_id: str) -> Layer:
        """Return the layer of that id, which may be a numbered member of a listed one, or raise NotFound."""
        layer = self._layers.get(layer_id) or self._members.get(layer_id) or self._make_member(layer_id)
        if layer is None:
            raise NotFound(f"there is no layer {layer_id!r}; GET /collections lists the layers")
        return layer

    def _make_member(self, layer_id: str) -> Layer | None:
        """Return layer ``stem-number`` as its stem makes it; members are not listed."""
        match = _MEMBER.fullmatch(layer_id)
        stem = self._layers.get(match[1]) if match else None
        layer = stem.member(int(match[2])) if match and stem else None
        if layer is not None:
            if len(self._members) >= _MOST_MEMBERS:
                self._members.clear()
            self._members[layer_id] = layer
        return layer

    def __contains__(self, layer_id: object) -> bool:
        """Tell whether there is a layer of that id."""
        return layer_id in self._layers

    def __iter__(self) -> Iterator[Layer]:
        """Go through the layers in order of declaration."""
        return iter(list(self._layers.values()))

    def __len__(self) -> int:
        """Return how many layers there are."""
        return len(self._layers)
