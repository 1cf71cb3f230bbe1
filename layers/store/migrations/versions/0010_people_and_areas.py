"""Principals have departments, and may be bound to an area."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0010"
down_revision = "0007"

_S = "onemap"
_AREA = "id of the area that somebody is bound to: a division's code, or a file's name"
_ENDS = "when the token ends; null for the local administrator's"
# A function whose columns change has to be made anew; the functions are re-applied after the migrations.
_FORGET = "DROP FUNCTION IF EXISTS onemap.principal_of(text)"


def upgrade() -> None:
    """Add the columns."""
    op.execute(_FORGET)
    shape = Geometry("MULTIPOLYGON", srid=4490, spatial_index=False)
    for column in (
        sa.Column("departments", ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.Column("area", sa.Text, comment=_AREA),
        sa.Column("area_geom", shape, comment="its shape when bound"),
    ):
        op.add_column("principal", column, schema=_S)
    op.create_check_constraint("principal_area", "principal", "(area IS NULL) = (area_geom IS NULL)", schema=_S)
    op.alter_column("principal", "expires", comment=_ENDS, schema=_S)


def downgrade() -> None:
    """Forget whom what is bound to."""
    op.execute(_FORGET)
    op.alter_column("principal", "expires", comment=None, existing_comment=_ENDS, schema=_S)
    op.drop_constraint("principal_area", "principal", schema=_S)
    for name in ("area_geom", "area", "departments"):
        op.drop_column("principal", name, schema=_S)
