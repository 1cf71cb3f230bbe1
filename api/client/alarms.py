"""Alarms for notebooks and scripts: the table of those that stand, and the rules that raise them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from api.client.connection import Connection

_PATH = "/sensing/alarm-rules"


class Alarms:
    """Rules of alarms, and acknowledging; ``client.alarms``. Alarms themselves are ``client.layer("alarms")``."""

    def __init__(self, connection: Connection) -> None:
        """Ask over a connection."""
        self._connection = connection

    def rules(self) -> pd.DataFrame:
        """Return the rules that we may see, by their numbers; ``judges`` counts datastreams that we may see."""
        rows = self._connection.ask("GET", _PATH, None).json()["rules"]
        kept = [{name: value for name, value in row.items() if name != "links"} for row in rows]
        return pd.DataFrame(kept).set_index("id") if kept else pd.DataFrame()

    def make(self, rule: Mapping[str, Any]) -> int:
        """Make a rule, and return its number."""
        number: int = self._connection.ask("POST", _PATH, None, json=dict(rule)).json()["id"]
        return number

    def change(self, number: int, **changes: Any) -> None:
        """Change what is given of a rule."""
        self._connection.ask("PATCH", f"{_PATH}/{number}", None, json=changes)

    def remove(self, number: int) -> None:
        """Remove a rule; its alarms are over."""
        self._connection.ask("DELETE", f"{_PATH}/{number}", None)

    def acknowledge(self, alarm: int) -> None:
        """Say that we know of an alarm."""
        self._connection.ask("POST", f"/sensing/alarms/{alarm}/acknowledge", None)
