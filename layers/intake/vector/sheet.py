"""Sheets of text and numbers, row by row, some columns of which give the place."""

import json
import math
import struct
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import shapely

from layers.errors import ParameterError, SourceError
from layers.intake.row_batch import BATCH_ROWS
from layers.intake.source import Locator
from layers.intake.vector.addresses import MATCHED, AddressPlacing, address_name
from layers.intake.vector.columns import Inference, kind_of_text
from layers.intake.vector.feed import Faults, Feature, Feed, VectorSurvey
from layers.intake.vector.keys import KeyChoice
from layers.intake.vector.renaming import Pairs, new_names

# Names of columns with places, in lower case, the likelier first.
WKT_NAMES = ("wkt", "geom", "geometry", "the_geom", "几何")
DEGREE_NAMES = (
    ("lon", "lat"),
    ("lng", "lat"),
    ("long", "lat"),
    ("longitude", "latitude"),
    ("经度", "纬度"),
)
METRE_NAMES = (("x", "y"), ("x坐标", "y坐标"), ("东坐标", "北坐标"), ("easting", "northing"))
_DEGREES = "OGC:CRS84"

Cells = Sequence[Any]


@dataclass(frozen=True)
class Placing:
    """The columns that give the place: one of WKT, or two of numbers; ``degrees`` are longitude and latitude."""

    columns: tuple[str, ...]
    degrees: bool

    @property
    def hidden(self) -> tuple[str, ...]:
        """Return the columns that hold nothing but the place."""
        return self.columns

    def text(self, row: Mapping[str, Any]) -> str:
        """Return the text of the cells of the place."""
        cells = {name: row.get(name) for name in self.columns}
        return str(cells[self.columns[0]]) if len(cells) == 1 else json.dumps(cells, ensure_ascii=False, default=str)

    def geometries(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[bytes | str | None]:
        """Yield WKB for each row, None where the cells are empty, or the reason where they are malformed."""
        if len(self.columns) == 1:
            yield from _shapes(self.columns[0], [row.get(self.columns[0]) for row in rows])
            return
        for row in rows:
            yield self._point([row.get(name) for name in self.columns])

    def _point(self, cells: list[Any]) -> bytes | str | None:
        if all(cell is None for cell in cells):
            return None
        try:
            numbers = [_number(name, cell) for name, cell in zip(self.columns, cells, strict=True)]
        except ValueError as error:
            return str(error)
        return struct.pack("<BI2d", 1, 1, *numbers)


class SheetFeed(Feed):
    """The rows of one sheet; empty rows are skipped.

    It renames columns itself, so that the new names may be those of places.
    """

    renames = True

    def __init__(
        self, path: Path, names: Pairs = (), address: str | None = None, locate: Locator | None = None
    ) -> None:
        """Store the path, the new names of columns, and the geocoder for rows with addresses only."""
        super().__init__(path)
        self._pairs = names
        self._address = address
        self._locate = locate
        self._placing: Placing | None = None
        self._by_address: AddressPlacing | None = None

    @abstractmethod
    def lines(self) -> Iterator[tuple[str, Cells]]:
        """Stream the lines that are not empty, the first of which names the columns, each with its place."""

    def placing(self) -> Placing:
        """Return the columns that give places; raises SourceError when there are none."""
        if self._placing is None:
            names = self._header()
            self._by_address = self._find_addresses(names)
            self._placing = find_placing(self.path, names) if self._by_address is None else Placing((), degrees=True)
        return self._placing

    def _find_addresses(self, names: list[str]) -> AddressPlacing | None:
        """Return the geocoding of addresses, if requested or if no other column gives places."""
        if self._locate is None:
            return None
        if self._address is not None:
            if self._address not in names:
                columns = ", ".join(names)
                raise ParameterError("address", f"{self.path.name} has no column {self._address!r}; it has {columns}")
            return AddressPlacing(self._address, self._locate)
        column = None if has_place(names) else address_name(names)
        return None if column is None else AddressPlacing(column, self._locate)

    def survey(self, key: str | None) -> VectorSurvey:
        """Survey the sheet."""
        inference, keys = Inference(kind_of_text), KeyChoice(self.path, key)
        placing = self.placing()
        types: set[str] = set() if len(placing.columns) == 1 else {"Point"}
        added = () if self._by_address is None else (MATCHED,)
        faults = Faults(self.path)
        inference.see(dict.fromkeys((*(name for name in self._header() if name not in placing.columns), *added)))
        for batch in self.batches():
            for feature in batch:
                if not feature.broken:
                    inference.see(feature.properties)
                    keys.see(feature.properties, None)
            if len(placing.columns) == 1:
                shapes = shapely.from_wkb([feature.geometry for feature in batch])
                types.update(shape.geom_type for shape in shapes if shape is not None)
            faults.extend((feature, feature.fault) for feature in batch if feature.fault is not None)
        if not types:
            faults.settle()
        crs = _DEGREES if placing.degrees else None
        return VectorSurvey(crs, frozenset(types), inference.types(), keys.count, keys.column(), has_ids=False)

    def batches(self) -> Iterator[list[Feature]]:
        """Stream the rows."""
        placing, number, records = self.placing(), 0, self._records()
        while chunk := list(islice(records, BATCH_ROWS)):
            geometries = (self._by_address or placing).geometries([record.values for record in chunk])
            batch = []
            for record, geometry in zip(chunk, geometries, strict=True):
                number += 1
                batch.append(_feature(number, record, self._by_address or placing, geometry))
            yield batch

    def _header(self) -> list[str]:
        for place, cells in self.lines():
            return self._names(place, cells)
        raise SourceError(str(self.path), "this is empty: it has no header line")

    def _records(self) -> Iterator["_Record"]:
        lines = self.lines()
        names = self._names(*next(lines))
        for place, cells in lines:
            if len(cells) > len(names) and any(_value(cell) is not None for cell in cells[len(names) :]):
                yield _Record(place, {}, f"it has {len(cells)} cells for {len(names)} columns", list(cells))
                continue
            values = [_value(cell) for cell in cells[: len(names)]]
            yield _Record(place, dict(zip(names, values + [None] * (len(names) - len(values)), strict=True)))

    def _names(self, place: str, cells: Cells) -> list[str]:
        texts = ["" if cell is None else str(cell).strip() for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        names = [text or f"column_{number}" for number, text in enumerate(texts, start=1)]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise SourceError(
                str(self.path), f"these names are used by more than one column: {', '.join(repeated)}", place
            )
        renamed = new_names(self.path, names, self._pairs)
        return [renamed[name] for name in names]


class _Record(NamedTuple):
    """A line of a sheet; one with a ``fault`` has cells that belong to no column."""

    place: str
    values: dict[str, Any]
    fault: str | None = None
    cells: list[Any] | None = None


def _feature(number: int, record: _Record, placing: Placing | AddressPlacing, geometry: bytes | str | None) -> Feature:
    place, values, fault, cells = record
    if fault is not None:
        text = json.dumps(cells, ensure_ascii=False, default=str)
        return Feature(number, None, None, {}, fault, place, text, broken=True)
    attributes = {name: value for name, value in values.items() if name not in placing.hidden}
    if isinstance(geometry, str):
        return Feature(number, None, None, attributes, geometry, place, placing.text(values))
    return Feature(number, None, geometry, attributes, None, place)


def has_place(names: list[str]) -> bool:
    """Tell whether columns with such names give places, apart from addresses."""
    lower_names = {name.lower() for name in names}
    pairs = (*DEGREE_NAMES, *METRE_NAMES)
    return any(name in lower_names for name in WKT_NAMES) or any(lower_names.issuperset(pair) for pair in pairs)


def find_placing(path: Path, names: list[str]) -> Placing:
    """Return the columns that give places, judging by their names."""
    by_lower_name = {name.lower(): name for name in reversed(names)}
    for name in WKT_NAMES:
        if name in by_lower_name:
            return Placing((by_lower_name[name],), degrees=False)
    for pairs, degrees in ((DEGREE_NAMES, True), (METRE_NAMES, False)):
        for pair in pairs:
            if all(name in by_lower_name for name in pair):
                return Placing(tuple(by_lower_name[name] for name in pair), degrees)
    expected = "; ".join(
        (
            " or ".join("/".join(pair) for pair in DEGREE_NAMES),
            f"{' or '.join('/'.join(pair) for pair in METRE_NAMES)} (with --crs)",
            f"WKT in {', '.join(WKT_NAMES)}",
        )
    )
    raise SourceError(
        str(path),
        f"no column gives the place: expected {expected}; it has {', '.join(names)}; "
        "rename one with --map, such as --map 东经=lon --map 北纬=lat, or a column of addresses with --address",
    )


def _value(cell: Any) -> Any:
    """Return the value of a cell; blank text is None."""
    return None if isinstance(cell, str) and not cell.strip() else cell


def _shapes(name: str, cells: list[Any]) -> Iterator[bytes | str | None]:
    texts = [None if cell is None else _without_srid(str(cell).strip()) for cell in cells]
    shapes = shapely.from_wkt(texts, on_invalid="ignore")
    for text, shape, wkb in zip(texts, shapes, shapely.to_wkb(shapes, byte_order=1), strict=True):
        if text is None or shape is not None:
            yield wkb
        else:
            shown = text if len(text) <= 40 else f"{text[:40]}…"
            yield f"{name} is not WKT: {shown!r}"


def _without_srid(text: str) -> str:
    """Remove the SRID prefix that PostGIS writes."""
    return text.split(";", 1)[1] if text[:5].upper() == "SRID=" and ";" in text else text


def _number(name: str, cell: Any) -> float:
    if cell is None:
        raise ValueError(f"{name} is empty")
    try:
        number = float(cell)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number) or isinstance(cell, bool):
        raise ValueError(f"{name} is not a number: {cell!r}")
    return number
