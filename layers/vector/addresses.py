"""Rows of a table that are placed by their addresses."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from layers.source import Locator

# Names of columns that hold addresses, in small letters, the likelier first.
ADDRESS_NAMES = ("详细地址", "地址", "住址", "address", "addr")
# What a placed row gets beside its own columns: how sure the place is, 0 to 1, and what of the map was matched.
QUALITY, MATCHED = "quality", "matched_address"
_NAMED = 3


def address_name(names: list[str]) -> str | None:
    """Return the column that holds addresses, going by its name, or None."""
    known = {name.lower(): name for name in reversed(names)}
    return next((known[name] for name in ADDRESS_NAMES if name in known), None)


@dataclass(frozen=True)
class AddressPlacing:
    """Places rows by the addresses in ``column``."""

    column: str
    locate: Locator

    def place(self, values: dict[str, Any]) -> bytes | str:
        """Return a point as WKB and add to a row what was matched; or return why it has no place."""
        found = self.locate(str(values.get(self.column) or "").strip())
        if isinstance(found, str):
            return found
        values[QUALITY] = round(found.confidence, 3)
        values[MATCHED] = found.matched
        return struct.pack("<BI2d", 1, 1, found.lon, found.lat)


@dataclass
class Refused:
    """Rows that are not loaded, each with its place in the file and the reason; the others are."""

    rows: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)

    def add(self, place: str, reason: str, values: Mapping[str, Any]) -> None:
        """Take note of a row."""
        self.rows.append((place, reason, values))

    def note(self) -> str | None:
        """Return it in a sentence, the first few by name."""
        if not self.rows:
            return None
        named = "; ".join(f"{place}: {reason}" for place, reason, _ in self.rows[:_NAMED])
        more = f" (and {len(self.rows) - _NAMED} more)" if len(self.rows) > _NAMED else ""
        return f"{len(self.rows)} rows were refused, since their addresses have no sure place: {named}{more}"
