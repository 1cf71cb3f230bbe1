"""The finest cell that each shape is in, so that a content finds the shapes of its cell by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

_S = "onemap"


def upgrade() -> None:
    """Add the columns, which fill themselves, and the index."""
    for name, axis, comment in (("cell_x", 1, "the finest cell of its middle"), ("cell_y", 2, None)):
        middle = f"(box[{axis}] + box[{axis + 3}]) / 2"
        cell = sa.Computed(f"floor(greatest(-536870912, least(536870912, {middle} / 16)))::integer", persisted=True)
        op.add_column("bim_shape", sa.Column(name, sa.Integer, cell, comment=comment), schema=_S)
    op.create_index("bim_shape_cell", "bim_shape", ["cell_x", "cell_y"], schema=_S)


def downgrade() -> None:
    """Drop them."""
    op.drop_index("bim_shape_cell", "bim_shape", schema=_S)
    for name in ("cell_y", "cell_x"):
        op.drop_column("bim_shape", name, schema=_S)
