"""What the server says of its routes, without a database: a server that is named none would start one of its own."""

from functools import cache
from typing import Any

from api.app import create_app
from layers.settings import Settings
from layers.store.engine import Database, Urls


@cache
def openapi() -> dict[str, Any]:
    """Return the description of all routes, which takes long to make."""
    nowhere = Urls(*["postgresql+psycopg://nobody@127.0.0.1:9/none"] * 3)
    found: dict[str, Any] = create_app(Settings(_env_file=None), Database(nowhere)).api.openapi()
    return found
