"""Where versions of models stand by hand: corrections of their places, with both times."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, ExcludeConstraint

revision = "0032"
down_revision = "0031"

_S = "onemap"
_NOW = sa.text("tstzrange(clock_timestamp(), NULL)")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "bim_correction",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column(
            "load",
            sa.BigInteger,
            sa.ForeignKey("onemap.bim_model.load", ondelete="CASCADE"),
            nullable=False,
            comment="the version",
        ),
        sa.Column(
            "placement", JSONB, comment="where it stands; NULL: where its file says, the correction was taken back"
        ),
        sa.Column(
            "stated",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when; a later version keeps what was stated",
        ),
        sa.Column("who", sa.Text, nullable=False, comment="the principal who stated it"),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("recorded", TSTZRANGE, nullable=False, server_default=_NOW),
        sa.Column("recorded_tx", sa.BigInteger),
        sa.Column("superseded_tx", sa.BigInteger),
        ExcludeConstraint(
            (sa.text("load"), "="), (sa.text("recorded"), "&&"), name="bim_correction_one_place", using="gist"
        ),
        schema=_S,
        comment="where versions of models stand by hand, whatever their files say; what was believed before is kept",
    )


def downgrade() -> None:
    """Drop the table, and what is kept in it: models stand where their files say only once they are loaded again."""
    op.drop_table("bim_correction", schema=_S)
