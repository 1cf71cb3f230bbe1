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
    """Raise Conflict where a newer program has migrated the database; changes nothing."""
    if not inspect(connection).has_table(table.name, schema=SCHEMA):
        return
    own = {schema.name: schema for schema in schemas}
    for recorded in connection.execute(select(table).order_by(table.c.name)):
        schema, by = own.get(recorded.name), f"release {recorded.release} on {recorded.applied:%Y-%m-%d}"
        if schema is None:
            raise Conflict(
                f"the database has tables of the package {recorded.name}, created by {by}, which this program does not "
                "have; start that release or a newer one"
            )
        if recorded.sql_version > schema.sql_version:
            raise Conflict(
                f"the database's functions of {recorded.name} have version {recorded.sql_version}, installed by {by}, "
                f"but this program has version {schema.sql_version}; start that release or a newer one, or restore a "
                "backup from before it"
            )
        if recorded.sql_version == schema.sql_version and recorded.sql_checksum != schema.sql_checksum:
            raise Conflict(
                f"the database's functions of {recorded.name} have the same version {recorded.sql_version}, but "
                f"differ in content, installed by {by}; raise sql_version in {schema.home}.schema to replace them"
            )


def has_functions(connection: Connection, schemas: Schemas) -> bool:
    """Tell whether the functions of all packages are in force in the versions that this program has."""
    recorded = {row.name: row.sql_version for row in connection.execute(select(table.c.name, table.c.sql_version))}
    return recorded == {schema.name: schema.sql_version for schema in schemas}


def record(connection: Connection, schema: PackageSchema) -> None:
    """Record a package's tables and versions, after its functions were applied."""
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
    """Return the names of packages' tables, which no layer may have."""
    return frozenset({*connection.execute(select(func.unnest(table.c.tables))).scalars(), "alembic_version"})
