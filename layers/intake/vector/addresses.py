"""Geocoding of the rows of a table by their addresses."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from layers.intake.source import Locator

# Names of columns that hold addresses, in small letters, the likelier first.
ADDRESS_NAMES = ("详细地址", "地址", "住址", "address", "addr")
# Columns added to a geocoded row: the confidence, 0 to 1, and the matched text of the map.
QUALITY, MATCHED = "quality", "matched_address"


def address_name(names: list[str]) -> str | None:
    """Return the column that holds addresses, judging by its name, or None."""
    by_lower_name = {name.lower(): name for name in reversed(names)}
    return next((by_lower_name[name] for name in ADDRESS_NAMES if name in by_lower_name), None)


@dataclass(frozen=True)
class AddressPlacing:
    """Places rows by the addresses in ``column``."""

    column: str
    locate: Locator
    # An address is an attribute as well as a place.
    hidden = ()

    def text(self, row: Mapping[str, Any]) -> str:
        """Return the address of a row."""
        return str(row.get(self.column) or "")

    def geometries(self, rows: Sequence[dict[str, Any]]) -> Iterator[bytes | str]:
        """Yield a point for each row as WKB, and add the match to the row; or the reason why it has no place."""
        return map(self._place, rows)

    def _place(self, values: dict[str, Any]) -> bytes | str:
        result = self.locate(str(values.get(self.column) or "").strip())
        if isinstance(result, str):
            return result
        values[QUALITY] = round(result.confidence, 3)
        values[MATCHED] = result.matched
        return struct.pack("<BI2d", 1, 1, result.lon, result.lat)
