"""Of which design scheme a model is; the others are of what there is."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

_S = "onemap"


def upgrade() -> None:
    """Add the column: all models that are there already are of what there is."""
    scheme = sa.Column(
        "scheme", sa.Text, nullable=False, server_default="", comment="the design scheme that it is of, or none"
    )
    op.add_column("bim_model", scheme, schema=_S)


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("bim_model", "scheme", schema=_S)
