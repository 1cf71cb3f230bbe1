"""Which entities somebody sees: things and datastreams by the row filter, and all else by what it is of.

A location, a feature, a sensor, an observed property is seen with a thing or datastream that is seen, or where it is of
none at all; one that is of hidden ones alone is hidden.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import FromClause, Select, Table, and_, case, cast, exists, func, not_, or_, select
from sqlalchemy.dialects.postgresql import OID, REGCLASS
from sqlalchemy.sql.elements import ColumnElement

from layers.access import Decision, Principal, decide, visible
from layers.grades import Grade
from layers.store import DatasetLayer, feature_table
from layers.temporal import When
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.catalog.things import LAYER as THINGS
from twin.store.sensing_models import datastream_feature, feature_of_interest, location, placement, slice_count


@dataclass(frozen=True)
class View:
    """What somebody may see of things and of datastreams, at one instant."""

    things: Decision
    streams: Decision
    at: datetime

    @classmethod
    def of(cls, principal: Principal) -> "View":
        """Return what a principal sees now."""
        return cls(decide(principal, "read", THINGS), decide(principal, "read", DATASTREAMS), datetime.now(UTC))

    @property
    def when(self) -> When:
        """Return the instant, which has no form of its own in statements since it is the present one."""
        return When(self.at, self.at, explicit=False)

    def thing_rows(self) -> Select[Any]:
        """Return the rows of things."""
        return visible(THINGS, self.things, self.when)

    def stream_rows(self) -> Select[Any]:
        """Return the rows of datastreams."""
        return visible(DATASTREAMS, self.streams, self.when)

    def thing_numbers(self) -> Select[Any]:
        """Return the numbers of things."""
        rows = self.thing_rows()
        return rows.with_only_columns(rows.selected_columns.fid)

    def stream_numbers(self) -> Select[Any]:
        """Return the numbers of datastreams."""
        rows = self.stream_rows()
        return rows.with_only_columns(rows.selected_columns.fid)

    def thing_count(self) -> Select[Any] | None:
        """Return the statement of how many things are seen, as ``_kept_count`` says."""
        return self._kept_count(THINGS, self.things)

    def stream_count(self) -> Select[Any] | None:
        """Return the statement of how many datastreams are seen, as ``_kept_count`` says."""
        return self._kept_count(DATASTREAMS, self.streams)

    def locations(self) -> ColumnElement[bool]:
        """Return the condition that a location is seen."""
        return and_(self._cleared(location), self._location(location.c.id))

    def features(self) -> ColumnElement[bool]:
        """Return the condition that a feature of interest is seen."""
        feature, of_stream = feature_of_interest.c.id, datastream_feature
        made_from = location.alias()
        observed = select(1).where(of_stream.c.feature == feature)
        placed = select(1).select_from(made_from).where(made_from.c.feature == feature)
        seen = or_(
            observed.where(of_stream.c.datastream.in_(self.stream_numbers())).exists(),
            placed.where(self._cleared(made_from), self._location(made_from.c.id)).exists(),
        )
        alone = and_(not_(observed.exists()), not_(placed.exists()))
        return and_(self._cleared(feature_of_interest), or_(seen, alone))

    def described_by(self, table: Table, column: str) -> ColumnElement[bool]:
        """Return the condition that what describes datastreams is seen; ``column`` is where those name it."""
        rows = self.stream_rows()
        seen = rows.where(rows.selected_columns[column] == table.c.id).exists()
        stored = _stored_streams()
        alone = not_(exists(select(1).where(stored.c[column] == table.c.id)))
        return and_(self._cleared(table), or_(seen, alone))

    def _location(self, number: ColumnElement[Any]) -> ColumnElement[bool]:
        past = placement.alias()
        told = select(1).select_from(past).where(past.c.location == number)
        return or_(told.where(past.c.thing.in_(self.thing_numbers())).exists(), not_(told.exists()))

    def _kept_count(self, layer: DatasetLayer, decision: Decision) -> Select[Any] | None:
        """Return the statement of a kept count, which is null where there is none; None where places count as well."""
        if decision.area is not None:
            return None
        table, counts = feature_table(layer), slice_count.c
        of_layer = counts.relation == cast(cast(f"{table.schema}.{table.name}", REGCLASS), OID)
        shown = and_(counts.grade <= int(decision.clearance), counts.at <= self.at)
        return select(func.sum(case((shown, counts.n), else_=0))).where(of_layer)

    def _cleared(self, table: FromClause) -> ColumnElement[bool]:
        """Return the condition on the grade that an entity was left with by the things that it was of."""
        least = Grade.OPEN if self.things.area is not None else self.things.clearance
        return table.c.grade <= int(least)


def _stored_streams() -> Any:
    return feature_table(DATASTREAMS).alias()
