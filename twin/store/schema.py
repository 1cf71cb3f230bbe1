"""The tables of ``twin`` as a part of the database."""

from layers.store import READER, WRITER, Adoption, PackageSchema
from twin.store import sensing_models as _sensing_models  # noqa: F401 - its tables are in the metadata
from twin.store.models import metadata

_TABLES = tuple(table.name for table in metadata.sorted_tables)

TWIN = PackageSchema(
    name="twin",
    home="twin.store",
    metadata=metadata,
    # Nobody changes what was done about a task.
    rights={
        READER: {"SELECT": _TABLES},
        WRITER: {
            "SELECT, INSERT, UPDATE, DELETE": tuple(name for name in _TABLES if name != "task_event"),
            "SELECT, INSERT": ("task_event",),
        },
    },
    sql_version=6,
    adoption=Adoption("damage", "0003"),
)
