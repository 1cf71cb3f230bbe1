"""The record of packages in the database: what they keep there, and in which version their functions are."""

from importlib.metadata import version

from sqlalchemy import Connection, func, inspect, select
from sqlalchemy.dialects.postgresql import insert

from layers.errors import Conflict
from layers.store.models import SCHEMA
from layers.store.models import package as table
from layers.store.package_schema import PackageSchema, Schemas

_PRODUCT = "onemap-twin"


def require_not_older(connection: Connection, schemas: Schemas) -> None:
    """Raise Conflict where a newer program has been at work on the database; nothing is changed."""
    if not inspect(connection).has_table(table.name, schema=SCHEMA):
        return
    ours = {schema.name: schema for schema in schemas}
    for kept in connection.execute(select(table).order_by(table.c.name)):
        schema, by = ours.get(kept.name), f"release {kept.release} on {kept.applied:%Y-%m-%d}"
        if schema is None:
            raise Conflict(
                f"the database has tables of the package {kept.name}, put there by {by}, which this program does not "
                "have; start that release or a newer one"
            )
        if kept.sql_version > schema.sql_version:
            raise Conflict(
                f"the database's functions of {kept.name} are version {kept.sql_version}, put there by {by}, and this "
                f"program has version {schema.sql_version}; start that release or a newer one, or restore a backup "
                "from before it"
            )
        if kept.sql_version == schema.sql_version and kept.sql_checksum != schema.sql_checksum:
            raise Conflict(
                f"the database's functions of {kept.name} are version {kept.sql_version} too but other ones, put "
                f"there by {by}; raise sql_version in {schema.home}.schema to replace them"
            )


def record(connection: Connection, schema: PackageSchema) -> None:
    """Write down what a package keeps, after its functions were applied."""
    values = {
        "tables": list(schema.tables),
        "sql_version": schema.sql_version,
        "sql_checksum": schema.sql_checksum,
        "release": version(_PRODUCT),
        "applied": func.clock_timestamp(),
    }
    row = insert(table).values(name=schema.name, **values)
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=values))


def reserved_names(connection: Connection) -> frozenset[str]:
    """Return the names that no layer may have, for its table would be one of a package's."""
    return frozenset({*connection.execute(select(func.unnest(table.c.tables))).scalars(), "alembic_version"})
