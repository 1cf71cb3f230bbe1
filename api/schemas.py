"""What all packages keep in the database: each declares its part, and here they are put together."""

from layers.store.package_schema import Schemas
from layers.store.schema import LAYERS
from twin.store.schema import TWIN


def all_schemas() -> Schemas:
    """Return the parts of all packages, each after those whose tables it refers to."""
    return (LAYERS, TWIN)
