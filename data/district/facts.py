"""The facts behind the sample, read from the small tables in ``data/facts``."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shapely.geometry import LineString, Polygon

from .plane import XY, line, polygon

FOLDER = Path(__file__).resolve().parent.parent / "facts"

Row = dict[str, str]


@cache
def table(name: str) -> tuple[Row, ...]:
    """The rows of one table, every cell a string."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream))


def points(cell: str) -> list[XY]:
    """Longitude, latitude pairs of a cell such as ``121.5 31.2;121.6 31.3``."""
    pairs = (pair.split() for pair in cell.split(";"))
    return [(float(lon), float(lat)) for lon, lat in pairs]


def number(cell: str) -> float | None:
    """A number, or nothing where the cell is empty."""
    return float(cell) if cell else None


def integer(cell: str) -> int | None:
    """A whole number, or nothing where the cell is empty."""
    return int(cell) if cell else None


@dataclass(frozen=True)
class Road:
    """A street in the plane: its middle line and the room it takes."""

    key: str
    name: str
    kind: str
    width_m: float
    middle: LineString
    on_ground: bool
    row: Row

    def band(self, margin_m: float = 0.0) -> Polygon:
        """The ground that the street covers, with a margin on both sides."""
        return self.middle.buffer(self.width_m / 2 + margin_m, cap_style="flat", join_style="mitre")


def roads() -> list[Road]:
    """The main roads by name, in the order of the table."""
    return [_road(number_, row) for number_, row in enumerate(table("roads"), 1)]


def _road(number_: int, row: Row) -> Road:
    return Road(
        key=f"drawn/road/{number_:03d}",
        name=row["name"],
        kind=row["class"],
        width_m=float(row["width_m"]),
        middle=line(points(row["line"])),
        on_ground=row["tunnel"] == "no" and row["bridge"] == "no",
        row=row,
    )


@cache
def areas(layer: str) -> tuple[tuple[Row, Polygon], ...]:
    """The hand-drawn areas of one layer with their polygons."""
    return tuple((row, polygon(points(row["ring"]))) for row in table("areas") if row["layer"] == layer)
