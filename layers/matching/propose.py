"""Proposals: what was compared becomes rows to decide on, and decisions that were made stay."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

from sqlalchemy import Connection, text

from layers.base import Layer
from layers.errors import InputError, ParameterError
from layers.ingest.progress import Progress
from layers.matching.compare import LEAST, Comparison, Found, compare
from layers.matching.objects import MOST_NEIGHBOURS, dataset_names
from layers.store.dataset_layer import DatasetLayer
from layers.store.engine import Database
from layers.store.locks import locks_of

# Between shapes that are farther apart nothing is compared, however somebody wishes it.
MOST_REACH_M = 500.0
_CHUNK = 5000
# What was refused or undone is proposed again when one of the objects has changed since.
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
class Wish:
    """What is to be compared: two datasets, or all that the layer has, each with every other and with itself."""

    datasets: tuple[str, str] | None = None
    reach_m: float | None = None
    least: float = LEAST

    def __post_init__(self) -> None:
        """Refuse what makes no sense; ParameterError says what."""
        if not 0 < self.least < 1:
            raise ParameterError("least", f"{self.least:g} is not between 0 and 1")
        if self.reach_m is not None and not 0 < self.reach_m <= MOST_REACH_M:
            raise ParameterError("reach_m", f"{self.reach_m:g} is not above 0 and at most {MOST_REACH_M:g} metres")


def parse_wish(between: str | None, reach_m: float | None, least: float | None) -> Wish:
    """Return what is to be compared, as requests and commands state it."""
    if between is None:
        return Wish(None, reach_m, LEAST if least is None else least)
    parts = [part.strip() for part in between.split(",")]
    if len(parts) != 2:
        raise ParameterError("between", f"{between!r} is not two datasets such as osm,sample")
    return Wish((parts[0], parts[1]), reach_m, LEAST if least is None else least)


@dataclass(frozen=True)
class Proposals:
    """What a comparison led to: ``fresh`` pairs, ``again`` found, ``decided`` before and left, ``withdrawn`` ones."""

    layer: str
    comparisons: tuple[Comparison, ...]
    fresh: int
    again: int
    decided: int
    withdrawn: int

    def json(self) -> dict[str, Any]:
        """Return it as JSON, with a note where a cap was met."""
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
    """Return a layer as one whose rows are kept, or raise InputError where it is none."""
    if not isinstance(layer, DatasetLayer):
        raise InputError(f"layer {layer.id} is worked out from others and has no objects of its own to match")
    return layer


def propose(database: Database, layer: DatasetLayer, wish: Wish, progress: Progress) -> Proposals:
    """Compare, and keep what was found as proposals; a second time changes nothing.

    Raises ParameterError where a dataset has nothing in the layer.
    """
    # The reader's statements end after some seconds, and these may take longer.
    with database.writer.connect() as connection:
        chosen = _chosen(dataset_names(connection, layer), wish, layer)
        made = [compare(connection, layer, pair, progress, wish.reach_m, wish.least) for pair in chosen]
    with database.writer.begin() as connection:
        progress.report(0, None, "writing proposals down")
        locks_of(connection).layers([layer.id])
        return _write(connection, layer, tuple(made))


def _chosen(names: list[str], wish: Wish, layer: DatasetLayer) -> list[tuple[str, str]]:
    if wish.datasets is None:
        return list(combinations_with_replacement(names, 2))
    unknown = next((name for name in wish.datasets if name not in names), None)
    if unknown is not None:
        has = ", ".join(names) or "none"
        raise ParameterError("between", f"layer {layer.id} has nothing of dataset {unknown!r}; it has {has}")
    return [wish.datasets]


def _write(connection: Connection, layer: DatasetLayer, comparisons: tuple[Comparison, ...]) -> Proposals:
    instant = connection.execute(_NOW).scalar_one()
    every = [found for each in comparisons for found in each.found]
    written = [
        row.fresh
        for chunk in _chunks(every)
        for row in connection.execute(_KEEP, {"layer": layer.id, "at": instant, "found": _json(chunk)})
    ]
    withdraw = text(_WITHDRAW.format(table=connection.dialect.identifier_preparer.quote(layer.id)))
    withdrawn = sum(
        connection.execute(withdraw, {"layer": layer.id, "at": instant, "datasets": list(each.datasets)}).rowcount
        for each in comparisons
    )
    fresh = sum(written)
    return Proposals(layer.id, comparisons, fresh, len(written) - fresh, len(every) - len(written), withdrawn)


def _json(chunk: list[Found]) -> str:
    return json.dumps([vars(found) for found in chunk])


def _chunks(found: list[Found]) -> Iterator[list[Found]]:
    return (found[at : at + _CHUNK] for at in range(0, len(found), _CHUNK))
