"""Quarantine, rules at run time, and what a load found out about its data."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
# 0002 and 0003 are of the branch of twin, which keeps them since each package has one.
down_revision = "0001"

_NOW = sa.text("clock_timestamp()")
_S = "onemap"


def upgrade() -> None:
    """Make the tables, and the columns of loads."""
    op.add_column(
        "load", sa.Column("bytes", sa.BigInteger, comment="size of the file, or of the files of a folder"), schema=_S
    )
    op.add_column("load", sa.Column("quality", JSONB, comment="what the rules found, layer by layer"), schema=_S)
    _make_quarantine()
    op.create_table(
        "rule",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("column", sa.Text),
        sa.Column("parameters", JSONB, nullable=False, server_default="{}"),
        sa.Column("severity", sa.Text, nullable=False, comment="refuse or warn"),
        sa.Column("title_zh", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False, server_default="true"),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False, server_default=_NOW),
        sa.Column("principal", sa.Text, nullable=False),
        schema=_S,
        comment="rules that were added or changed at run time; the others are declared in code",
    )


def _make_quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("load", sa.BigInteger, sa.ForeignKey("onemap.load.id"), nullable=False),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("dataset", sa.Text, nullable=False),
        sa.Column("source_key", sa.Text, comment="null where no key could be read"),
        sa.Column("place", sa.Text, nullable=False, comment="where it stands in the file"),
        sa.Column("date", sa.DateTime(timezone=True), nullable=False, comment="the instant that the file describes"),
        sa.Column("crs", sa.Text, nullable=False, comment="of the geometry as given"),
        sa.Column(
            "properties", sa.JSON, nullable=False, comment="as given; json keeps what jsonb cannot, such as \\u0000"
        ),
        sa.Column("wkb", sa.LargeBinary, comment="the geometry as given"),
        sa.Column("text", sa.Text, comment="what was given in its place and is none"),
        sa.Column("geom", Geometry("GEOMETRY", 4490, spatial_index=False), comment="where it would lie on the map"),
        sa.Column("grade", sa.SmallInteger, nullable=False),
        sa.Column("reasons", JSONB, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="held", comment="held, released, discarded"),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False, server_default=_NOW),
        sa.Column("decided", sa.DateTime(timezone=True)),
        sa.Column("decided_by", sa.Text),
        sa.Column("decision", sa.Text, comment="why it was released or discarded"),
        sa.Column("patch", JSONB, comment="what was mended"),
        sa.Column("fid", sa.BigInteger, comment="the row that it became"),
        schema=_S,
        comment="rows that were not accepted, with their originals and every reason",
    )
    op.create_index("quarantine_load", "quarantine", ["load"], schema=_S)
    op.create_index("quarantine_layer", "quarantine", ["layer", "state", "id"], schema=_S)
    op.create_index("quarantine_source", "quarantine", ["dataset", "layer", "source_key"], schema=_S)


def downgrade() -> None:
    """Drop the tables, and all that is kept in them."""
    op.drop_table("rule", schema=_S)
    op.drop_table("quarantine", schema=_S)
    op.drop_column("load", "quality", schema=_S)
    op.drop_column("load", "bytes", schema=_S)
