"""All layers: each package declares its own, and they are combined here."""

from bim.catalog import declared as declared_in_bim
from layers.catalog import built_in
from layers.registry import Registry
from twin.shelf import declared as declared_in_twin


def all_layers() -> Registry:
    """Return a registry of the layers of all packages; those made at run time are added from the database."""
    return Registry([*built_in(), *declared_in_bim(), *declared_in_twin()])
