"""Matches between objects of several sources, and the register of unified codes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"

_NOW = sa.text("clock_timestamp()")
_S = "onemap"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "match",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("a", sa.BigInteger, nullable=False, comment="fid, the smaller of both"),
        sa.Column("b", sa.BigInteger, nullable=False, comment="fid, the larger of both"),
        sa.Column("relation", sa.Text, nullable=False, comment="same, or contains: one is a part of the other"),
        sa.Column("whole", sa.BigInteger, comment="the fid that contains the other"),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("parts", JSONB, nullable=False, comment="what the score is made of"),
        sa.Column("marks", JSONB, nullable=False, comment="what both objects were like, as checksums by fid"),
        sa.Column("state", sa.Text, nullable=False, server_default="proposed"),
        sa.Column("survivor", sa.BigInteger, comment="of an accepted merge: the fid that stays"),
        sa.Column("since", sa.DateTime(timezone=True), comment="when the survivor's slice began that was filled"),
        sa.Column("filled", JSONB, nullable=False, server_default="{}", comment="what the survivor took over"),
        sa.Column("proposed", sa.DateTime(timezone=True), nullable=False, server_default=_NOW),
        sa.Column("decided", sa.DateTime(timezone=True)),
        sa.Column("principal", sa.Text, comment="who decided"),
        sa.Column("reason", sa.Text),
        sa.UniqueConstraint("layer", "a", "b", name="match_pair"),
        sa.CheckConstraint("a < b", name="match_order"),
        schema=_S,
        comment="pairs of objects that may be one, and what was decided of them",
    )
    op.create_index("match_state", "match", ["layer", "state", "score"], schema=_S)
    op.create_index("match_b", "match", ["layer", "b"], schema=_S)
    op.create_table(
        "code",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("fid", sa.BigInteger, nullable=False),
        sa.Column("given", sa.DateTime(timezone=True), nullable=False, server_default=_NOW),
        sa.Column("retired", sa.DateTime(timezone=True)),
        sa.Column("why", sa.Text, comment="why it was retired: gone or merged"),
        sa.Column("match", sa.BigInteger, comment="the merge that retired it"),
        schema=_S,
        comment="unified codes, each given once and never again",
    )
    op.create_index("code_object", "code", ["layer", "fid"], schema=_S, unique=True)
    op.create_table(
        "code_series",
        sa.Column("prefix", sa.Text, primary_key=True),
        sa.Column("last", sa.BigInteger, nullable=False),
        schema=_S,
        comment="the last number given under each beginning of a code",
    )
    op.create_table(
        "code_block",
        sa.Column("street", sa.Text, primary_key=True, comment="nine digits: division and street"),
        sa.Column("key", sa.Text, primary_key=True, comment="the road, lane or grid cell that it is"),
        sa.Column("number", sa.Integer, nullable=False),
        schema=_S,
        comment="the numbers of blocks inside a street unit",
    )
    op.create_table(
        "code_successor",
        sa.Column("predecessor", sa.Text, primary_key=True),
        sa.Column("successor", sa.Text, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=_NOW),
        schema=_S,
        comment="which codes came after a retired one, by split or merge",
    )
    op.create_index("code_successor_of", "code_successor", ["successor"], schema=_S)


def downgrade() -> None:
    """Drop the tables, and all that is kept in them."""
    for name in ("code_successor", "code_block", "code_series", "code", "match"):
        op.drop_table(name, schema=_S)
