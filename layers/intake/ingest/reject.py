"""Rejects staged rows: removes them from the stage, and returns them as they are in the source."""

from collections.abc import Mapping

from psycopg import sql

from layers.base import Layer
from layers.intake.ingest.stage import Cursor, stage_table
from layers.intake.rejection import KEY_UNIQUE, Reason, RejectedRow
from layers.intake.source import Reading
from layers.title import Title

# By layer and number of the staged row: the reasons of its rejection.
Rejections = dict[str, dict[int, list[Reason]]]

_DUPLICATES = """
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
_SELECT = "SELECT _ordinal, source_key, ST_AsBinary(geom) FROM {stage} WHERE _ordinal = ANY(%s)"
_REMOVE = "DELETE FROM {stage} WHERE _ordinal = ANY(%s)"


def duplicates(cursor: Cursor, layers: tuple[Layer, ...]) -> Rejections:
    """Return the rows with a repeated key: of equal rows all but the first, of different ones all.

    The file does not show which of several different rows is the right one.
    """
    rejections: Rejections = {}
    for layer in layers:
        for ordinal, key, equal in cursor.execute(sql.SQL(_DUPLICATES).format(stage=stage_table(layer))).fetchall():
            rejections.setdefault(layer.id, {})[ordinal] = [_duplicate_reason(key, equal=equal)]
    return rejections


def reject_staged(
    cursor: Cursor, reading: Reading, rejections: Mapping[str, Mapping[int, list[Reason]]]
) -> list[RejectedRow]:
    """Remove rows from the stage, and return them as they are in the source."""
    staged = {
        layer.id: _remove(cursor, layer, list(rejections[layer.id]))
        for layer in reading.layers
        if layer.id in rejections
    }
    refused = []
    for name, ordinal, original in reading.originals({name: set(rows) for name, rows in rejections.items()}):
        key, wkb = staged[name][ordinal]
        reasons = tuple(rejections[name][ordinal])
        refused.append(RejectedRow(name, original.place, reasons, key, original.properties, original.geometry, wkb))
    return refused


def _remove(cursor: Cursor, layer: Layer, ordinals: list[int]) -> dict[int, tuple[str, bytes]]:
    table = stage_table(layer)
    rows = cursor.execute(sql.SQL(_SELECT).format(stage=table), [ordinals]).fetchall()
    cursor.execute(sql.SQL(_REMOVE).format(stage=table), [ordinals])
    return {ordinal: (key, bytes(wkb)) for ordinal, key, wkb in rows}


def _duplicate_reason(key: str, *, equal: bool) -> Reason:
    if equal:
        return Reason(
            KEY_UNIQUE, Title(f"与前面的行重复（标识 {key}）", f"it repeats an earlier row with the key {key}")
        )
    return Reason(
        KEY_UNIQUE,
        Title(
            f"标识 {key} 出现多次且内容不同，每个对象须有自己的标识",
            f"the key {key} is used more than once, by rows that differ; every object needs a key of its own",
        ),
    )
