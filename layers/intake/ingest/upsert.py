"""The merge of a staging table into a layer's table, in a handful of statements over whole sets.

An object is identified by dataset and source key, and its newest slice of valid time is compared with the staged row. A
change later than the start of that slice is a change in the world: the slice is closed and the next one opened. A
change at the same instant is a correction of it. A row older than the slice is left out.
"""

from typing import LiteralString

from psycopg import sql

from layers.base import Layer
from layers.intake.ingest.quarantine import Provenance
from layers.intake.ingest.stage import Cursor, stage_table
from layers.intake.ingest.summary import LayerSummary
from layers.store.models import SCHEMA
from layers.store.tables import mergeable_columns

# The plan: each staged row with the newest slice of its object, if there is one, and the verdict.
_PLAN = """
CREATE TEMPORARY TABLE {plan} ON COMMIT DROP AS
SELECT DISTINCT ON (s.source_key) s.source_key, t.fid, t.valid, t.code,
    CASE
        WHEN t.fid IS NULL THEN 'new'
        WHEN NOT upper_inf(t.valid) THEN CASE WHEN upper(t.valid) <= {date} THEN 'back' ELSE 'older' END
        WHEN ({old}) IS NOT DISTINCT FROM ({new}) THEN 'unchanged'
        WHEN lower(t.valid) < {date} THEN 'changed'
        WHEN lower(t.valid) = {date} THEN 'corrected'
        ELSE 'older'
    END AS verdict
FROM {stage} AS s LEFT JOIN {table} AS t ON t.dataset = {dataset} AND t.source_key = s.source_key
ORDER BY s.source_key, lower(t.valid) DESC
"""
# A source may by now have the values that its object took over: a change of the source, though not of the map.
_OWN_CHANGED = """
UPDATE {plan} AS p SET verdict = CASE WHEN lower(p.valid) < {date} THEN 'changed' ELSE 'corrected' END
FROM {own} AS s
JOIN {table} AS t ON t.fid = s.fid
LEFT JOIN onemap.own_value AS v ON (v.layer, v.fid, v.began) = ({layer}, t.fid, lower(t.valid))
WHERE p.verdict = 'unchanged' AND p.fid = s.fid AND p.valid = t.valid AND lower(p.valid) <= {date}
  AND NOT s.own <@ (to_jsonb(t) || coalesce(v.own, '{{}}'))
"""
_COUNT = "SELECT verdict, count(*) FROM {plan} GROUP BY verdict"
_CLOSE = """
UPDATE {table} AS t SET valid = tstzrange(lower(t.valid), {date})
FROM {plan} AS p WHERE p.verdict = 'changed' AND t.fid = p.fid AND t.valid = p.valid
"""
_INSERT_NEW = """
INSERT INTO {table} (dataset, load_id, source_crs, valid, source_key, {columns})
SELECT {dataset}, {load}, {crs}, tstzrange({date}, NULL), s.source_key, {staged}
FROM {stage} AS s JOIN {plan} AS p USING (source_key) WHERE p.verdict = 'new'
"""
_INSERT_NEXT = """
INSERT INTO {table} (fid, code, dataset, load_id, source_crs, valid, source_key, {columns})
SELECT p.fid, p.code, {dataset}, {load}, {crs}, tstzrange({date}, NULL), s.source_key, {staged}
FROM {stage} AS s JOIN {plan} AS p USING (source_key) WHERE p.verdict IN ('changed', 'back')
"""
_CORRECT = """
UPDATE {table} AS t SET (load_id, source_crs, {columns}) = ROW ({load}, {crs}, {staged})
FROM {stage} AS s JOIN {plan} AS p USING (source_key)
WHERE p.verdict = 'corrected' AND t.fid = p.fid AND t.valid = p.valid
"""
# A refused row is not missing: its object stays as it was until the row is released. Missing rows are materialised
# first: next to the cost of the geometry the planner would estimate any join as cheap, however slow.
_GONE = """
CREATE TEMPORARY TABLE {gone} ON COMMIT DROP AS
WITH missing AS MATERIALIZED (
    SELECT t.fid, t.valid, t.geom FROM {table} AS t
    WHERE t.dataset = {dataset} AND upper_inf(t.valid) AND lower(t.valid) <= {date}
      AND NOT EXISTS (SELECT FROM {stage} AS s WHERE s.source_key = t.source_key)
      AND NOT EXISTS (
          SELECT FROM onemap.quarantine AS q
          WHERE q.load = {load} AND q.layer = {layer} AND q.source_key = t.source_key
      )
)
SELECT fid, valid FROM missing WHERE onemap.mostly_inside(geom, {extent})
"""
_CLOSE_GONE = """
UPDATE {table} AS t SET valid = tstzrange(lower(t.valid), {date})
FROM {gone} AS g WHERE t.fid = g.fid AND t.valid = g.valid AND lower(g.valid) < {date}
"""
# A state of the same instant lacks the object, so it never existed.
_DELETE_GONE = """
DELETE FROM {table} AS t USING {gone} AS g WHERE t.fid = g.fid AND t.valid = g.valid AND lower(g.valid) = {date}
"""
# Objects are compared including values taken over from others, which are computed again after the merge.
_FILL = "SELECT onemap.fill_stage({layer}, {stage_name}::regclass, {dataset}, {date}, {mergeable})"
_SETTLE = "SELECT onemap.settle_stage({layer}, {dataset}, {date}, {mergeable})"


