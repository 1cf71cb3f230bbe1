"""One at a time: loads into a layer, proposals and decisions wait for each other."""

from sqlalchemy import Connection, text

from layers.base import Layer

# The name is that of loads, see layers.ingest.load.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


def lock_layer(connection: Connection, layer: Layer) -> None:
    """Hold the layer's lock until the transaction ends."""
    connection.execute(_LOCK, {"name": f"onemap layer {layer.id}"})
