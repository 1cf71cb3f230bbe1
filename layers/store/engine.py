"""Connections: one driver (psycopg 3), three roles, sync and async."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from layers.errors import DatabaseError, InputError

OWNER, WRITER, READER = "twin_owner", "twin_writer", "twin_reader"
SWAP_LIMIT_S = 600.0


@dataclass(frozen=True)
class Urls:
    """Connection URLs of the database, for each of the three roles (``postgresql+psycopg://…``)."""

    owner: str
    writer: str
    reader: str

    def of_database(self, name: str) -> "Urls":
        """Return the same roles on another database of the same server."""
        moved = [
            make_url(url).set(database=name).render_as_string(hide_password=False)
            for url in (self.owner, self.writer, self.reader)
        ]
        return replace(self, owner=moved[0], writer=moved[1], reader=moved[2])


class Database:
    """Engines for one database, created on first use; ``owner`` migrates, ``writer`` edits, ``reader`` answers."""

    def __init__(
        self,
        urls: Urls,
        pool_size: int = 4,
        statement_timeout_s: float | None = None,
        swap_limit_s: float = SWAP_LIMIT_S,
    ) -> None:
        """Remember where the database is; ``statement_timeout_s`` bounds each query of the reader.

        ``swap_limit_s`` is how long a load may wait until nobody uses the table that it replaces.
        """
        self.urls = urls
        self.swap_limit_s = swap_limit_s
        self._pool_size = pool_size
        self._reader_options = [] if statement_timeout_s is None else [f"-c statement_timeout={statement_timeout_s:g}s"]

    @cached_property
    def owner(self) -> Engine:
        """Return the engine that may change tables."""
        return self._engine(self.urls.owner)

    @cached_property
    def writer(self) -> Engine:
        """Return the engine that may change rows."""
        return self._engine(self.urls.writer)

    @cached_property
    def reader(self) -> Engine:
        """Return the engine that may only read."""
        return self._engine(self.urls.reader, self._reader_options)

    @cached_property
    def async_reader(self) -> AsyncEngine:
        """Return the asynchronous engine that may only read."""
        arguments = connect_args(self.urls.reader, self._reader_options)
        return create_async_engine(
            self.urls.reader, pool_size=self._pool_size, pool_pre_ping=True, connect_args=arguments
        )

    def reader_conninfo(self, *options: str) -> str:
        """Return libpq's connection string of the reader, for code that uses psycopg without SQLAlchemy."""
        return conninfo(self.urls.reader, [*self._reader_options, *options])

    def writer_conninfo(self) -> str:
        """Return libpq's connection string of the writer."""
        return conninfo(self.urls.writer)

    def dispose(self) -> None:
        """Close the idle connections of the synchronous engines."""
        for name in ("owner", "writer", "reader"):
            if name in self.__dict__:
                self.__dict__[name].dispose()

    async def dispose_async(self) -> None:
        """Close the idle connections of the asynchronous engine."""
        if "async_reader" in self.__dict__:
            await self.async_reader.dispose()

    def _engine(self, url: str, options: list[str] | None = None) -> Engine:
        return create_engine(
            url, pool_size=self._pool_size, pool_pre_ping=True, connect_args=connect_args(url, options)
        )


def connect_args(url: str, options: list[str] | None = None) -> dict[str, Any]:
    """Return libpq's arguments besides the URL: UTC, a name that shows in pg_stat_activity, and more ``options``."""
    url_options = make_url(url).query.get("options")
    parts = [*([url_options] if isinstance(url_options, str) else []), "-c TimeZone=UTC", *(options or [])]
    return {"options": " ".join(parts), "application_name": "onemap-twin", "connect_timeout": 10}


def conninfo(url: str, options: list[str] | None = None) -> str:
    """Return the URL as a libpq connection string."""
    from psycopg.conninfo import make_conninfo

    parsed = make_url(url)
    query = {key: value for key, value in parsed.query.items() if isinstance(value, str)}
    login = {"user": parsed.username, "password": parsed.password, "dbname": parsed.database}
    place = {"host": parsed.host or query.get("host"), "port": parsed.port or query.get("port")}
    return make_conninfo("", **(query | login | place | connect_args(url, options)))


def server_urls(url: str) -> Urls:
    """Return the three roles of a server that ``TWIN_DATABASE_URL`` names.

    The URL's own user must own the database. Writer and reader are assumed by ``SET ROLE`` where the
    server has the roles and the user is a member; otherwise the same user does all.
    """
    try:
        parsed = make_url(url).set(drivername="postgresql+psycopg")
    except Exception as error:
        raise InputError(
            "TWIN_DATABASE_URL: this is not a URL such as postgresql://user:password@host/database"
        ) from error
    owner = parsed.render_as_string(hide_password=False)
    return Urls(owner, *(_assume(owner, role) for role in (WRITER, READER)))


def _assume(url: str, role: str) -> str:
    member = "SELECT 1 FROM pg_roles WHERE rolname = :role AND pg_has_role(current_user, oid, 'MEMBER')"
    engine = create_engine(url, connect_args=connect_args(url))
    try:
        with engine.connect() as connection:
            is_member = connection.execute(text(member), {"role": role}).scalar()
    except OperationalError as error:
        raise DatabaseError(f"the server in TWIN_DATABASE_URL does not answer: {str(error.orig).strip()}") from error
    finally:
        engine.dispose()
    return (
        make_url(url).update_query_dict({"options": f"-c role={role}"}).render_as_string(hide_password=False)
        if is_member
        else url
    )
