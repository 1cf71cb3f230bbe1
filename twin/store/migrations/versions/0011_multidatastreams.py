"""Places within a distance are found by an index on the ellipsoid."""

from alembic import op

revision = "twin0011"
down_revision = "twin0007"

_PLACED = ("location", "feature_of_interest")


def upgrade() -> None:
    """Make the indexes."""
    for name in _PLACED:
        op.execute(f"CREATE INDEX {name}_geog ON onemap.{name} USING gist ((geom::geography))")


def downgrade() -> None:
    """Drop them."""
    for name in _PLACED:
        op.execute(f"DROP INDEX onemap.{name}_geog")
