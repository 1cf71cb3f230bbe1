"""The load log: datasets, their coverage, and loads."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from psycopg import sql

from layers.base import Layer
from layers.intake.ingest.stage import Cursor, stage_table
from layers.intake.ingest.summary import LoadSummary
from layers.intake.quality.examine import Examination
from layers.intake.source import DatasetFacts

_DATASET = """
INSERT INTO onemap.dataset (id, title_zh, title_en, precedence, source, licence, date)
VALUES (%(id)s, %(zh)s, %(en)s, %(precedence)s, %(source)s, %(licence)s, %(date)s)
ON CONFLICT (id) DO UPDATE SET
    precedence = CASE WHEN %(overrule)s THEN excluded.precedence ELSE dataset.precedence END,
    source = excluded.source, licence = excluded.licence, date = greatest(dataset.date, excluded.date)
"""
_BEGIN = "INSERT INTO onemap.load (dataset, path, sha256, bytes, principal) VALUES (%s, %s, %s, %s, %s) RETURNING id"
_FINISH = "UPDATE onemap.load SET finished = clock_timestamp(), summary = %s, quality = %s WHERE id = %s"
_COVER = "SELECT onemap.extend_coverage(%s, %s, ST_SetSRID(ST_GeomFromWKB(%s), 4490), %s)"
# A later state of an object in the same dataset replaces its pending rows.
_OVERTAKE = """
UPDATE onemap.quarantine AS q SET state = 'discarded', decided = clock_timestamp(), decided_by = l.principal,
    decision = 'load ' || l.id || ' of the same dataset has it again'
FROM onemap.load AS l
WHERE l.id = %(load)s AND q.state = 'pending' AND q.dataset = l.dataset AND q.layer = %(layer)s AND q.load < l.id
  AND q.date <= %(date)s AND (
    EXISTS (SELECT FROM {stage} AS s WHERE s.source_key = q.source_key)
    OR EXISTS (SELECT FROM onemap.quarantine AS n
               WHERE n.load = l.id AND n.layer = q.layer AND n.source_key = q.source_key)
)
"""
# A row without a key is recognised only by equal content; a join, as a file may have many.
_OVERTAKE_KEYLESS = """
UPDATE onemap.quarantine AS q SET state = 'discarded', decided = clock_timestamp(), decided_by = l.principal,
    decision = 'load ' || l.id || ' of the same dataset has it again'
FROM onemap.load AS l JOIN onemap.quarantine AS n ON n.load = l.id
WHERE l.id = %(load)s AND q.state = 'pending' AND q.dataset = l.dataset AND q.layer = %(layer)s AND q.load < l.id
  AND q.date <= %(date)s AND q.source_key IS NULL AND n.source_key IS NULL AND n.layer = q.layer AND n.place = q.place
  AND (n.properties::text, n.wkb, n.text) IS NOT DISTINCT FROM (q.properties::text, q.wkb, q.text)
"""


def keep_dataset(cursor: Cursor, facts: DatasetFacts, date: datetime, *, overrule: bool) -> None:
    """Store the facts of a dataset; ``overrule`` is true when a person has given its precedence."""
    cursor.execute(
        _DATASET,
        {
            "id": facts.id,
            "zh": facts.title.zh,
            "en": facts.title.en,
            "precedence": facts.precedence,
            "source": facts.source,
            "licence": facts.licence,
            "date": date,
            "overrule": overrule,
        },
    )


def covered_layers(cursor: Cursor, dataset: str) -> set[str]:
    """Return the layers of which a dataset covers a part."""
    return {name for (name,) in cursor.execute("SELECT layer FROM onemap.coverage WHERE dataset = %s", [dataset])}


def cover(cursor: Cursor, dataset: str, layer: str, extent: bytes, since: datetime) -> None:
    """Add an extent (WKB) to the coverage of a dataset in a layer, from an instant on."""
    cursor.execute(_COVER, [dataset, layer, extent, since])


def overtake(cursor: Cursor, layer: Layer, load_id: int, date: datetime) -> None:
    """Discard pending rows of objects that this load has again."""
    params = {"load": load_id, "layer": layer.id, "date": date}
    cursor.execute(sql.SQL(_OVERTAKE).format(stage=stage_table(layer)), params)
    cursor.execute(_OVERTAKE_KEYLESS, params)


def begin_load(cursor: Cursor, dataset: str, path: Path, principal: str) -> int:
    """Record the start of a load, and return its number."""
    row = cursor.execute(_BEGIN, [dataset, str(path), sha256(path), size_of(path), principal]).fetchone()
    if row is None:
        raise LookupError("INSERT … RETURNING gave no row")
    return int(row[0])


def finish_load(
    cursor: Cursor, summary: LoadSummary, rules: str | None = None, examined: Iterable[Examination] = ()
) -> None:
    """Record the summary of a load, and the results of the rules (their version); rasters have no rules."""
    quality = None if rules is None else {"rules": rules, "layers": {each.layer: each.json() for each in examined}}
    cursor.execute(_FINISH, [json.dumps(summary.json()), quality and json.dumps(quality), summary.load_id])


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of the files of a folder."""
    files = path.iterdir() if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def sha256(path: Path) -> str:
    """Return the checksum of a file, or one over the checksums of the files of a folder in order of their names."""
    if path.is_dir():
        parts = [sha256(entry) for entry in sorted(path.iterdir()) if entry.is_file()]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
