"""Checks whether a load's rows lie where the map has similar objects, or where a coordinate shift would put them."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, LiteralString

import numpy as np
import shapely
from psycopg import sql

from layers.errors import SourceError
from layers.intake.ingest.stage import Cursor, stage_table
from layers.intake.source import Reading
from layers.registry import Registry
from layers.space.crs import MAP_CRS, is_map_numbers
from layers.space.gcj02_bd09 import SHIFTS
from layers.space.shift_detection import AS_IS, CLOSE_M, OVERCORRECTED, REACH_M, Comparison, Fit, Sample
from layers.store.dataset_layer import DatasetLayer
from layers.store.models import SCHEMA

# Layers to compare with when the map has none of the same kind: outlines often follow one another.
_RELATED = ("boundaries", "buildings", "roads", "water", "waterways")
# Points are compared with buildings, in which shops and offices lie.
_BUILDINGS = "buildings"
# The most layers of a file that are compared, and the most objects of each.
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
_PRESENT = """
SELECT DISTINCT ON (t.fid) ST_AsBinary(t.geom)
FROM unnest({west}::float8[], {south}::float8[], {east}::float8[], {north}::float8[]) AS b (w, s, e, n)
JOIN {table} AS t ON t.geom && ST_MakeEnvelope(b.w, b.s, b.e, b.n, 4490)
WHERE upper_inf(t.valid) AND (t.dataset = {dataset}) = {own}
ORDER BY t.fid
"""


class Misplaced(SourceError):
    """A file whose coordinates are clearly not in the declared CRS; ``crs`` is the actual one, if known."""

    def __init__(self, path: str, message: str, crs: str | None) -> None:
        """Store the message and the actual CRS."""
        super().__init__(path, message)
        self.crs = crs


@dataclass(frozen=True)
class Placement:
    """A verdict and its basis: the file's ``layer`` compared with the layer ``known`` of the map."""

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
    """Compare the staged rows with the map, and return the first clear verdict, or None."""
    bases = list(_bases(cursor, dataset))
    if not bases:
        return None
    for layer, base in _pairs(_staged(cursor, reading), bases, registry):
        sample = _sample(cursor, reading, layer, base)
        if sample is None:
            continue
        comparison = sample.compare(_present_shapes(cursor, base, dataset, sample.boxes))
        if comparison.verdict is not None:
            return Placement(layer.id, base.layer, base.own, _has_lines(layer), comparison)
    return None


def require_placement(placement: Placement | None, reading: Reading) -> None:
    """Raise Misplaced when the coordinates are clearly not in the CRS of ``reading``."""
    verdict, declared = None if placement is None else placement.comparison.verdict, _hypothesis(reading)
    if placement is None or verdict is None or verdict == declared:
        return
    path, statistics = str(reading.path), _statistics(placement, verdict, declared)
    if verdict == AS_IS:
        earlier = " (an earlier load of the same dataset, which may be the wrong one)" if placement.own else ""
        raise Misplaced(
            path,
            f"its coordinates lie on the map{earlier} as they are, so converting them from {declared} would shift them "
            f"a second time: {statistics}; load it with --crs {MAP_CRS}, or, if you know better, with --trust-crs "
            f"(坐标本已与底图吻合，不可再按 {declared} 纠偏一次；请用 --crs {MAP_CRS})",
            MAP_CRS,
        )
    if verdict == OVERCORRECTED:
        raise Misplaced(
            path,
            f"shifting its coordinates to GCJ-02 would bring them onto the map: {statistics}; so the correction was "
            f"applied twice (ask for the original data), or the map's layer {placement.known} was loaded without "
            "conversion (then load this file with --trust-crs, and that layer again) "
            "(坐标被重复纠偏，请索取原始数据；或底图数据本身未经纠偏)",
            None,
        )
    if declared == AS_IS and not is_map_numbers(reading.source_crs):
        raise Misplaced(
            path,
            f"its coordinates were projected to {reading.source_crs} from {verdict}: {statistics}; ask for them in "
            f"degrees and load those with --crs {verdict}, or, if you know better, load it with --trust-crs "
            f"(坐标由 {verdict} 坐标投影而来，请索取经纬度数据)",
            None,
        )
    raise Misplaced(
        path,
        f"its coordinates are {verdict}, not {reading.source_crs}: {statistics}; load it with --crs {verdict} (or "
        f"--crs auto), or, if you know better, with --trust-crs (坐标实为 {verdict}，请用 --crs {verdict})",
        verdict,
    )


