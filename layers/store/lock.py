"""One at a time: loads into a layer, proposals, decisions and codes wait for each other."""

from sqlalchemy import Connection, text

from layers.base import Layer

# Loads take the same lock through the driver, see layers.ingest.ledger.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


def lock(connection: Connection, name: str) -> None:
    """Hold the lock of that name until the transaction ends, waiting for whoever has it."""
    connection.execute(_LOCK, {"name": name})


def lock_layer(connection: Connection, layer: Layer) -> None:
    """Hold the layer's lock until the transaction ends."""
    lock(connection, f"onemap layer {layer.id}")
