"""What somebody watches: datastreams by place, by the category of their things, or by their numbers."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, func
from sqlalchemy.dialects.postgresql import ARRAY

from layers.access import Decision, visible
from layers.query import Bbox
from layers.temporal import When
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.catalog.things import LAYER as THINGS

# Of how many datastreams one watcher is told: more values than that, nobody reads on a screen.
MOST_WATCHED = 2000


@dataclass(frozen=True)
class Watch:
    """Which datastreams: all in a box, of a category, and of those numbers, where such are given."""

    bbox: Bbox | None = None
    category: str | None = None
    datastreams: frozenset[int] | None = None


def watched_statement(watch: Watch, decision: Decision, when: When) -> Select[Any]:
    """Return the numbers of the datastreams that are watched and may be seen, the lowest first, and one too many."""
    rows = visible(DATASTREAMS, decision, when)
    columns = rows.selected_columns
    conditions: list[Any] = [] if watch.bbox is None else [watch.bbox.touches(columns.geom)]
    if watch.datastreams is not None:
        numbers = bindparam("numbers", sorted(watch.datastreams), type_=ARRAY(BigInteger))
        conditions.append(columns.fid == func.any(numbers))
    if watch.category is not None:
        things = visible(THINGS, decision, when)
        kind = things.selected_columns
        of_category = things.with_only_columns(kind.fid).where(kind.category == watch.category)
        conditions.append(columns.thing.in_(of_category))
    return rows.with_only_columns(columns.fid).where(*conditions).order_by(columns.fid).limit(MOST_WATCHED + 1)
