"""What all packages keep in the database: each declares its part, and they are combined here."""

from bim.store.schema import BIM
from layers.store import LAYERS, Schemas
from twin.store.schema import TWIN


def all_schemas() -> Schemas:
    """Return the parts of all packages, each after those whose tables it refers to."""
    return (LAYERS, BIM, TWIN)
