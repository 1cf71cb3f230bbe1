"""Whether a load's rows land where the map already knows such things, or where a shift would put them."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, LiteralString

import numpy as np
import shapely
from psycopg import sql

from layers.errors import SourceError
from layers.ingest.stage import Cursor, stage_table
from layers.registry import Registry
from layers.source import Reading
from layers.space.crs import MAP_CRS, is_map_numbers
from layers.space.placement import AS_IS, CLOSE_M, OVERCORRECTED, REACH_M, Comparison, Fit, Sample
from layers.space.shifted import SHIFTS
from layers.store.dataset_layer import DatasetLayer
from layers.store.models import SCHEMA

# What a layer without rows of its own kind on the map is compared with: outlines often run along one another.
_KIN = ("boundaries", "buildings", "roads", "water", "waterways")
# Shops and offices lie in buildings.
_HOUSES = "buildings"
# So many layers of a file are looked at, and so many objects of each.
_LAYERS = 3
_OBJECTS = 250
_POINTS_FOR_AN_OBJECT = 4
# Beyond the farthest shift, in degrees.
_MARGIN = 0.02
_SHIFTS = {shift.name: shift for shift in SHIFTS}

_COVERED = """
SELECT layer, dataset = %s AS own, ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)
FROM (SELECT layer, dataset, ST_Extent(extent) AS box FROM onemap.coverage GROUP BY layer, dataset) AS covered
"""
_SIZE = "SELECT count(*) FROM {stage}"
# Always the same objects of the same file, from all over it.
_STAGED = """
SELECT ST_AsBinary(geom) FROM {stage} AS s
WHERE EXISTS (
    SELECT FROM unnest({west}::float8[], {south}::float8[], {east}::float8[], {north}::float8[]) AS b (w, s, e, n)
    WHERE s.geom && ST_MakeEnvelope(b.w, b.s, b.e, b.n, 4490)
)
ORDER BY hashtext(source_key) LIMIT {most}
"""
_KNOWN = """
SELECT DISTINCT ON (t.fid) ST_AsBinary(t.geom)
FROM unnest({west}::float8[], {south}::float8[], {east}::float8[], {north}::float8[]) AS b (w, s, e, n)
JOIN {table} AS t ON t.geom && ST_MakeEnvelope(b.w, b.s, b.e, b.n, 4490)
WHERE upper_inf(t.valid) AND (t.dataset = {dataset}) = {own}
ORDER BY t.fid
"""


class Misplaced(SourceError):
    """A file whose coordinates are clearly not what they were said to be; ``crs`` is what they are, where known."""

    def __init__(self, path: str, message: str, crs: str | None) -> None:
        """Say ``message`` of ``path``."""
        super().__init__(path, message)
        self.crs = crs


@dataclass(frozen=True)
class Placement:
    """A verdict, and on what it rests: the file's ``layer`` compared with the map's layer ``known``."""

    layer: str
    known: str
    own: bool
    lines: bool
    comparison: Comparison

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"layer": self.layer, "compared_with": self.known, "verdict": self.comparison.verdict} | asdict(
            self.comparison
        )


@dataclass(frozen=True)
class _Base:
    """A layer of the map, where it has rows of this dataset (``own``) or of others."""

    layer: str
    own: bool
    boxes: "np.ndarray[Any, Any]"


def find_placement(cursor: Cursor, reading: Reading, dataset: str, registry: Registry) -> Placement | None:
    """Compare what is staged with the map, and return the first clear verdict; None where the map cannot tell."""
    bases = list(_bases(cursor, dataset))
    if not bases:
        return None
    for layer, base in _pairs(_staged(cursor, reading), bases, registry):
        sample = _sample(cursor, reading, layer, base)
        if sample is None:
            continue
        comparison = sample.compare(_known(cursor, base, dataset, sample.boxes))
        if comparison.verdict is not None:
            return Placement(layer.id, base.layer, base.own, _has_lines(layer), comparison)
    return None


def require_placement(found: Placement | None, reading: Reading) -> None:
    """Raise Misplaced where the coordinates are clearly not what ``reading`` takes them for."""
    verdict, stated = None if found is None else found.comparison.verdict, _hypothesis(reading)
    if found is None or verdict is None or verdict == stated:
        return
    path, figures = str(reading.path), _figures(found, verdict, stated)
    if verdict == AS_IS:
        earlier = " (an earlier load of the same dataset, which may be the wrong one)" if found.own else ""
        raise Misplaced(
            path,
            f"its coordinates lie on the map{earlier} as they are, so converting them from {stated} would shift them "
            f"a second time: {figures}; load it with --crs {MAP_CRS}, or, if you know better, with --trust-crs "
            f"(坐标本已与底图吻合，不可再按 {stated} 纠偏一次；请用 --crs {MAP_CRS})",
            MAP_CRS,
        )
    if verdict == OVERCORRECTED:
        raise Misplaced(
            path,
            f"shifting its coordinates to GCJ-02 would bring them onto the map: {figures}; so they have been shifted "
            f"back once too often (ask for the original), or what the map has in {found.known} was loaded without "
            "converting it (then load this with --trust-crs, and that again) "
            "(坐标被重复纠偏，请索取原始数据；或底图数据本身未经纠偏)",
            None,
        )
    if stated == AS_IS and not is_map_numbers(reading.source_crs):
        raise Misplaced(
            path,
            f"its coordinates were projected to {reading.source_crs} from {verdict}: {figures}; ask for them in "
            f"degrees and load those with --crs {verdict}, or, if you know better, load it with --trust-crs "
            f"(坐标由 {verdict} 坐标投影而来，请索取经纬度数据)",
            None,
        )
    raise Misplaced(
        path,
        f"its coordinates are {verdict}, not {reading.source_crs}: {figures}; load it with --crs {verdict} (or "
        f"--crs auto), or, if you know better, with --trust-crs (坐标实为 {verdict}，请用 --crs {verdict})",
        verdict,
    )


def placement_note(found: Placement | None, reading: Reading) -> str | None:
    """Return a sentence on shifted coordinates that were brought to where the map has the same things."""
    stated = _hypothesis(reading)
    if found is None or stated == AS_IS or found.comparison.verdict != stated:
        return None
    return f"coordinates are {stated} and were converted (已由 {stated} 纠偏): {_figures(found, stated, AS_IS)}"


def _hypothesis(reading: Reading) -> str:
    """Return what the file's coordinates are taken for."""
    return reading.source_crs if reading.source_crs in _SHIFTS else AS_IS


