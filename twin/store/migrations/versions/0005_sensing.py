"""Sensors: what describes them, and what they observe in one partition for each month."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZRANGE

revision = "twin0005"
down_revision = "twin0004"

_S = "onemap"
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables; partitions of observations are made by the function that keeps them."""
    _places()
    _descriptions()
    _observations()


def _places() -> None:
    _documented("feature_of_interest", "what observations are of; those made from a location have its shape")
    op.add_column("feature_of_interest", sa.Column("geom", _shape()), schema=_S)
    op.alter_column("feature_of_interest", "document", comment="the feature as given", existing_comment=None, schema=_S)
    _documented("location", "where things are")
    op.alter_column("location", "document", comment="the location as given", existing_comment=None, schema=_S)
    op.add_column("location", sa.Column("geom", _shape(), comment="its shape, where the document has one"), schema=_S)
    op.add_column(
        "location",
        sa.Column(
            "feature",
            sa.BigInteger,
            sa.ForeignKey("onemap.feature_of_interest.id", ondelete="SET NULL"),
            comment="the feature of interest that was made from it",
        ),
        schema=_S,
    )
    for name in ("feature_of_interest", "location"):
        op.add_column(name, _grade(), schema=_S)
    op.create_index("location_feature", "location", ["feature"], schema=_S)
    op.create_table(
        "historical_location",
        _id(),
        sa.Column("thing", sa.BigInteger, nullable=False, comment="fid of things"),
        sa.Column("time", _TIME, nullable=False, comment="from when on the thing was there"),
        sa.Column(
            "locations", ARRAY(sa.BigInteger), nullable=False, comment="the same place, in one or more encodings"
        ),
        schema=_S,
        comment="where things were; a thing is at the locations of its newest row",
    )
    op.create_index("historical_location_thing", "historical_location", ["thing", "time", "id"], schema=_S)
    op.create_index(
        "historical_location_locations", "historical_location", ["locations"], schema=_S, postgresql_using="gin"
    )


def _descriptions() -> None:
    _documented("sensor", "instruments and procedures that make observations")
    op.alter_column(
        "sensor", "document", comment="what its maker says of it, as given", existing_comment=None, schema=_S
    )
    op.add_column("sensor", _grade(), schema=_S)
    op.create_table(
        "observed_property",
        _id(),
        _text("name"),
        _text("definition", "a URI"),
        _text("description"),
        sa.Column("properties", JSONB),
        _grade(),
        schema=_S,
        comment="what is observed, such as air temperature",
    )


def _observations() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("observation_number", schema=_S, maxvalue=2**41 - 1, cycle=True)))
    op.create_table(
        "observation",
        sa.Column("id", sa.BigInteger, nullable=False, comment="tells the month, see twin.sensing.observation_id"),
        _key("datastream", "fid of datastreams"),
        sa.Column("time", _TIME, primary_key=True, comment="beginning of the phenomenon time"),
        sa.Column("sequence", sa.Integer, primary_key=True, server_default="0", autoincrement=False),
        sa.Column("time_end", _TIME, comment="end of the phenomenon time; null for an instant"),
        sa.Column("result_time", _TIME),
        sa.Column("result", sa.Double, comment="a result that is a number"),
        sa.Column("result_json", JSONB, comment="any other result"),
        sa.Column("quality", JSONB),
        sa.Column("feature", sa.BigInteger, comment="id of feature_of_interest"),
        sa.Column("valid_time", TSTZRANGE),
        sa.Column("parameters", JSONB),
        sa.Column("received", _TIME, nullable=False, server_default=sa.text("clock_timestamp()")),
        schema=_S,
        comment="what sensors observed, in one partition for each month of time (UTC)",
        postgresql_partition_by="RANGE (time)",
    )
    op.create_index(
        "observation_id", "observation", ["id"], schema=_S, postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )  # fmt: skip
    op.create_table(
        "latest",
        _key("datastream"),
        sa.Column("time", _TIME, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("id", sa.BigInteger, nullable=False, comment="of the observation"),
        sa.Column("result", sa.Double),
        sa.Column("result_json", JSONB),
        sa.Column("quality", JSONB),
        sa.Column("received", _TIME, nullable=False),
        sa.Column(
            "first_time", _TIME, nullable=False, comment="where the phenomenon times of all its observations begin"
        ),
        sa.Column("last_time", _TIME, nullable=False, comment="and where they end"),
        sa.Column("count", sa.BigInteger, nullable=False),
        schema=_S,
        comment="the newest observation of each datastream, and what all of them together are",
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "datastream_feature",
        _key("feature"),
        _key("datastream"),
        schema=_S,
        comment="of which features each datastream has, or had, observations",
    )
    op.create_index("datastream_feature_datastream", "datastream_feature", ["datastream"], schema=_S)


def downgrade() -> None:
    """Drop the tables, and all that is kept in them; things and datastreams are layers and stay."""
    for name in (
        "datastream_feature", "latest", "observation", "observed_property", "sensor", "historical_location",
        "location", "feature_of_interest",
    ):  # fmt: skip
        op.drop_table(name, schema=_S)
    op.execute(sa.schema.DropSequence(sa.Sequence("observation_number", schema=_S)))


def _documented(name: str, comment: str) -> None:
    columns = (_id(), _text("name"), _text("description"), _text("encoding_type"), sa.Column("document", JSONB))
    op.create_table(name, *columns, sa.Column("properties", JSONB), schema=_S, comment=comment)


def _id() -> "sa.Column[Any]":
    return sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True)


def _key(name: str, comment: str | None = None) -> "sa.Column[Any]":
    return sa.Column(name, sa.BigInteger, primary_key=True, autoincrement=False, comment=comment)


def _text(name: str, comment: str | None = None) -> "sa.Column[Any]":
    return sa.Column(name, sa.Text, nullable=False, server_default="", comment=comment)


def _grade() -> "sa.Column[Any]":
    comment = "the highest of those that it was of and that are gone"
    return sa.Column("grade", sa.SmallInteger, nullable=False, server_default="0", comment=comment)


def _shape() -> Geometry:
    return Geometry("GEOMETRY", 4490, spatial_index=False)
