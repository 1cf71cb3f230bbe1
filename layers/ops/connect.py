"""From the settings to a connected database."""

from layers.ops.cluster import Cluster
from layers.settings import Settings
from layers.store.engine import Database, server_urls


def open_database(settings: Settings) -> Database:
    """Return the database that the settings name, starting the private cluster when there is no other."""
    if settings.database_url is not None:
        urls = server_urls(settings.database_url.get_secret_value())
    else:
        urls = Cluster(settings.home, settings).ensure()
    return Database(urls, settings.pool_size, settings.statement_timeout_s, settings.swap_limit_s)
