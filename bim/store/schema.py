"""The tables of ``bim`` as a part of the database."""

from bim.store.models import metadata
from layers.store import READER, WRITER, PackageSchema

_TABLES = tuple(table.name for table in metadata.sorted_tables)
# Triggers alone write down which grades were given by hand.
_WRITTEN = tuple(name for name in _TABLES if name != "bim_own_grade")

BIM = PackageSchema(
    name="bim",
    home="bim.store",
    metadata=metadata,
    # What is kept by its content is never changed; of a binding, or a correction, only until when it was believed.
    rights={
        READER: {"SELECT": _TABLES},
        WRITER: {"SELECT": _TABLES, "INSERT": _WRITTEN, "UPDATE": ("bim_binding", "bim_correction")},
    },
    sql_version=3,
)
