"""The two tables of a dataset layer: what is believed now, and the beliefs that were superseded.

The table ``onemap.<layer>`` holds every row that is believed now (open ``recorded``), with all its slices of valid
time; ``onemap.<layer>_history`` holds the others. Triggers keep both (``layers/store/sql``).
"""

from functools import lru_cache
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint
from sqlalchemy.types import TypeEngine

from layers.base import Layer
from layers.store.models import SCHEMA

# Columns about a dataset's own parts, which are meaningless on another's outline.
_OF_ONE_OUTLINE = frozenset({"has_parts"})
TYPES: dict[str, type[TypeEngine[Any]]] = {
    "text": Text,
    "integer": Integer,
    "real": REAL,
    "boolean": Boolean,
    "timestamp": DateTime,
}


def mergeable_columns(layer: Layer) -> list[str]:
    """Return the columns that an object takes over from one that is merged into it, where it lacks them."""
    return [column.name for column in layer.columns if column.name not in _OF_ONE_OUTLINE]


def sql_type(name: str) -> TypeEngine[Any]:
    """Return the SQL type of a layer column's type."""
    return DateTime(timezone=True) if name == "timestamp" else TYPES[name]()


@lru_cache(maxsize=512)
def feature_table(layer: Layer) -> Table:
    """Return the table of what is believed now of a layer."""
    fid = Column("fid", BigInteger, Identity(), nullable=False)
    web = Column(
        "geom_3857", Geometry("GEOMETRY", 3857, spatial_index=False), Computed(web_mercator("geom"), persisted=True)
    )
    table = Table(layer.id, MetaData(schema=SCHEMA), fid, *_columns(layer, web))
    # The only slice of an object cannot overlap another one. Bulk loads bring such slices by the million, and this
    # index takes longer to build than all others together (decision 0020).
    table.append_constraint(
        ExcludeConstraint(
            (table.c.fid, "="),
            (table.c.valid, "&&"),
            name=f"{layer.id}_slices",
            using="gist",
            where=text("NOT sole_slice"),
        )
    )
    Index(f"{layer.id}_key", table.c.fid, func.lower(table.c.valid), unique=True)
    Index(f"{layer.id}_source", table.c.dataset, table.c.source_key)
    _graded_index(table)
    _spatial_indexes(table)
    _text_indexes(layer, table)
    _value_indexes(layer, table)
    return table


@lru_cache(maxsize=512)
def history_table(layer: Layer) -> Table:
    """Return the table of superseded beliefs of a layer; its columns stand in the same order."""
    fid = Column("fid", BigInteger, nullable=False)
    web = Column("geom_3857", Geometry("GEOMETRY", 3857, spatial_index=False))
    table = Table(f"{layer.id}_history", MetaData(schema=SCHEMA), fid, *_columns(layer, web))
    Index(f"{table.name}_fid", table.c.fid)
    Index(f"{table.name}_recorded", func.upper(table.c.recorded))
    _graded_index(table)
    _spatial_indexes(table)
    return table


def web_mercator(column: str) -> str:
    """Return SQL for a geometry in Web Mercator.

    CGCS2000 and WGS 84 coincide to some decimetres and PROJ moves nothing between them, so the numbers are taken as
    WGS 84. Latitudes beyond Web Mercator's square (85.06°) are not this product's business.
    """
    return f"ST_Transform(ST_SetSRID({column}, 4326), 3857)"


def _columns(layer: Layer, web: Column[Any]) -> list[Column[Any]]:
    return [
        Column("code", Text),
        # Identifiers have no alphabet: compared byte by byte, they are indexed in half the time.
        Column("dataset", Text(collation="C"), nullable=False, server_default="manual"),
        Column("source_key", Text(collation="C")),
        Column("load_id", BigInteger),
        Column("source_crs", Text, nullable=False, server_default="EPSG:4490"),
        Column("grade", SmallInteger, nullable=False, server_default=str(int(layer.grade))),
        Column("quality", REAL),
        Column("hidden_by", Text),
        Column("hidden_from", DateTime(timezone=True)),
        Column("geom", Geometry(layer.geometry.upper(), 4490, spatial_index=False), nullable=False),
        web,
        Column("valid", TSTZRANGE, nullable=False, server_default=text("tstzrange(clock_timestamp(), NULL)")),
        Column("recorded", TSTZRANGE, nullable=False, server_default=text("tstzrange(clock_timestamp(), NULL)")),
        # The transactions that made it so, by onemap.transaction_log; NULL for those from before there was such a log.
        Column("recorded_tx", BigInteger),
        Column("superseded_tx", BigInteger),
        # True only for what a bulk load brought and nobody has touched: the object has no other slice.
        Column("sole_slice", Boolean, nullable=False, server_default="false"),
        *(Column(column.name, sql_type(column.type)) for column in layer.columns),
    ]


def _graded_index(table: Table) -> None:
    """Index what is graded above open: of what is asked for in the past, the grade of today counts as well."""
    Index(f"{table.name}_graded", table.c.grade, table.c.fid, postgresql_where=text("grade > 0"))


def _spatial_indexes(table: Table) -> None:
    Index(f"{table.name}_geom", table.c.geom, postgresql_using="gist")
    Index(f"{table.name}_geom_3857", table.c.geom_3857, postgresql_using="gist")


def _value_indexes(layer: Layer, table: Table) -> None:
    """Index what names rows of another table, which compares identifiers byte by byte."""
    for column in layer.columns:
        if column.indexed:
            value = table.c[column.name]
            Index(f"{layer.id}_{column.name}", value.collate("C") if column.type == "text" else value)


def _text_indexes(layer: Layer, table: Table) -> None:
    """Index names and addresses by trigrams, for search by any part of them."""
    for column in layer.columns:
        if column.type == "text" and column.name in {"name", "name_en", "address"}:
            Index(
                f"{layer.id}_{column.name}_trgm",
                func.lower(table.c[column.name]).label("lowered"),
                postgresql_using="gin",
                postgresql_ops={"lowered": "gin_trgm_ops"},
            )
