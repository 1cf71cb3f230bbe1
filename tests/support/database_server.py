"""A PostgreSQL server that tests make their databases on."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg import sql
from sqlalchemy import make_url

from layers.ops.provision import connect, prepare_database
from layers.store.engine import OWNER, Database, Urls

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server to make databases on; ``admin`` is the URL of a superuser in its maintenance database."""

    urls: Urls
    admin: str

    def run(self, statement: str, **names: str) -> None:
        """Run one statement outside a transaction; the names are quoted."""
        with connect(self.admin) as connection:
            connection.execute(sql.SQL(statement).format(**{key: sql.Identifier(name) for key, name in names.items()}))

    def has(self, name: str) -> bool:
        """Tell whether there is a database of that name."""
        with connect(self.admin) as connection:
            return connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None

    def admin_url(self, urls: Urls) -> str:
        """Return the superuser's URL in the database of these roles."""
        name = make_url(urls.owner).database
        return make_url(self.admin).set(database=name).render_as_string(hide_password=False)

    def empty(self, name: str) -> Database:
        """Return a new database with extensions and rights, in which nothing was ever migrated."""
        self.run("CREATE DATABASE {name} OWNER {owner} TEMPLATE template0", name=name, owner=self._owner)
        with connect(make_url(self.admin).set(database=name).render_as_string(hide_password=False)) as connection:
            prepare_database(connection)
        return Database(self.urls.of_database(name))

    def copy(self, name: str, template: str) -> Database:
        """Return a new database that begins as a copy of ``template``."""
        # Files are copied at a tenth of the cost of logging every page.
        statement = "CREATE DATABASE {name} OWNER {owner} TEMPLATE {template} STRATEGY FILE_COPY"
        self.run(statement, name=name, owner=self._owner, template=template)
        return Database(self.urls.of_database(name))

    @contextmanager
    def copy_of(self, template: str) -> Iterator[Database]:
        """Yield a database that begins as a copy of ``template`` and is dropped afterwards."""
        database = self.copy(self.unused_name("test"), template)
        try:
            yield database
        finally:
            database.dispose()
            self.drop(make_url(database.urls.owner).database or "")

    def drop(self, name: str) -> None:
        """Drop a database, whoever is connected."""
        self.run("DROP DATABASE {name} WITH (FORCE)", name=name)

    @staticmethod
    def unused_name(kind: str) -> str:
        """Return a name that no other database of this process has."""
        return f"{kind}_{os.getpid()}_{next(_numbers)}"

    @property
    def _owner(self) -> str:
        return make_url(self.urls.owner).username or OWNER
