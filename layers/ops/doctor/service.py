"""Checks of the database server as a process."""

from collections.abc import Callable

from layers.errors import TwinError
from layers.ops.cluster import Cluster
from layers.ops.doctor.finding import Finding, fail, ok, warn
from layers.ops.postgres import find_postgres
from layers.settings import Settings
from layers.store.engine import Urls, server_urls

START = "start it with: twin up"


def examine_service(settings: Settings) -> tuple[list[Finding], Urls | None]:
    """Check whether the database server runs, and return its URLs if it does."""
    if settings.database_url is not None:
        return _caught(lambda: _server(settings.database_url.get_secret_value() if settings.database_url else ""))
    return _caught(lambda: _private(Cluster(settings.home, settings)))


def _caught(check: Callable[[], tuple[list[Finding], Urls | None]]) -> tuple[list[Finding], Urls | None]:
    try:
        return check()
    except TwinError as error:
        return [fail("cluster", str(error), "follow the advice in the message")], None


def _server(url: str) -> tuple[list[Finding], Urls | None]:
    return [ok("cluster", "not private: TWIN_DATABASE_URL names a server")], server_urls(url)


def _private(cluster: Cluster) -> tuple[list[Finding], Urls | None]:
    if not cluster.exists():
        return [warn("cluster", "the private cluster does not exist yet", START)], None
    if not cluster.running():
        return [
            warn("cluster", f"the private cluster in {cluster.server.data} is stopped", START),
            *_version(cluster),
        ], None
    server = cluster.server
    master = server.postmaster()
    address = f"socket {cluster.sockets()}/.s.PGSQL.{server.live_port()}"
    process = master.pid if master else "–"
    text = f"private, running in {server.data} as {cluster.account.name}, process {process}, {address}"
    return [ok("cluster", text), *_port(cluster), *_version(cluster)], cluster.urls()


def _port(cluster: Cluster) -> list[Finding]:
    configured = cluster.settings.database_port
    if configured is None or configured == cluster.server.live_port():
        return []
    text = f"TWIN_DATABASE_PORT is {configured}, and the cluster was started with {cluster.server.live_port()}"
    return [warn("database port", text, "stop it with: twin down, then start it with: twin up")]


def _version(cluster: Cluster) -> list[Finding]:
    programs, newest = cluster.postgres(), find_postgres(cluster.settings.postgres_bin)
    if newest.major > programs.major:
        text = f"the cluster is of PostgreSQL {programs.major}, and {newest.major} is installed"
        return [warn("version", text, "when convenient: twin down, twin upgrade, twin up")]
    return []
