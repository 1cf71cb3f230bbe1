"""Proposals: the pairs of a comparison become matches to decide on; earlier decisions stay."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

from sqlalchemy import Connection, text

from layers.base import Layer
from layers.entities.matching.compare import LEAST, Comparison, MatchedPair, compare
from layers.entities.matching.objects import MOST_NEIGHBOURS, dataset_names
from layers.errors import InputError, ParameterError
from layers.ops.jobs.progress import Progress
from layers.store.dataset_layer import DatasetLayer
from layers.store.engine import Database
from layers.store.locks import locks_of

# Shapes farther apart than this are never compared, whatever the options.
MOST_REACH_M = 500.0
_CHUNK = 5000
# A refused or undone match is proposed again when one of its objects has changed since.
_KEEP = text("""
INSERT INTO onemap.match AS m (layer, a, b, relation, whole, score, parts, marks, proposed)
SELECT :layer, f.a, f.b, f.relation, f.whole, f.score, f.parts, f.marks, :at
FROM jsonb_to_recordset(CAST(:found AS jsonb))
    AS f (a bigint, b bigint, relation text, whole bigint, score double precision, parts jsonb, marks jsonb)
ON CONFLICT (layer, a, b) DO UPDATE SET
    relation = excluded.relation, whole = excluded.whole, score = excluded.score, parts = excluded.parts,
    marks = excluded.marks, proposed = excluded.proposed, state = 'proposed', decided = NULL, principal = NULL,
    reason = NULL
WHERE m.state = 'proposed' OR (m.state IN ('refused', 'undone') AND m.marks <> excluded.marks)
RETURNING (xmax = 0) AS fresh
""")
_WITHDRAW = """
DELETE FROM onemap.match AS m USING onemap.{table} AS a, onemap.{table} AS b
WHERE m.layer = :layer AND m.state = 'proposed' AND m.proposed < :at
  AND a.fid = m.a AND b.fid = m.b
  AND ARRAY[a.dataset, b.dataset] <@ CAST(:datasets AS text[])
  AND CAST(:datasets AS text[]) <@ ARRAY[a.dataset, b.dataset]
"""
_NOW = text("SELECT clock_timestamp()")


@dataclass(frozen=True)
class MatchOptions:
    """The datasets to compare: two, or all of the layer, each with every other and with itself."""

    datasets: tuple[str, str] | None = None
    reach_m: float | None = None
    least: float = LEAST

    def __post_init__(self) -> None:
        """Raise ParameterError for values out of range."""
        if not 0 < self.least < 1:
            raise ParameterError("least", f"{self.least:g} is not between 0 and 1")
        if self.reach_m is not None and not 0 < self.reach_m <= MOST_REACH_M:
            raise ParameterError("reach_m", f"{self.reach_m:g} is not above 0 and at most {MOST_REACH_M:g} metres")


def parse_options(between: str | None, reach_m: float | None, least: float | None) -> MatchOptions:
    """Return the options from the texts of a request or command."""
    if between is None:
        return MatchOptions(None, reach_m, LEAST if least is None else least)
    parts = [part.strip() for part in between.split(",")]
    if len(parts) != 2:
        raise ParameterError("between", f"{between!r} is not two datasets such as osm,sample")
    return MatchOptions((parts[0], parts[1]), reach_m, LEAST if least is None else least)


@dataclass(frozen=True)
class Proposals:
    """Counts of proposals: ``fresh`` ones, found ``again``, ``decided`` before and left, and ``withdrawn``."""

    layer: str
    comparisons: tuple[Comparison, ...]
    fresh: int
    again: int
    decided: int
    withdrawn: int

    def json(self) -> dict[str, Any]:
        """Return it as JSON, with a note where the number of neighbours was capped."""
        compared = [
            {
                "datasets": list(each.datasets),
                "objects": each.objects,
                "pairs": each.pairs,
                "same": each.count("same"),
                "contains": each.count("contains"),
            }
            for each in self.comparisons
        ]
        crowded = sum(each.crowded for each in self.comparisons)
        note = (
            f"{crowded} objects have {MOST_NEIGHBOURS} neighbours or more; the nearest {MOST_NEIGHBOURS} were compared"
        )
        counts = {name: getattr(self, name) for name in ("fresh", "again", "decided", "withdrawn")}
        return {"layer": self.layer, "compared": compared, **counts, "notes": [note] if crowded else []}


def dataset_layer(layer: Layer) -> DatasetLayer:
    """Return the layer when it has rows of its own, or raise InputError."""
    if not isinstance(layer, DatasetLayer):
        raise InputError(f"layer {layer.id} is derived from others and has no objects of its own to match")
    return layer


def propose(database: Database, layer: DatasetLayer, options: MatchOptions, progress: Progress) -> Proposals:
    """Compare, and write the pairs as proposals; a second run changes nothing.

    Raises ParameterError when a dataset has no objects in the layer.
    """
    # The reader's statements end after some seconds, and these may take longer.
    with database.writer.connect() as connection:
        dataset_pairs = _chosen(dataset_names(connection, layer), options, layer)
        comparisons = [
            compare(connection, layer, pair, progress, options.reach_m, options.least) for pair in dataset_pairs
        ]
    with database.writer.begin() as connection:
        progress.report(0, None, "writing proposals")
        locks_of(connection).layers([layer.id])
        return _write(connection, layer, tuple(comparisons))


def _chosen(names: list[str], options: MatchOptions, layer: DatasetLayer) -> list[tuple[str, str]]:
    if options.datasets is None:
        return list(combinations_with_replacement(names, 2))
    unknown = next((name for name in options.datasets if name not in names), None)
    if unknown is not None:
        present = ", ".join(names) or "none"
        raise ParameterError(
            "between", f"layer {layer.id} has no objects of dataset {unknown!r}; it has those of: {present}"
        )
    return [options.datasets]


def _write(connection: Connection, layer: DatasetLayer, comparisons: tuple[Comparison, ...]) -> Proposals:
    instant = connection.execute(_NOW).scalar_one()
    pairs = [pair for each in comparisons for pair in each.found]
    fresh_flags = [
        row.fresh
        for chunk in _chunks(pairs)
        for row in connection.execute(_KEEP, {"layer": layer.id, "at": instant, "found": _json(chunk)})
    ]
    withdraw = text(_WITHDRAW.format(table=connection.dialect.identifier_preparer.quote(layer.id)))
    withdrawn = sum(
        connection.execute(withdraw, {"layer": layer.id, "at": instant, "datasets": list(each.datasets)}).rowcount
        for each in comparisons
    )
    fresh = sum(fresh_flags)
    return Proposals(layer.id, comparisons, fresh, len(fresh_flags) - fresh, len(pairs) - len(fresh_flags), withdrawn)


def _json(chunk: list[MatchedPair]) -> str:
    return json.dumps([vars(pair) for pair in chunk])


def _chunks(pairs: list[MatchedPair]) -> Iterator[list[MatchedPair]]:
    return (pairs[at : at + _CHUNK] for at in range(0, len(pairs), _CHUNK))
