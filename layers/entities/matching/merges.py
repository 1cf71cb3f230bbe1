"""Merges: which object stays, what prevents a merge, merging many at once, and undoing."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, any_, func, literal, select, text

from layers.intake.source import OWN_PRECEDENCE
from layers.store.dataset_layer import DatasetLayer
from layers.store.models import dataset as dataset_table
from layers.store.models import match
from layers.store.tables import feature_table, mergeable_columns

_MERGE = text(
    "SELECT onemap.merge_matches(:layer, CAST(:ids AS bigint[]), CAST(:stay AS bigint[]), CAST(:columns AS text[]))"
)
_UNMERGE = text("SELECT onemap.unmerge(:id, CAST(:columns AS text[]))")


@dataclass(frozen=True)
class Merge:
    """Two objects that become one by a match: fids, and which of both stays."""

    number: int
    a: int
    b: int
    stays: int

    @property
    def gives(self) -> int:
        """Return the fid that gives way."""
        return self.a + self.b - self.stays


@dataclass(frozen=True)
class MergeState:
    """The state of objects of a layer: those in force by ``rank``, and those ``merged`` into others by a match.

    Of two objects that of the lower rank stays.
    """

    layer: str
    rank: dict[int, int]
    merged: dict[int, int]

    def stays(self, a: int, b: int) -> int:
        """Return which of two objects stays: by the precedence of their datasets, quality, and number."""
        return min(a, b, key=lambda fid: self.rank.get(fid, len(self.rank)))

    def obstacle(self, a: int, b: int) -> str | None:
        """Return why two objects cannot be merged now, or None."""
        missing = [fid for fid in (a, b) if fid not in self.rank]
        if missing:
            return f"object {min(missing)} of layer {self.layer} no longer exists; run the matching again"
        merged_by = self.merged.get(a, self.merged.get(b))
        if merged_by is None:
            return None
        return f"one of the objects is merged into another one by match {merged_by}; undo that first"

    def plan(self, matches: Iterable[tuple[int, int, int]]) -> list[Merge]:
        """Return those of the matches (number, a, b) that can be merged one after the other."""
        merged = dict(self.merged)
        planned = []
        for number, a, b in matches:
            if MergeState(self.layer, self.rank, merged).obstacle(a, b) is None:
                planned.append(Merge(number, a, b, self.stays(a, b)))
                merged[planned[-1].gives] = number
        return planned


def merge_state(connection: Connection, layer: DatasetLayer, fids: Collection[int]) -> MergeState:
    """Return the state of some objects."""
    table = feature_table(layer)
    precedence = func.coalesce(dataset_table.c.precedence, OWN_PRECEDENCE)
    ranked = (
        select(table.c.fid)
        .join_from(table, dataset_table, table.c.dataset == dataset_table.c.id, isouter=True)
        .where(table.c.fid == any_(literal(list(fids))), func.upper_inf(table.c.valid))
        .order_by(precedence.desc(), table.c.quality.desc().nulls_last(), table.c.fid)
    )
    gives = match.c.a + match.c.b - match.c.survivor
    merged = select(gives, match.c.id).where(
        match.c.layer == layer.id,
        match.c.state == "accepted",
        match.c.relation == "same",
        gives == any_(literal(list(fids))),
    )
    rank = {fid: place for place, fid in enumerate(connection.execute(ranked).scalars())}
    return MergeState(layer.id, rank, {row[0]: row[1] for row in connection.execute(merged)})


def disjoint_rounds(merges: Iterable[Merge]) -> list[list[Merge]]:
    """Return merges in rounds, none with an object twice; a merge that depends on another one comes after it."""
    rounds: list[list[Merge]] = []
    last: dict[int, int] = {}
    for each in merges:
        at = max(last.get(each.a, -1), last.get(each.b, -1)) + 1
        last[each.a] = last[each.b] = at
        rounds += [[] for _ in range(at - len(rounds) + 1)]
        rounds[at].append(each)
    return rounds


def merge(connection: Connection, layer: DatasetLayer, merges: Iterable[Merge]) -> None:
    """Carry out merges of which no two share an object."""
    numbers, stay = zip(*((each.number, each.stays) for each in merges), strict=True)
    params = {"layer": layer.id, "ids": list(numbers), "stay": list(stay), "columns": mergeable_columns(layer)}
    connection.execute(_MERGE, params)


def unmerge(connection: Connection, layer: DatasetLayer, number: int) -> None:
    """Undo a merge; other merges stay."""
    connection.execute(_UNMERGE, {"id": number, "columns": mergeable_columns(layer)})
