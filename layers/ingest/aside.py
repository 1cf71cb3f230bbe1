"""Staged rows that are set aside: taken out of the stage, and refused with what the source has of them."""

from collections.abc import Mapping

from psycopg import sql

from layers.base import Layer
from layers.ingest.stage import Cursor, stage_table
from layers.refusal import KEY_UNIQUE, Reason, Refused
from layers.source import Reading
from layers.title import Title

# By layer, for each staged row by its number: why it goes.
Found = dict[str, dict[int, list[Reason]]]

_TWICE = """
WITH twice AS (
    SELECT source_key FROM {stage} GROUP BY source_key HAVING count(*) > 1
), row AS (
    SELECT s._ordinal, s.source_key, md5((to_jsonb(s) - '_ordinal')::text) AS print
    FROM {stage} AS s JOIN twice USING (source_key)
), kind AS (
    SELECT source_key, count(DISTINCT print) AS kinds, min(_ordinal) AS first FROM row GROUP BY source_key
)
SELECT r._ordinal, r.source_key, k.kinds = 1 FROM row AS r JOIN kind AS k USING (source_key)
WHERE k.kinds > 1 OR r._ordinal > k.first ORDER BY r._ordinal
"""
_LOOK = "SELECT _ordinal, source_key, ST_AsBinary(geom) FROM {stage} WHERE _ordinal = ANY(%s)"
_REMOVE = "DELETE FROM {stage} WHERE _ordinal = ANY(%s)"


def doubles(cursor: Cursor, layers: tuple[Layer, ...]) -> Found:
    """Return the rows whose key stands more than once: of equal ones all but the first, of different ones all.

    Which of several that differ is the true one, nobody can tell from the file.
    """
    found: Found = {}
    for layer in layers:
        for ordinal, key, equal in cursor.execute(sql.SQL(_TWICE).format(stage=stage_table(layer))).fetchall():
            found.setdefault(layer.id, {})[ordinal] = [_why_twice(key, equal=equal)]
    return found


def set_aside(cursor: Cursor, reading: Reading, found: Mapping[str, Mapping[int, list[Reason]]]) -> list[Refused]:
    """Take rows out of the stage, and return them as they stand in the source."""
    seen = {layer.id: _take_out(cursor, layer, list(found[layer.id])) for layer in reading.layers if layer.id in found}
    refused = []
    for name, ordinal, original in reading.originals({name: set(rows) for name, rows in found.items()}):
        key, wkb = seen[name][ordinal]
        reasons = tuple(found[name][ordinal])
        refused.append(Refused(name, original.place, reasons, key, original.properties, original.geometry, wkb))
    return refused


def _take_out(cursor: Cursor, layer: Layer, ordinals: list[int]) -> dict[int, tuple[str, bytes]]:
    table = stage_table(layer)
    rows = cursor.execute(sql.SQL(_LOOK).format(stage=table), [ordinals]).fetchall()
    cursor.execute(sql.SQL(_REMOVE).format(stage=table), [ordinals])
    return {ordinal: (key, bytes(wkb)) for ordinal, key, wkb in rows}


def _why_twice(key: str, *, equal: bool) -> Reason:
    if equal:
        return Reason(
            KEY_UNIQUE, Title(f"与前面的行重复（标识 {key}）", f"the same row, with the key {key}, stands before")
        )
    return Reason(
        KEY_UNIQUE,
        Title(
            f"标识 {key} 出现多次且内容不同，每个对象须有自己的标识",
            f"the key {key} stands more than once, for rows that differ; every object needs a key of its own",
        ),
    )
