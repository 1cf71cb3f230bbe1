"""Which thing (a sensor) is in which space or element of a building; grades of elements that were given by hand."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint

revision = "0030"
down_revision = "0029"

_S = "onemap"
_KEY = sa.Text(collation="C")
_NOW = sa.text("tstzrange(clock_timestamp(), NULL)")


def upgrade() -> None:
    """Make the tables."""
    _bindings()
    op.add_column(
        "bim_model",
        sa.Column("grade", sa.SmallInteger, comment="of every part that has none by hand; NULL: not known"),
        schema=_S,
    )
    op.create_table(
        "bim_own_grade",
        sa.Column("model", _KEY, primary_key=True, comment="the dataset of the element"),
        sa.Column("element", _KEY, primary_key=True, comment="its source key, the GlobalId"),
        sa.Column("grade", sa.SmallInteger, nullable=False),
        schema=_S,
        comment="grades of elements that were given by hand, apart from what they inherit",
    )


def _bindings() -> None:
    op.create_table(
        "bim_binding",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("thing", _KEY, nullable=False, comment="its own id"),
        sa.Column("model", _KEY, nullable=False, comment="the dataset of the element"),
        sa.Column("element", _KEY, nullable=False, comment="its source key, the GlobalId"),
        sa.Column("valid", TSTZRANGE, nullable=False),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column(
            "grade", sa.SmallInteger, nullable=False, server_default="0", comment="its own; the element's count too"
        ),
        sa.Column("who", sa.Text, nullable=False, comment="the principal who stated it"),
        sa.Column("recorded", TSTZRANGE, nullable=False, server_default=_NOW),
        sa.Column("recorded_tx", sa.BigInteger),
        sa.Column("superseded_tx", sa.BigInteger),
        sa.CheckConstraint("char_length(thing) BETWEEN 1 AND 200", name="bim_binding_thing"),
        sa.CheckConstraint("NOT isempty(valid) AND NOT lower_inf(valid)", name="bim_binding_valid"),
        ExcludeConstraint(
            (sa.text("thing"), "="),
            (sa.text("valid"), "&&"),
            name="bim_binding_one_place",
            using="gist",
            where=sa.text("upper_inf(recorded)"),
        ),
        schema=_S,
        comment="in which element of a building a thing is, and was; what was believed before is kept",
    )
    op.create_index("bim_binding_element", "bim_binding", ["model", "element"], schema=_S)


def downgrade() -> None:
    """Drop the tables, and all that is kept in them."""
    op.drop_table("bim_own_grade", schema=_S)
    op.drop_column("bim_model", "grade", schema=_S)
    op.drop_table("bim_binding", schema=_S)
