"""Places within a distance are found by an index; things and datastreams are counted as they change."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import OID

revision = "twin0011"
down_revision = "twin0010"

_S = "onemap"
_PLACED = ("location", "feature_of_interest")


def upgrade() -> None:
    """Make the indexes and the table; it is filled where the triggers that keep it are attached."""
    for name in _PLACED:
        op.execute(f"CREATE INDEX {name}_geog ON onemap.{name} USING gist ((geom::geography))")
    op.create_table(
        "slice_count",
        sa.Column("relation", OID, nullable=False, comment="the table of the layer"),
        sa.Column("grade", sa.SmallInteger, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="from when on they count"),
        sa.Column("n", sa.BigInteger, nullable=False, comment="how many more, or fewer"),
        schema=_S,
        comment="how many slices of things and of datastreams there are, see 040_slice_counts.sql",
    )
    op.create_table(
        "moved_observation",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False, comment="beginning of its phenomenon time"),
        schema=_S,
        comment="observations whose time was changed to another month than the one that their number tells",
    )


def downgrade() -> None:
    """Drop them, and the trigger that keeps one of them."""
    op.execute("DROP TRIGGER IF EXISTS gone ON onemap.observation")
    op.drop_table("moved_observation", schema=_S)
    op.drop_table("slice_count", schema=_S)
    for name in _PLACED:
        op.execute(f"DROP INDEX onemap.{name}_geog")
