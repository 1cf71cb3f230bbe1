"""Rules of a test, and what they raised."""

from typing import Any

from sensing import rows
from sqlalchemy import Connection

from layers.access import LOCAL_OPERATOR
from twin.sensing.alarms import read_rule, set_rule

GALE: dict[str, Any] = {
    "kind": "threshold",
    "title": {"zh": "大风", "en": "gale"},
    "level": 3,
    "unit": "°C",
    "limit": 17.2,
    "clear": 15.0,
}


def make(connection: Connection, streams: list[int] | None = None, **given: Any) -> int:
    """Make a rule as the administrator, of these datastreams where there are some, and return its number."""
    document = GALE | ({} if streams is None else {"datastreams": streams}) | given
    return set_rule(connection, read_rule({name: one for name, one in document.items() if one != ""}), LOCAL_OPERATOR)


def alarms(connection: Connection, columns: str = "datastream, state, value") -> list[Any]:
    """Return columns of all alarms that are believed now, in the order in which they began."""
    return rows(connection, f"SELECT {columns} FROM onemap.alarms ORDER BY since, fid, lower(valid)")
