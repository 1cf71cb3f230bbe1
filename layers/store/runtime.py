"""Layers made from files at run time: rows of ``onemap.layer``, announced to every process by NOTIFY."""

from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, select, text
from sqlalchemy.dialects.postgresql import insert

from layers.registry import Registry
from layers.store.dataset_layer import DatasetLayer
from layers.store.models import layer as layer_table
from layers.store.reconcile import reconcile

CHANNEL = "onemap_layers"
_DEFINITION = TypeAdapter(DatasetLayer)


def to_json(layer: DatasetLayer) -> dict[str, Any]:
    """Return a layer's definition as JSON."""
    document: dict[str, Any] = _DEFINITION.dump_python(layer, mode="json")
    return document


def from_json(document: dict[str, Any]) -> DatasetLayer:
    """Return the layer that a definition describes."""
    return _DEFINITION.validate_python(document)


def define(connection: Connection, layer: DatasetLayer) -> None:
    """Store a layer's definition, create its tables, and notify every process when this transaction commits."""
    reconcile(connection, layer)
    row = {"id": layer.id, "definition": to_json(layer)}
    upsert = insert(layer_table).values(row)
    connection.execute(
        upsert.on_conflict_do_update(index_elements=["id"], set_={"definition": upsert.excluded.definition})
    )
    connection.execute(text("SELECT pg_notify(:channel, :layer)"), {"channel": CHANNEL, "layer": layer.id})


def add_runtime_layers(connection: Connection, registry: Registry) -> None:
    """Add, or replace by their newest definition, the layers that the database keeps."""
    rows = connection.execute(select(layer_table.c.definition).order_by(layer_table.c.created, layer_table.c.id))
    for (document,) in rows:
        registry.replace(from_json(document))
