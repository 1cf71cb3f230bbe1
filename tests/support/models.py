"""Compares a database with the models of a package."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from layers.store.package_schema import PackageSchema


def differences(connection: Connection, schema: PackageSchema) -> list[Any]:
    """Return what Alembic would change to make the package's tables match its models."""

    def own(entity: Any, name: str | None, kind: str, _reflected: bool, _compared: Any) -> bool:
        return kind != "table" or (entity.schema == "onemap" and name in schema.tables)

    options = {"include_schemas": True, "include_object": own, "version_table_schema": "onemap"}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), schema.metadata))
