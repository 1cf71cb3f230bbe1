"""Which packages keep tables and functions in the database, and in which version."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0027"
down_revision = "0011"

_S = "onemap"


def upgrade() -> None:
    """Make the table; the program fills it when it applies the functions."""
    op.create_table(
        "package",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("tables", ARRAY(sa.Text), nullable=False, comment="no layer may be called so"),
        sa.Column(
            "sql_version", sa.Integer, nullable=False, comment="of its functions; a program with older ones is refused"
        ),
        sa.Column("sql_checksum", sa.Text, nullable=False, comment="of the files that its functions were made from"),
        sa.Column("release", sa.Text, nullable=False, comment="of the program that applied them"),
        sa.Column("applied", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()")),
        schema=_S,
        comment="the packages that keep tables and functions here",
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("package", schema=_S)
