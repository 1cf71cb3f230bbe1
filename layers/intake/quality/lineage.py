"""Lineage of rows: the load that brought them, and their release from quarantine."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, exists, func, or_, select

from layers.access.principals import Principal
from layers.base import Layer
from layers.errors import NotFound
from layers.grades import Grade
from layers.store.dataset_layer import DatasetLayer
from layers.store.models import load, quarantine, raster
from layers.store.tables import feature_table, history_table
from layers.temporal import now


def load_of_number(connection: Connection, number: int, principal: Principal) -> RowMapping:
    """Return a load, or raise NotFound, also for one that is not readable."""
    statement = loads_statement(principal).where(load.c.id == number)
    row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no load {number}; GET /loads lists them")
    return row


def loads_statement(principal: Principal) -> Select[Any]:
    """Return the readable loads, the last one first: none of a raster graded above the principal's clearance."""
    above = raster.c.grade > int(principal.clearance)
    now_above = select(raster.c.id).where(above, func.upper_inf(raster.c.recorded))
    hidden = select(raster.c.load_id).where(or_(above, raster.c.id.in_(now_above)))
    return select(load).where(load.c.id.not_in(hidden)).order_by(load.c.id.desc())


def brought_above(connection: Connection, layer: Layer, number: int, clearance: Grade) -> bool:
    """Tell whether a load brought rows into a layer that are graded above a clearance."""
    if clearance >= max(Grade) or not isinstance(layer, DatasetLayer):
        return False
    tables = (feature_table(layer), history_table(layer))
    above = [exists().where(table.c.load_id == number, table.c.grade > int(clearance)) for table in tables]
    return bool(connection.execute(select(or_(*above))).scalar_one())


def load_of_row(connection: Connection, layer: Layer, fid: int) -> RowMapping | None:
    """Return the load of a row valid now, None where it was written by hand."""
    rows = layer.select(now())
    columns = rows.selected_columns
    number = rows.with_only_columns(columns.load_id).where(columns.fid == fid)
    return connection.execute(select(load).where(load.c.id == number.limit(1).scalar_subquery())).mappings().first()


def releases_of_row(connection: Connection, layer: Layer, fid: int) -> Sequence[RowMapping]:
    """Return the quarantined rows that were released as that row, the first one first."""
    statement = select(quarantine).where(
        quarantine.c.layer == layer.id, quarantine.c.fid == fid, quarantine.c.state == "released"
    )
    return connection.execute(statement.order_by(quarantine.c.id)).mappings().all()
