"""Which grade each thing has now, whenever its rows are from: who may not see a thing now may not see its past."""

from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, not_, or_, select, tuple_, union_all

from layers.store.dataset_layer import DatasetLayer
from layers.store.tables import feature_table, history_table


@lru_cache(maxsize=512)
def newest_graded(layer: DatasetLayer) -> Select[Any]:
    """Return (fid, grade, geom) of the newest row of each thing that is graded above open.

    The newest is what is valid now or was last, or of what was removed the newest slice that the last transaction took.
    What runs found follows the same rule, by ``onemap.graded_things`` (``twin/store/sql/020_grades.sql``).
    """
    now, past = feature_table(layer), history_table(layer)
    later, after = now.alias(), past.alias()
    goes_on = select(later.c.fid).where(later.c.fid == now.c.fid, func.lower(later.c.valid) > func.lower(now.c.valid))
    is_newest = or_(now.c.valid.op("@>")(func.now()), not_(goes_on.exists()))
    is_there = select(now.c.fid).where(now.c.fid == past.c.fid)
    was_later = select(after.c.fid).where(after.c.fid == past.c.fid, _removal(after) > _removal(past))
    # The condition on the grade has a partial index of its own, which is almost empty.
    graded = [select(rows.c.fid, rows.c.grade, rows.c.geom).where(rows.c.grade > 0) for rows in (now, past)]
    removed = graded[1].where(not_(is_there.exists()), not_(was_later.exists()))
    newest = union_all(graded[0].where(is_newest), removed).subquery("newest")
    return select(*newest.c)


def _removal(past: Any) -> Any:
    """Return what beliefs are ordered by: one statement removes the slices of a thing in any order of instants."""
    return tuple_(func.coalesce(past.c.superseded_tx, 0), func.lower(past.c.valid), func.upper(past.c.recorded))
