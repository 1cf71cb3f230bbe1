"""Quarantine: stores rows that are not accepted with their originals and reasons, in the transaction of the load."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from layers.base import Layer
from layers.errors import SourceError
from layers.grades import Grade
from layers.intake.rejection import RejectedRow
from layers.store.models import SCHEMA

_FIRST = 3
_KEEP = """
INSERT INTO onemap.quarantine
    (load, layer, dataset, source_key, place, date, crs, properties, wkb, text, geom, grade, reasons)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, ST_SetSRID(ST_GeomFromWKB(%s), 4490), %s, %s)
"""
# A row that was released before stays released while its original is the same and the released object is on the map;
# it then has the key of that object.
_MARK_RELEASED = """
UPDATE onemap.quarantine AS q SET state = 'released', fid = s.fid, source_key = s.key
FROM (
    SELECT DISTINCT ON (n.id) n.id, t.fid, t.source_key AS key
    FROM onemap.quarantine AS n JOIN onemap.quarantine AS e
        ON e.dataset = n.dataset AND e.layer = n.layer AND e.state = 'released' AND e.load < n.load
        AND md5(ROW(e.source_key, e.crs, e.properties::text, e.wkb, e.text)::text)
          = md5(ROW(n.source_key, n.crs, n.properties::text, n.wkb, n.text)::text)
    JOIN {table} AS t ON t.fid = e.fid AND upper_inf(t.valid)
    WHERE n.load = %(load)s AND n.layer = %(layer)s AND n.state = 'pending'
    ORDER BY n.id, e.decided DESC
) AS s
WHERE q.id = s.id
"""
_REMOVE_RELEASED = """
WITH taken AS (DELETE FROM onemap.quarantine WHERE load = %s AND state = 'released' RETURNING layer)
SELECT layer, count(*) FROM taken GROUP BY layer
"""
_COUNT = "SELECT layer, count(*) FROM onemap.quarantine WHERE load = %s GROUP BY layer"


@dataclass(frozen=True)
class Provenance:
    """The provenance of the rows of a load: dataset, load, source CRS, and the instant since which they are valid."""

    dataset: str
    load_id: int
    source_crs: str
    date: datetime


@dataclass(frozen=True)
class Tolerance:
    """The tolerated refused rows of a file: none (``strict``), or up to a share."""

    strict: bool = False
    most: float = 0.5


@dataclass
class Tally:
    """The rows refused so far: counts by layer, those that only lack a geometry, and the first few in words."""

    count: Counter[str] = field(default_factory=Counter)
    without_geometry: int = 0
    keyless: set[str] = field(default_factory=set)
    first: list[str] = field(default_factory=list)

    def see(self, refused: RejectedRow) -> None:
        """Count one row."""
        self.count[refused.layer] += 1
        self.without_geometry += refused.lacks_only_geometry
        if refused.source_key is None:
            self.keyless.add(refused.layer)
        if len(self.first) < _FIRST:
            self.first.append(refused.summary)

    def require_tolerable(self, path: object, read: int, tolerance: Tolerance) -> None:
        """Raise SourceError when too many rows of a file are refused to trust the others."""
        refused = self.count.total()
        if not refused:
            return
        more = f" (and {refused - _FIRST} more)" if refused > _FIRST else ""
        detail = f"so nothing was loaded: {'; '.join(self.first)}{more}"
        if refused >= read:
            raise SourceError(str(path), f"none of its {read} rows can be accepted, {detail}")
        if tolerance.strict:
            raise SourceError(
                str(path),
                f"{refused} of its {read} rows cannot be accepted, and with --strict none may be left out, {detail}; "
                "repair them first, for example with 'Fix geometries' of QGIS",
            )
        if refused - self.without_geometry > tolerance.most * read:
            raise SourceError(
                str(path),
                f"{refused} of its {read} rows cannot be accepted, which is more than {tolerance.most:.0%} "
                f"(--most-quarantined); the file is probably in another format or CRS than assumed, {detail}",
            )


class Quarantine:
    """The rows of one load that are not accepted."""

    def __init__(self, cursor: psycopg.Cursor[Any], provenance: Provenance, layers: Iterable[Layer]) -> None:
        """Keep rows of these layers."""
        self._cursor = cursor
        self._provenance = provenance
        self._grades = {layer.id: grade_of(layer) for layer in layers}
        self.tally = Tally()

    def keep(self, refused: list[RejectedRow]) -> None:
        """Store some rows, and clear the list."""
        if not refused:
            return
        for one in refused:
            self.tally.see(one)
        self._cursor.executemany(_KEEP, [self._values(one) for one in refused])
        refused.clear()

    def mark_released(self, layers: Iterable[Layer]) -> None:
        """Mark rows that are unchanged since their release, so that a merge leaves their objects alone."""
        for layer in (layer for layer in layers if self.tally.count[layer.id]):
            statement = sql.SQL(_MARK_RELEASED).format(table=sql.Identifier(SCHEMA, layer.id))
            self._cursor.execute(statement, {"load": self._provenance.load_id, "layer": layer.id})

    def remove_released(self) -> Counter[str]:
        """Remove the marked rows, whose release is recorded already, and return their numbers by layer."""
        return Counter(dict(self._cursor.execute(_REMOVE_RELEASED, [self._provenance.load_id]).fetchall()))

    def counted(self) -> Counter[str]:
        """Return the numbers of stored rows of this load, by layer."""
        return Counter(dict(self._cursor.execute(_COUNT, [self._provenance.load_id]).fetchall()))

    def _values(self, one: RejectedRow) -> tuple[Any, ...]:
        provenance, geometry = self._provenance, one.geometry
        return (
            provenance.load_id,
            one.layer,
            provenance.dataset,
            one.source_key,
            one.place,
            provenance.date,
            provenance.source_crs,
            as_json(one.properties),
            geometry if isinstance(geometry, bytes) else None,
            geometry.replace("\0", "\\0") if isinstance(geometry, str) else None,
            one.map_wkb,
            max(self._grades[one.layer], _declared_grade(one.properties)),
            as_json([reason.json() for reason in one.reasons]).replace("\\u0000", ""),
        )


def grade_of(layer: Layer) -> Grade:
    """Return the least grade of what is quarantined: that of the layer and its columns.

    A file may contain more than the layer shows and has not been reviewed yet, so the grade is internal at least.
    """
    return max(Grade.INTERNAL, layer.grade, *(column.grade for column in layer.columns))


def as_json(value: Any) -> str:
    """Return JSON in ASCII of any value of a file; non-finite numbers become text."""
    return json.dumps(_finite(value), default=str)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): _finite(part) for name, part in value.items()}
    if isinstance(value, bytes):
        return value.hex()
    return [_finite(part) for part in value] if isinstance(value, list | tuple) else value


def _declared_grade(properties: Mapping[str, Any]) -> int:
    grade = properties.get("grade")
    return int(grade) if isinstance(grade, int) and grade in set(Grade) else 0