def merge(cursor: Cursor, layer: Layer, provenance: Provenance, extent: bytes | None) -> LayerSummary:
    """Merge the staged rows of a layer; rows of the dataset inside ``extent`` (WKB) that were not staged are closed."""
    parts = _parts(layer, provenance)
    _run(cursor, _FILL, parts)
    closed = 0 if extent is None else _close_gone(cursor, parts, extent)
    _run(cursor, _PLAN, parts)
    _run(cursor, _OWN_CHANGED, parts)
    counts: dict[str, int] = dict(_run(cursor, _COUNT, parts).fetchall())
    if "changed" in counts:
        _run(cursor, _CLOSE, parts)
    if "new" in counts:
        _run(cursor, _INSERT_NEW, parts)
    if counts.keys() & {"changed", "back"}:
        _run(cursor, _INSERT_NEXT, parts)
    if "corrected" in counts:
        _run(cursor, _CORRECT, parts)
    _run(cursor, _SETTLE, parts)
    return LayerSummary(
        layer=layer.id,
        read=sum(counts.values()),
        new=counts.get("new", 0) + counts.get("back", 0),
        changed=counts.get("changed", 0) + counts.get("corrected", 0),
        unchanged=counts.get("unchanged", 0),
        older=counts.get("older", 0),
        closed=closed,
    )


def _close_gone(cursor: Cursor, parts: dict[str, sql.Composable], extent: bytes) -> int:
    place = sql.SQL("ST_SetSRID(ST_GeomFromWKB({}), 4490)").format(sql.Literal(extent))
    if not _run(cursor, _GONE, parts | {"extent": place}).rowcount:
        return 0
    return sum(_run(cursor, statement, parts).rowcount for statement in (_CLOSE_GONE, _DELETE_GONE))


def _run(cursor: Cursor, statement: LiteralString, parts: dict[str, sql.Composable]) -> Cursor:
    return cursor.execute(sql.SQL(statement).format(**parts))


def _parts(layer: Layer, provenance: Provenance) -> dict[str, sql.Composable]:
    names = ["geom", "quality", "grade", *(column.name for column in layer.columns)]
    return {
        "table": sql.Identifier(SCHEMA, layer.id),
        "stage": stage_table(layer),
        "stage_name": sql.Literal(f"pg_temp.{sql.Identifier(f'stage_{layer.id}').as_string()}"),
        "plan": sql.Identifier(f"plan_{layer.id}"),
        "own": sql.Identifier("pg_temp", f"own_of_{layer.id}"),
        "gone": sql.Identifier(f"gone_{layer.id}"),
        "columns": sql.SQL(", ").join(map(sql.Identifier, names)),
        "staged": sql.SQL(", ").join(sql.Identifier("s", name) for name in names),
        "old": sql.SQL(", ").join(sql.Identifier("t", name) for name in names),
        "new": sql.SQL(", ").join(sql.Identifier("s", name) for name in names),
        "dataset": sql.Literal(provenance.dataset),
        "load": sql.Literal(provenance.load_id),
        "layer": sql.Literal(layer.id),
        "crs": sql.Literal(provenance.source_crs),
        "date": sql.Literal(provenance.date),
        "mergeable": sql.Literal(mergeable_columns(layer)),
    }
