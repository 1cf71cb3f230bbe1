"""Inventory: layers with their counts, datasets with their dates, and the size of the database."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, text

from layers.registry import Registry
from layers.store.dataset_layer import DatasetLayer, shown_from
from layers.store.models import code, match, quarantine, raster
from layers.store.models import dataset as dataset_table
from layers.store.tables import feature_table, history_table


@dataclass(frozen=True)
class LayerCount:
    """Rows of a layer.

    ``total`` are all slices that are believed now; of them ``current`` are valid now and shown, ``hidden`` are valid
    now and hidden by a better dataset. ``superseded`` are former beliefs.
    """

    id: str
    title_zh: str
    title_en: str
    total: int
    current: int
    hidden: int
    superseded: int


@dataclass(frozen=True)
class DatasetFact:
    """A dataset; ``date`` is the instant that its newest load describes."""

    id: str
    title_zh: str
    title_en: str
    precedence: int
    licence: str
    date: datetime | None


def layer_counts(connection: Connection, registry: Registry) -> list[LayerCount]:
    """Count the rows of all dataset layers."""
    return [_count(connection, layer) for layer in registry if isinstance(layer, DatasetLayer)]


def datasets(connection: Connection) -> list[DatasetFact]:
    """Return the datasets, the best first."""
    columns = [dataset_table.c[name] for name in DatasetFact.__dataclass_fields__]
    statement = select(*columns).order_by(dataset_table.c.precedence.desc(), dataset_table.c.id)
    return [DatasetFact(**row) for row in connection.execute(statement).mappings()]


@dataclass(frozen=True)
class DatabaseStats:
    """Counts beside those of layers: rasters, pending rows of the quarantine, codes and undecided matches.

    A raster counts once, however many states it has; ``codes`` are those in force.
    """

    rasters: int
    quarantined: int
    codes: int
    retired_codes: int
    open_matches: int


def database_stats(connection: Connection) -> DatabaseStats:
    """Count rasters, quarantined rows, codes and open matches."""
    rasters = func.count(func.distinct(raster.c.id)).filter(func.upper_inf(raster.c.recorded))
    counts = (
        select(rasters),
        select(func.count()).select_from(quarantine).where(quarantine.c.state == "pending"),
        select(func.count()).select_from(code).where(code.c.retired.is_(None)),
        select(func.count()).select_from(code).where(code.c.retired.is_not(None)),
        select(func.count()).select_from(match).where(match.c.state == "proposed"),
    )
    return DatabaseStats(*(int(connection.execute(statement).scalar_one()) for statement in counts))


def database_bytes(connection: Connection) -> int:
    """Return how large the database is on disk."""
    return int(connection.execute(select(func.pg_database_size(func.current_database()))).scalar_one())


def server_versions(connection: Connection) -> dict[str, str]:
    """Return the versions of PostgreSQL and PostGIS."""
    row = connection.execute(text("SELECT current_setting('server_version'), postgis_lib_version()")).one()
    return {"postgresql": str(row[0]), "postgis": str(row[1])}


def _count(connection: Connection, layer: DatasetLayer) -> LayerCount:
    table = feature_table(layer)
    valid = table.c.valid.bool_op("@>")(func.now())
    count = func.count()
    total, valid_now, current = connection.execute(
        select(count, count.filter(valid), count.filter(valid & shown_from(table, func.now()))).select_from(table)
    ).one()
    superseded = connection.execute(select(count).select_from(history_table(layer))).scalar_one()
    return LayerCount(layer.id, layer.title.zh, layer.title.en, total, current, valid_now - current, superseded)
