"""Which tables migrations look after."""

from typing import Any

from layers.store.models import metadata

OWN_TABLES = frozenset(metadata.tables)


def include_own(entity: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """Let alembic see our own tables, and leave those of layers and of extensions alone."""
    return kind != "table" or f"{entity.schema}.{name}" in OWN_TABLES
