"""The tables of sensors; things and datastreams themselves are rows of layers (``twin/catalog/``)."""

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Sequence,
    SmallInteger,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, OID, TSTZRANGE

from layers.store import SCHEMA
from twin.store.models import metadata


def _id() -> Column[Any]:
    # Not "always": a replaced or restored row keeps its number.
    return Column("id", BigInteger, Identity(), primary_key=True)


def _text(name: str, comment: str | None = None) -> Column[Any]:
    return Column(name, Text, nullable=False, server_default="", comment=comment)


def _instant(name: str, comment: str | None = None, *, nullable: bool = False) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=nullable, comment=comment)


def _json(name: str, comment: str | None = None) -> Column[Any]:
    return Column(name, JSONB(none_as_null=True), comment=comment)


def _grade() -> Column[Any]:
    comment = "the highest of those that it was of and that are gone"
    return Column("grade", SmallInteger, nullable=False, server_default="0", comment=comment)


feature_of_interest = Table(
    "feature_of_interest",
    metadata,
    _id(),
    _text("name"),
    _text("description"),
    _text("encoding_type"),
    _json("document", "the feature as given"),
    Column("geom", Geometry("GEOMETRY", 4490, spatial_index=False)),
    _json("properties"),
    _grade(),
    comment="what observations are of; those made from a location have its shape",
)

location = Table(
    "location",
    metadata,
    _id(),
    _text("name"),
    _text("description"),
    _text("encoding_type"),
    _json("document", "the location as given"),
    Column("geom", Geometry("GEOMETRY", 4490, spatial_index=False), comment="its shape, where the document has one"),
    _json("properties"),
    Column(
        "feature",
        ForeignKey("onemap.feature_of_interest.id", ondelete="SET NULL"),
        comment="the feature of interest that was made from it",
    ),
    _grade(),
    comment="where things are",
)
Index("location_feature", location.c.feature)
Index("location_geom", location.c.geom, postgresql_using="gist")
# By which places within a distance are found, in metres on the ellipsoid.
for _placed in (location, feature_of_interest):
    Index(f"{_placed.name}_geog", text("(geom::geography)"), _table=_placed, postgresql_using="gist")

historical_location = Table(
    "historical_location",
    metadata,
    _id(),
    Column("thing", BigInteger, nullable=False, comment="fid of things"),
    _instant("time", "from when on the thing was there"),
    Column("locations", ARRAY(BigInteger), nullable=False, comment="the same place, in one or more encodings"),
    comment="where things were; a thing is at the locations of its newest row",
)
Index("historical_location_thing", historical_location.c.thing, historical_location.c.time, historical_location.c.id)

placement = Table(
    "placement",
    metadata,
    Column("location", BigInteger, primary_key=True, autoincrement=False),
    Column("thing", BigInteger, primary_key=True, autoincrement=False),
    Column("historical", BigInteger, primary_key=True, autoincrement=False, comment="id of historical_location"),
    Column("present", Boolean, nullable=False, comment="whether that is the newest of its thing"),
    comment="historical_location by its locations, kept by triggers",
)
Index("placement_thing", placement.c.thing, placement.c.historical)

sensor = Table(
    "sensor",
    metadata,
    _id(),
    _text("name"),
    _text("description"),
    _text("encoding_type"),
    _json("document", "what its maker says of it, as given"),
    _json("properties"),
    _grade(),
    comment="instruments and procedures that make observations",
)

observed_property = Table(
    "observed_property",
    metadata,
    _id(),
    _text("name"),
    _text("definition", "a URI"),
    _text("description"),
    _json("properties"),
    _grade(),
    comment="what is observed, such as air temperature",
)

# The part of an observation's number that is not its month, see twin.sensing.observation_id.
observation_number = Sequence("observation_number", metadata=metadata, schema=SCHEMA, maxvalue=2**41 - 1, cycle=True)
observation = Table(
    "observation",
    metadata,
    Column("id", BigInteger, nullable=False, comment="tells the month, see twin.sensing.observation_id"),
    Column("datastream", BigInteger, primary_key=True, autoincrement=False, comment="fid of datastreams"),
    Column("time", DateTime(timezone=True), primary_key=True, comment="beginning of the phenomenon time"),
    Column("sequence", Integer, primary_key=True, server_default="0", autoincrement=False),
    _instant("time_end", "end of the phenomenon time; null for an instant", nullable=True),
    _instant("result_time", nullable=True),
    Column("result", Double, comment="a result that is a number"),
    _json("result_json", "any other result"),
    _json("quality"),
    Column("feature", BigInteger, comment="id of feature_of_interest"),
    Column("valid_time", TSTZRANGE),
    _json("parameters"),
    Column("received", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    comment="what sensors observed, in one partition for each month of time (UTC)",
    postgresql_partition_by="RANGE (time)",
)
# Numbers rise as rows are appended, so that a few kilobytes are all that this index takes.
Index(
    "observation_id", observation.c.id, postgresql_using="brin",
    postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
)  # fmt: skip

moved_observation = Table(
    "moved_observation",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _instant("time", "beginning of its phenomenon time"),
    comment="observations whose time was changed to another month than the one that their number tells",
)

latest = Table(
    "latest",
    metadata,
    Column("datastream", BigInteger, primary_key=True, autoincrement=False),
    _instant("time"),
    Column("sequence", Integer, nullable=False),
    Column("id", BigInteger, nullable=False, comment="of the observation"),
    Column("result", Double),
    _json("result_json"),
    _json("quality"),
    _instant("received"),
    _instant("first_time", "where the phenomenon times of all its observations begin"),
    _instant("last_time", "and where they end"),
    Column("count", BigInteger, nullable=False),
    comment="the newest observation of each datastream, and what all of them together are",
    # Rows are rewritten in their own page; no index has a column that changes.
    postgresql_with={"fillfactor": 70},
)

datastream_feature = Table(
    "datastream_feature",
    metadata,
    Column("feature", BigInteger, primary_key=True, autoincrement=False),
    Column("datastream", BigInteger, primary_key=True, autoincrement=False),
    comment="of which features each datastream has, or had, observations",
)
Index("datastream_feature_datastream", datastream_feature.c.datastream)

rollup = Table(
    "rollup",
    metadata,
    Column("datastream", BigInteger, primary_key=True, autoincrement=False),
    Column("start", DateTime(timezone=True), primary_key=True, comment="of the five minutes"),
    Column("count", Integer, nullable=False, comment="of observations whose result is a number"),
    Column("total", Double, nullable=False, comment="sum of their results, in units of 2^60, see onemap.scaled"),
    Column("lowest", Double, nullable=False),
    Column("highest", Double, nullable=False),
    _instant("first_time"),
    Column("first_sequence", Integer, nullable=False),
    Column("first", Double, nullable=False, comment="result of the first by (time, sequence)"),
    _instant("last_time"),
    Column("last_sequence", Integer, nullable=False),
    Column("last", Double, nullable=False),
    comment="observations by datastream and five minutes, kept by statement triggers; a partition for each month",
    postgresql_partition_by="RANGE (start)",
)

slice_count = Table(
    "slice_count",
    metadata,
    Column("relation", OID, nullable=False, comment="the table of the layer"),
    Column("grade", SmallInteger, nullable=False),
    _instant("at", "from when on they count"),
    Column("n", BigInteger, nullable=False, comment="how many more, or fewer"),
    comment="how many slices of things and of datastreams there are, see 040_slice_counts.sql",
)
