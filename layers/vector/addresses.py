"""Rows of a table that are placed by their addresses."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from layers.source import Locator

# Names of columns that hold addresses, in small letters, the likelier first.
ADDRESS_NAMES = ("详细地址", "地址", "住址", "address", "addr")
# What a placed row gets beside its own columns: how sure the place is, 0 to 1, and what of the map was matched.
QUALITY, MATCHED = "quality", "matched_address"


def address_name(names: list[str]) -> str | None:
    """Return the column that holds addresses, going by its name, or None."""
    known = {name.lower(): name for name in reversed(names)}
    return next((known[name] for name in ADDRESS_NAMES if name in known), None)


@dataclass(frozen=True)
class AddressPlacing:
    """Places rows by the addresses in ``column``."""

    column: str
    locate: Locator
    # An address says more of a thing than where it is.
    hidden = ()

    def text(self, row: Mapping[str, Any]) -> str:
        """Return what a row says of its place."""
        return str(row.get(self.column) or "")

    def geometries(self, rows: Sequence[dict[str, Any]]) -> Iterator[bytes | str]:
        """Give a point for each row as WKB, with what was matched added to the row; or why it has no sure place."""
        return map(self._place, rows)

    def _place(self, values: dict[str, Any]) -> bytes | str:
        found = self.locate(str(values.get(self.column) or "").strip())
        if isinstance(found, str):
            return found
        values[QUALITY] = round(found.confidence, 3)
        values[MATCHED] = found.matched
        return struct.pack("<BI2d", 1, 1, found.lon, found.lat)
