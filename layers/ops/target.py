"""The server that backup and restore work on: its users, its admin and the client programs."""

import os
from dataclasses import dataclass

import psycopg
from sqlalchemy import make_url

from layers.ops.cluster import Cluster
from layers.ops.postgres import Postgres, find_postgres
from layers.ops.provision import connect
from layers.settings import Settings
from layers.store.engine import Urls, server_urls


@dataclass(frozen=True)
class Target:
    """A server; ``admin`` is the URL of a user that may read everything and create databases."""

    urls: Urls
    admin: str
    settings: Settings

    @property
    def database(self) -> str:
        """Return the name of our database."""
        return make_url(self.urls.owner).database or ""

    def admin_url(self, database: str) -> str:
        """Return the admin's URL in another database of the server."""
        return make_url(self.admin).set(database=database).render_as_string(hide_password=False)

    def maintenance(self) -> psycopg.Connection:
        """Return an admin's connection to the maintenance database, outside transactions."""
        return connect(self.admin_url("postgres"))

    def programs(self) -> Postgres:
        """Return installed client programs that are not older than the server."""
        with connect(self.admin) as connection:
            major = connection.info.server_version // 10000
        newest = find_postgres(self.settings.postgres_bin)
        return newest if newest.major >= major else find_postgres(self.settings.postgres_bin, major)


def target_of(settings: Settings) -> Target:
    """Return the server that the settings name, starting the private cluster when there is no other."""
    if settings.database_url is not None:
        urls = server_urls(settings.database_url.get_secret_value())
        return Target(urls, urls.owner, settings)
    cluster = Cluster(settings.home, settings)
    urls = cluster.ensure()
    return Target(urls, cluster.superuser_url(), settings)


def client_environment(url: str) -> dict[str, str]:
    """Return the variables by which libpq's programs reach ``url``; no password shows in the list of processes."""
    parsed = make_url(url)
    host, port = parsed.host or parsed.query.get("host"), parsed.port or parsed.query.get("port")
    variables = {
        "PGHOST": host,
        "PGPORT": port,
        "PGUSER": parsed.username,
        "PGPASSWORD": parsed.password,
        "PGDATABASE": parsed.database,
        "PGSSLMODE": parsed.query.get("sslmode"),
    }
    ours = {name: str(value) for name, value in variables.items() if value is not None}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return inherited | ours | {"LC_ALL": "C.UTF-8", "PGTZ": "UTC"}
