"""The built-in layers, one file each; a file here declares one ``LAYER`` and is found by reading the folder.

It may also declare ``RULES`` for its rows, besides those that hold for every layer.
"""

import importlib
import pkgutil
import sys
from functools import cache

from layers.base import Layer
from layers.registry import Registry, on_shelf
from layers.rule import Rule


def built_in() -> Registry:
    """Return a registry of the layers in this folder."""
    return Registry(on_shelf(sys.modules[__name__], "LAYER", Layer))  # type: ignore[type-abstract]


@cache
def declared_rules() -> dict[str, tuple[Rule, ...]]:
    """Return the rules that the files of this folder declare, by layer."""
    modules = [importlib.import_module(f"{__name__}.{entry.name}") for entry in pkgutil.iter_modules(__path__)]
    return {module.LAYER.id: tuple(getattr(module, "RULES", ())) for module in modules}
