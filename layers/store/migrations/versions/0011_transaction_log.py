"""Transactions that edit layers are numbered, and stamped as they commit, so that ``as_of`` never sees half of one."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_S = "onemap"
_OF_RASTERS = {
    "recorded_tx": "the transaction that recorded it, by transaction_log",
    "superseded_tx": "the transaction that superseded it",
}


def upgrade() -> None:
    """Make the log; what is recorded already has no number, and was committed long ago."""
    time = sa.DateTime(timezone=True)
    own = "the server's own number, which tells a transaction its entry while it lasts"
    op.create_table(
        "transaction_log",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("xact", sa.BigInteger, comment=own),
        sa.Column("began", time, nullable=False, comment="when it began to edit"),
        sa.Column("committed", time, comment="when all saw what it did; null only for itself"),
        schema=_S,
        comment="transactions that edited layers, numbered: rows carry the number",
    )
    op.create_index("transaction_log_xact", "transaction_log", ["xact"], schema=_S)
    op.create_index(
        "transaction_log_pending",
        "transaction_log",
        [sa.text("tstzrange(began, committed)")],
        schema=_S,
        postgresql_using="gist",
        postgresql_where=sa.text("committed IS NOT NULL"),
    )
    op.execute(sa.schema.CreateSequence(sa.Sequence("last_commit", schema=_S)))
    for name, comment in _OF_RASTERS.items():
        op.add_column("raster", sa.Column(name, sa.BigInteger, comment=comment), schema=_S)


def downgrade() -> None:
    """Drop the log; the layers' columns stay, which older programs do not look at."""
    for name in _OF_RASTERS:
        op.drop_column("raster", name, schema=_S)
    op.execute(sa.schema.DropSequence(sa.Sequence("last_commit", schema=_S)))
    op.drop_table("transaction_log", schema=_S)
