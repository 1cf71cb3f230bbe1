"""Damages as they were reported after a storm, by which its run is judged."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0003"
down_revision = "0002"

_NOW = sa.text("clock_timestamp()")
_S = "onemap"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "damage",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("run", sa.BigInteger, sa.ForeignKey("onemap.run.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False, comment="what broke: facade, sign, tree, …"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="when it broke"),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("geom", Geometry("POINT", 4490, spatial_index=False), nullable=False),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False, server_default=_NOW),
        sa.Column("principal", sa.Text, nullable=False),
        schema=_S,
        comment="damages reported after a storm, by which its run is judged",
    )
    # What is handed in twice is kept once.
    op.create_index("damage_once", "damage", ["run", "kind", "at", "geom"], schema=_S, unique=True)


def downgrade() -> None:
    """Drop the table, and all that is kept in it."""
    op.drop_table("damage", schema=_S)
