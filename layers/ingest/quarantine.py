"""Keeping what is not accepted: each row with its original and every reason, in the transaction of the load."""

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
from layers.refusal import Refused
from layers.store.models import SCHEMA

_NAMED = 3
_KEEP = """
INSERT INTO onemap.quarantine
    (load, layer, dataset, source_key, place, date, crs, properties, wkb, text, geom, grade, reasons)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, ST_SetSRID(ST_GeomFromWKB(%s), 4490), %s, %s)
"""
# A row that was released before stays released while its original is the same and what became of it is on the map; it
# is then known by the key that it has there.
_MARK_STANDING = """
UPDATE onemap.quarantine AS q SET state = 'released', fid = s.fid, source_key = s.key
FROM (
    SELECT DISTINCT ON (n.id) n.id, t.fid, t.source_key AS key
    FROM onemap.quarantine AS n JOIN onemap.quarantine AS e
        ON e.dataset = n.dataset AND e.layer = n.layer AND e.state = 'released' AND e.load < n.load
        AND md5(ROW(e.source_key, e.crs, e.properties::text, e.wkb, e.text)::text)
          = md5(ROW(n.source_key, n.crs, n.properties::text, n.wkb, n.text)::text)
    JOIN {table} AS t ON t.fid = e.fid AND upper_inf(t.valid)
    WHERE n.load = %(load)s AND n.layer = %(layer)s AND n.state = 'held'
    ORDER BY n.id, e.decided DESC
) AS s
WHERE q.id = s.id
"""
_TAKE_STANDING = """
WITH taken AS (DELETE FROM onemap.quarantine WHERE load = %s AND state = 'released' RETURNING layer)
SELECT layer, count(*) FROM taken GROUP BY layer
"""
_COUNT = "SELECT layer, count(*) FROM onemap.quarantine WHERE load = %s GROUP BY layer"


@dataclass(frozen=True)
class Provenance:
    """What is told of every row of a load: whose it is, from which load, in which CRS it came, since when it holds."""

    dataset: str
    load_id: int
    source_crs: str
    date: datetime


@dataclass(frozen=True)
class Tolerance:
    """How much of a file may be wrong: nothing (``strict``), or up to a share of its rows."""

    strict: bool = False
    most: float = 0.5


@dataclass
class Tally:
    """What was refused so far: how many by layer, how many of them only for want of a geometry, the first few told."""

    count: Counter[str] = field(default_factory=Counter)
    bare: int = 0
    keyless: set[str] = field(default_factory=set)
    named: list[str] = field(default_factory=list)

    def see(self, refused: Refused) -> None:
        """Take note of one."""
        self.count[refused.layer] += 1
        self.bare += refused.is_only_bare
        if refused.source_key is None:
            self.keyless.add(refused.layer)
        if len(self.named) < _NAMED:
            self.named.append(refused.told)

    def require_tolerable(self, path: object, read: int, tolerance: Tolerance) -> None:
        """Raise SourceError where too little of a file is right for the rest of it to be believed."""
        refused = self.count.total()
        if not refused:
            return
        more = f" (and {refused - _NAMED} more)" if refused > _NAMED else ""
        told = f"so nothing was loaded: {'; '.join(self.named)}{more}"
        if refused >= read:
            raise SourceError(str(path), f"none of its {read} rows can be accepted, {told}")
        if tolerance.strict:
            raise SourceError(
                str(path),
                f"{refused} of its {read} rows cannot be accepted, and with --strict none may be left out, {told}; "
                "mend them first, for example with 'fix geometries' of QGIS",
            )
        if refused - self.bare > tolerance.most * read:
            raise SourceError(
                str(path),
                f"{refused} of its {read} rows cannot be accepted, which is more than {tolerance.most:.0%} "
                f"(--most-quarantined); the file is probably not what it is taken for, {told}",
            )


class Quarantine:
    """The rows of one load that are not accepted."""

    def __init__(self, cursor: psycopg.Cursor[Any], whence: Provenance, layers: Iterable[Layer]) -> None:
        """Keep rows of these layers."""
        self._cursor = cursor
        self._whence = whence
        self._grades = {layer.id: grade_of(layer) for layer in layers}
        self.tally = Tally()

    def keep(self, refused: list[Refused]) -> None:
        """Keep some rows, and forget them in the list."""
        if not refused:
            return
        for one in refused:
            self.tally.see(one)
        self._cursor.executemany(_KEEP, [self._values(one) for one in refused])
        refused.clear()

    def mark_standing(self, layers: Iterable[Layer]) -> None:
        """Mark rows that are as they were when somebody released them; a merge then leaves their objects alone."""
        for layer in (layer for layer in layers if self.tally.count[layer.id]):
            statement = sql.SQL(_MARK_STANDING).format(table=sql.Identifier(SCHEMA, layer.id))
            self._cursor.execute(statement, {"load": self._whence.load_id, "layer": layer.id})

    def take_standing(self) -> Counter[str]:
        """Take the marked rows out again, whose release is recorded once, and return how many, by layer."""
        return Counter(dict(self._cursor.execute(_TAKE_STANDING, [self._whence.load_id]).fetchall()))

    def counted(self) -> Counter[str]:
        """Return how many rows the database has of this load, by layer."""
        return Counter(dict(self._cursor.execute(_COUNT, [self._whence.load_id]).fetchall()))

    def _values(self, one: Refused) -> tuple[Any, ...]:
        whence, geometry = self._whence, one.geometry
        return (
            whence.load_id,
            one.layer,
            whence.dataset,
            one.source_key,
            one.place,
            whence.date,
            whence.source_crs,
            as_json(one.properties),
            geometry if isinstance(geometry, bytes) else None,
            geometry.replace("\0", "\\0") if isinstance(geometry, str) else None,
            one.seen,
            max(self._grades[one.layer], _stated_grade(one.properties)),
            as_json([reason.json() for reason in one.reasons]).replace("\\u0000", ""),
        )


def grade_of(layer: Layer) -> Grade:
    """Return the least grade of what is quarantined: that of the layer and its columns.

    A file may hold more than the layer shows, and nobody has looked at it yet: it is internal at least.
    """
    return max(Grade.INTERNAL, layer.grade, *(column.grade for column in layer.columns))


def as_json(value: Any) -> str:
    """Return JSON in ASCII of whatever a file may hold; numbers that JSON has not become text."""
    return json.dumps(_finite(value), default=str)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): _finite(part) for name, part in value.items()}
    if isinstance(value, bytes):
        return value.hex()
    return [_finite(part) for part in value] if isinstance(value, list | tuple) else value


def _stated_grade(properties: Mapping[str, Any]) -> int:
    stated = properties.get("grade")
    return int(stated) if isinstance(stated, int) and stated in set(Grade) else 0
