"""What ``layers`` itself keeps in the database."""

from layers.store.engine import READER, WRITER
from layers.store.models import metadata
from layers.store.package_schema import Adoption, PackageSchema

_GOVERNED = ("quarantine", "rule", "match", "own_value", "code", "code_series", "code_block", "code_successor")
_OPEN = (
    "dataset",
    "coverage",
    "load",
    "layer",
    "raster",
    "tile_edit",
    "validity_boundary",
    "epoch",
    "job",
    "package",
    "transaction_log",
    *_GOVERNED,
)
_EDITED = ("dataset", "coverage", "load", "raster", "job", "principal", *_GOVERNED)

LAYERS = PackageSchema(
    name="layers",
    home="layers.store",
    rooms=("layers.entities",),
    metadata=metadata,
    # Only the owner writes versions and run-time layers, and nobody changes the audit.
    rights={
        READER: {"SELECT": _OPEN},
        WRITER: {"SELECT": _OPEN, "SELECT, INSERT, UPDATE, DELETE": _EDITED, "SELECT, INSERT": ("audit",)},
    },
    sql_version=4,
    adoption=Adoption("load", "0001"),
)