def _figures(found: Placement, one: str, other: str) -> str:
    compared, things = found.comparison, "vertices" if found.lines else "points"
    first, second = _told(compared.fits[one]), _told(compared.fits[other])
    return (
        f"of {compared.vertices} {things} of {found.layer}, {first} of {found.known} as {_as(one)}, {second} as "
        f"{_as(other)}"
    )


def _told(fit: Fit) -> str:
    median = f"over {REACH_M:g} m" if fit.median_m is None else f"{fit.median_m:.1f} m"
    return f"{fit.share:.0%} lie within {CLOSE_M:g} m (median {median})"


def _as(hypothesis: str) -> str:
    return {AS_IS: "they are", OVERCORRECTED: "GCJ-02 made of them"}.get(hypothesis, hypothesis)


def _bases(cursor: Cursor, dataset: str) -> Iterator[_Base]:
    boxes: dict[tuple[str, bool], list[tuple[float, ...]]] = {}
    for layer, own, *box in cursor.execute(_COVERED, [dataset]):
        boxes.setdefault((layer, own), []).append(tuple(box))
    for (layer, own), found in boxes.items():
        yield _Base(layer, own, np.array(found) + np.array([-_MARGIN, -_MARGIN, _MARGIN, _MARGIN]))


def _staged(cursor: Cursor, reading: Reading) -> list[DatasetLayer]:
    """Return the layers with the most rows, those of lines and areas first."""
    sizes: list[tuple[bool, int, DatasetLayer]] = []
    for layer in reading.layers:
        row = cursor.execute(sql.SQL(_SIZE).format(stage=stage_table(layer))).fetchone()
        if row is not None and row[0]:
            sizes.append((_has_lines(layer), int(row[0]), layer))
    return [layer for *_, layer in sorted(sizes, key=lambda size: size[:2], reverse=True)][:_LAYERS]


def _has_lines(layer: DatasetLayer) -> bool:
    return "Line" in layer.geometry or "Polygon" in layer.geometry


def _pairs(staged: list[DatasetLayer], bases: list[_Base], registry: Registry) -> Iterable[tuple[DatasetLayer, _Base]]:
    """Yield what to compare: with the same things of others, then kindred ones, then an earlier load's own."""
    lines = [layer for layer in staged if _has_lines(layer)]
    same = [(layer, base) for layer in lines for base in bases if base.layer == layer.id and _lines(base, registry)]
    yield from (pair for pair in same if not pair[1].own)
    others = {base.layer: base for base in bases if not base.own}
    kin = [others[name] for name in _KIN if name in others]
    yield from ((layer, base) for layer in lines[:1] for base in kin if base.layer != layer.id)
    yield from (pair for pair in same if pair[1].own)
    if not lines and _HOUSES in others:
        yield from ((layer, others[_HOUSES]) for layer in staged if "Point" in layer.geometry)


def _lines(base: _Base, registry: Registry) -> bool:
    layer = registry.get(base.layer) if base.layer in registry else None
    return isinstance(layer, DatasetLayer) and _has_lines(layer)


def _sample(cursor: Cursor, reading: Reading, layer: DatasetLayer, base: _Base) -> Sample | None:
    """Return vertices of what is staged near the base, as the file has them (in degrees)."""
    most = _OBJECTS if _has_lines(layer) else _OBJECTS * _POINTS_FOR_AN_OBJECT
    rows = _run(cursor, _STAGED, base.boxes, stage=stage_table(layer), most=sql.Literal(most))
    lonlat = shapely.get_coordinates(rows)
    if not len(lonlat):
        return None
    shift = _SHIFTS.get(reading.source_crs)
    return Sample(lonlat if shift is None else shift.forward(lonlat), points="Point" in layer.geometry)


def _known(cursor: Cursor, base: _Base, dataset: str, boxes: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    table = sql.Identifier(SCHEMA, base.layer)
    return _run(cursor, _KNOWN, boxes, table=table, dataset=sql.Literal(dataset), own=sql.Literal(base.own))


def _run(
    cursor: Cursor, statement: LiteralString, boxes: "np.ndarray[Any, Any]", **parts: sql.Composable
) -> "np.ndarray[Any, Any]":
    sides = {name: sql.Placeholder(name) for name in ("west", "south", "east", "north")}
    values = {name: boxes[:, column].tolist() for column, name in enumerate(sides)}
    rows = cursor.execute(sql.SQL(statement).format(**sides, **parts), values).fetchall()
    return np.asarray(shapely.from_wkb([wkb for (wkb,) in rows]), dtype=object)