def placement_note(placement: Placement | None, reading: Reading) -> str | None:
    """Return a note on shifted coordinates that were converted and match the map."""
    declared = _hypothesis(reading)
    if placement is None or declared == AS_IS or placement.comparison.verdict != declared:
        return None
    statistics = _statistics(placement, declared, AS_IS)
    return f"coordinates are {declared} and were converted (已由 {declared} 纠偏): {statistics}"


def _hypothesis(reading: Reading) -> str:
    """Return the hypothesis on the file's coordinates: a known shift, or as they are."""
    return reading.source_crs if reading.source_crs in _SHIFTS else AS_IS


def _statistics(placement: Placement, first_name: str, second_name: str) -> str:
    compared, unit = placement.comparison, "vertices" if placement.lines else "points"
    first, second = _fit_text(compared.fits[first_name]), _fit_text(compared.fits[second_name])
    return (
        f"of {compared.vertices} {unit} of {placement.layer}, {first} of {placement.known} as {_label(first_name)}, "
        f"{second} as {_label(second_name)}"
    )


def _fit_text(fit: Fit) -> str:
    median = f"over {REACH_M:g} m" if fit.median_m is None else f"{fit.median_m:.1f} m"
    return f"{fit.share:.0%} lie within {CLOSE_M:g} m (median {median})"


def _label(hypothesis: str) -> str:
    return {AS_IS: "they are", OVERCORRECTED: "GCJ-02 made of them"}.get(hypothesis, hypothesis)


def _bases(cursor: Cursor, dataset: str) -> Iterator[_Base]:
    boxes: dict[tuple[str, bool], list[tuple[float, ...]]] = {}
    for layer, own, *box in cursor.execute(_COVERED, [dataset]):
        boxes.setdefault((layer, own), []).append(tuple(box))
    for (layer, own), extents in boxes.items():
        yield _Base(layer, own, np.array(extents) + np.array([-_MARGIN, -_MARGIN, _MARGIN, _MARGIN]))


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
    """Yield the pairs to compare: the same layer of others, then related layers, then an earlier load's own rows."""
    lines = [layer for layer in staged if _has_lines(layer)]
    same = [(layer, base) for layer in lines for base in bases if base.layer == layer.id and _lines(base, registry)]
    yield from (pair for pair in same if not pair[1].own)
    others = {base.layer: base for base in bases if not base.own}
    related = [others[name] for name in _RELATED if name in others]
    yield from ((layer, base) for layer in lines[:1] for base in related if base.layer != layer.id)
    yield from (pair for pair in same if pair[1].own)
    if not lines and _BUILDINGS in others:
        yield from ((layer, others[_BUILDINGS]) for layer in staged if "Point" in layer.geometry)


def _lines(base: _Base, registry: Registry) -> bool:
    layer = registry.get(base.layer) if base.layer in registry else None
    return isinstance(layer, DatasetLayer) and _has_lines(layer)


def _sample(cursor: Cursor, reading: Reading, layer: DatasetLayer, base: _Base) -> Sample | None:
    """Return vertices of staged rows near the base, as in the file (degrees)."""
    most = _OBJECTS if _has_lines(layer) else _OBJECTS * _POINTS_FOR_AN_OBJECT
    rows = _run(cursor, _STAGED, base.boxes, stage=stage_table(layer), most=sql.Literal(most))
    lonlat = shapely.get_coordinates(rows)
    if not len(lonlat):
        return None
    shift = _SHIFTS.get(reading.source_crs)
    return Sample(lonlat if shift is None else shift.forward(lonlat), points="Point" in layer.geometry)


def _present_shapes(cursor: Cursor, base: _Base, dataset: str, boxes: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    table = sql.Identifier(SCHEMA, base.layer)
    return _run(cursor, _PRESENT, boxes, table=table, dataset=sql.Literal(dataset), own=sql.Literal(base.own))


def _run(
    cursor: Cursor, statement: LiteralString, boxes: "np.ndarray[Any, Any]", **parts: sql.Composable
) -> "np.ndarray[Any, Any]":
    sides = {name: sql.Placeholder(name) for name in ("west", "south", "east", "north")}
    values = {name: boxes[:, column].tolist() for column, name in enumerate(sides)}
    rows = cursor.execute(sql.SQL(statement).format(**sides, **parts), values).fetchall()
    return np.asarray(shapely.from_wkb([wkb for (wkb,) in rows]), dtype=object)
