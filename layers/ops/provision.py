"""What a superuser prepares once in a fresh cluster: roles, the database, extensions and default rights."""

import psycopg
from psycopg import sql

from layers.ops.passwords import SUPERUSER, Passwords
from layers.store.engine import OWNER, READER, WRITER, conninfo

DATABASE = "onemap"
SCHEMA = "onemap"
EXTENSIONS = ("postgis", "btree_gist", "pg_trgm")

RIGHTS = """
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {owner};
GRANT USAGE ON SCHEMA {schema} TO {writer}, {reader};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} GRANT SELECT ON TABLES TO {reader};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema}
    GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO {writer};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {writer};
-- A local grid may be added to the coordinate systems, and a restore adds those that were.
GRANT INSERT, UPDATE, DELETE ON public.spatial_ref_sys TO {owner};
"""


def connect(url: str) -> psycopg.Connection:
    """Return a connection outside transactions, such as CREATE DATABASE needs."""
    return psycopg.connect(conninfo(url), autocommit=True)


def create_roles(connection: psycopg.Connection, passwords: Passwords) -> None:
    """Make the three login roles, none of them superuser, or give them these passwords where they exist."""
    for role in (OWNER, WRITER, READER):
        exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        verb = sql.SQL("ALTER" if exists else "CREATE")
        statement = sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD {}")
        connection.execute(statement.format(verb, sql.Identifier(role), sql.Literal(passwords[role])))
    connection.execute(sql.SQL("GRANT pg_monitor TO {}").format(sql.Identifier(OWNER)))


def create_database(connection: psycopg.Connection, name: str = DATABASE) -> None:
    """Make an empty database that the owner role owns; others may connect only if they are ours."""
    identifiers = {"name": sql.Identifier(name), "owner": sql.Identifier(OWNER)}
    connection.execute(sql.SQL("CREATE DATABASE {name} OWNER {owner} TEMPLATE template0").format(**identifiers))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {name} FROM PUBLIC").format(**identifiers))
    for role, rights in ((WRITER, "CONNECT, TEMPORARY"), (READER, "CONNECT")):
        grant = sql.SQL("GRANT {} ON DATABASE {} TO {}")
        connection.execute(grant.format(sql.SQL(rights), identifiers["name"], sql.Identifier(role)))


def prepare_database(connection: psycopg.Connection) -> None:
    """Add extensions, our schema and the rights of writer and reader to the database that this superuser is in."""
    for extension in EXTENSIONS:
        connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
    names = {"schema": SCHEMA, "owner": OWNER, "writer": WRITER, "reader": READER}
    connection.execute(sql.SQL(RIGHTS).format(**{key: sql.Identifier(name) for key, name in names.items()}))


def reset_statements(passwords: Passwords) -> str:
    """Return statements, one in a line, that give all four users new passwords."""
    statement = sql.SQL("ALTER ROLE {} PASSWORD {};\n")
    pairs = [(sql.Identifier(user), sql.Literal(passwords[user])) for user in (SUPERUSER, OWNER, WRITER, READER)]
    return "".join(statement.format(*pair).as_string(None) for pair in pairs)
