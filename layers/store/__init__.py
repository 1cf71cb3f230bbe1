"""Storage of layers: the engine, locks, tables with two times, migrations and SQL functions."""

from layers.store.belief import believed, was_seen
from layers.store.columns import HEIGHT, MIN_HEIGHT, NAME
from layers.store.compiled import driver_sql
from layers.store.dataset_layer import DatasetLayer
from layers.store.engine import READER, WRITER, Database
from layers.store.locks import lend_driver, locks_of
from layers.store.migration import migrate
from layers.store.models import SCHEMA, code, job, load, tile_edit
from layers.store.package_schema import Adoption, PackageSchema, Schemas, newest_revisions
from layers.store.revision import current_revisions, is_current, written
from layers.store.runtime import CHANNEL, add_runtime_layers
from layers.store.schema import LAYERS
from layers.store.tables import feature_table, web_mercator

__all__ = [
    "CHANNEL",
    "HEIGHT",
    "LAYERS",
    "MIN_HEIGHT",
    "NAME",
    "READER",
    "SCHEMA",
    "WRITER",
    "Adoption",
    "Database",
    "DatasetLayer",
    "PackageSchema",
    "Schemas",
    "add_runtime_layers",
    "believed",
    "code",
    "current_revisions",
    "driver_sql",
    "feature_table",
    "is_current",
    "job",
    "lend_driver",
    "load",
    "locks_of",
    "migrate",
    "newest_revisions",
    "tile_edit",
    "was_seen",
    "web_mercator",
    "written",
]
