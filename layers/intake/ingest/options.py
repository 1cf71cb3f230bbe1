"""The options of a load."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from layers.errors import ParameterError
from layers.intake.ingest.quarantine import Tolerance
from layers.intake.source import GeometryKind, Locator, SourceOptions
from layers.space.local_grid import LocalGrid
from layers.space.wkb import box_wkb

AUTO = "auto"
_DATASET = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")


@dataclass(frozen=True)
class LoadOptions:
    """Options that override what the source declares; None leaves it to the source.

    ``crs`` may be ``auto``: that of the file, unless comparison with the map shows shifted coordinates; ``grids`` are
    the local grids that it may name. ``trust_crs`` skips that comparison.
    ``encoding`` is that of its text; ``names`` are pairs of a column's name in the file and its new name.
    ``geometry`` is the one kind of shapes to take from a file with several. ``address`` is the column of a table with
    the addresses to geocode.
    ``strict`` refuses a file with any row to quarantine; otherwise a larger share than ``most_quarantined`` does.
    ``raster`` are the options of a raster as pairs (``layers.raster.options``).
    ``extent`` is west, south, east, north in degrees, inside which objects that the source lacks are closed.
    """

    dataset: str | None = None
    layer: str | None = None
    crs: str | None = None
    table: str | None = None
    key: str | None = None
    date: datetime | None = None
    extent: tuple[float, float, float, float] | None = None
    precedence: int | None = None
    principal: str = "local"
    trust_crs: bool = False
    grids: tuple[LocalGrid, ...] = ()
    encoding: str | None = None
    names: tuple[tuple[str, str], ...] = ()
    geometry: GeometryKind | None = None
    strict: bool = False
    most_quarantined: float = 0.5
    address: str | None = None
    raster: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Raise ParameterError for values that are malformed, out of range or contradictory."""
        if self.dataset is not None and not _DATASET.fullmatch(self.dataset):
            raise ParameterError(
                "dataset", f"{self.dataset!r} is not an id: lower-case letters, digits, and _ . - after the first"
            )
        if not 0 <= self.most_quarantined <= 1:
            raise ParameterError("most_quarantined", f"{self.most_quarantined} is not a share of the rows from 0 to 1")
        if self.automatic and self.trust_crs:
            raise ParameterError("crs", "it cannot be both detected (auto) and trusted; give one of the two")

    def for_source(self, locate: Locator | None = None) -> SourceOptions:
        """Return the options for the source itself; ``locate`` geocodes addresses."""
        return SourceOptions(
            layer=self.layer,
            crs=None if self.automatic else self.crs,
            table=self.table,
            key=self.key,
            grids=self.grids,
            encoding=self.encoding,
            names=self.names,
            geometry=self.geometry,
            address=self.address,
            locate=locate,
        )

    @property
    def tolerance(self) -> Tolerance:
        """Return the tolerance for rows that cannot be accepted."""
        return Tolerance(self.strict, self.most_quarantined)

    @property
    def automatic(self) -> bool:
        """Tell whether shifted coordinates are to be recognised and converted."""
        return self.crs is not None and self.crs.lower() == AUTO

    def extent_wkb(self) -> bytes | None:
        """Return the declared extent as a rectangle."""
        return None if self.extent is None else box_wkb(*self.extent)


def parse_extent(text: str) -> tuple[float, float, float, float]:
    """Read ``west,south,east,north`` in degrees."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise ParameterError("extent", f"{text!r} is not four numbers west,south,east,north") from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ParameterError("extent", f"{text!r} is not a rectangle west,south,east,north in degrees")
    return west, south, east, north


def parse_share(text: str) -> float:
    """Read a share such as ``10%`` or ``0.1``."""
    number = text.strip().removesuffix("%")
    try:
        share = float(number) / (100 if number != text.strip() else 1)
    except ValueError:
        raise ParameterError("most_quarantined", f"{text!r} is not a share such as 10% or 0.1") from None
    if not 0 <= share <= 1:
        raise ParameterError("most_quarantined", f"{text!r} is not a share between 0% and 100%")
    return share


def parse_kind(text: str | None) -> GeometryKind | None:
    """Read ``points``, ``lines`` or ``areas``."""
    for kind in get_args(GeometryKind):
        if text == kind:
            return kind  # type: ignore[no-any-return]
    if text is not None:
        raise ParameterError("geometry", f"{text!r} is not one of {', '.join(get_args(GeometryKind))}")
    return None


def parse_names(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Read ``old=new`` for each renamed column."""
    pairs = []
    for text in texts:
        old, sign, new = text.rpartition("=")
        if not sign or not old.strip() or not new.strip():
            raise ParameterError("map", f"{text!r} is not old=new, the name in the file and the new one")
        pairs.append((old.strip(), new.strip()))
    return tuple(pairs)


def parse_raster(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Read ``name=value`` for each option of a raster."""
    pairs = []
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise ParameterError("raster", f"{text!r} is not name=value, as in unit=m")
        pairs.append((name.strip(), value.strip()))
    return tuple(pairs)
