"""The tables of ``twin`` as a part of the database."""

from layers.store import READER, WRITER, Adoption, PackageSchema
from twin.store import alarm_models as _alarm_models  # noqa: F401 - their tables are in the metadata
from twin.store import arrival_models as _arrival_models  # noqa: F401 - its tables are in the metadata
from twin.store import device_models as _device_models  # noqa: F401
from twin.store import sensing_models as _sensing_models  # noqa: F401
from twin.store.models import metadata

_TABLES = tuple(table.name for table in metadata.sorted_tables)

# Nobody reads these but who writes them.
_SECRET = frozenset({"device", "device_thing", "device_datastream"})

TWIN = PackageSchema(
    name="twin",
    home="twin.store",
    metadata=metadata,
    # Nobody changes what was done about a task.
    rights={
        READER: {"SELECT": tuple(name for name in _TABLES if name not in _SECRET)},
        WRITER: {
            "SELECT, INSERT, UPDATE, DELETE": tuple(name for name in _TABLES if name != "task_event"),
            "SELECT, INSERT": ("task_event",),
        },
    },
    sql_version=6,
    adoption=Adoption("damage", "0003"),
)
