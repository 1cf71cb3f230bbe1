"""The catalogue of rasters; their pixels are files in the program's home."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE

revision = "0005"
down_revision = "0004"

_S = "onemap"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "raster",
        sa.Column("number", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("title_zh", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False, comment="continuous, categorical, image"),
        sa.Column("grade", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("bands", JSONB, nullable=False, comment="by band: title, unit, nodata, statistics"),
        sa.Column("style", JSONB, nullable=False, comment="colour map or classes, range, resampling, description"),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("crs", sa.Text, nullable=False, comment="of the pixels that are kept"),
        sa.Column("source_crs", sa.Text, nullable=False, comment="of what came in"),
        sa.Column("accuracy_m", sa.Float),
        sa.Column("extent", Geometry("POLYGON", 4490, spatial_index=False), nullable=False),
        sa.Column("pixel_x_m", sa.Float, nullable=False),
        sa.Column("pixel_y_m", sa.Float, nullable=False),
        sa.Column("overviews", sa.Text, nullable=False, comment="the resampling of smaller copies"),
        sa.Column("file", sa.Text, nullable=False, comment="its name in TWIN_HOME/rasters"),
        sa.Column("file_sha256", sa.Text, nullable=False),
        sa.Column("file_bytes", sa.BigInteger, nullable=False),
        sa.Column("source_sha256", sa.Text, nullable=False, comment="of the file that came in"),
        sa.Column("dataset", sa.Text, nullable=False),
        sa.Column("load_id", sa.BigInteger, nullable=False),
        sa.Column("date", sa.DateTime(timezone=True), nullable=False, comment="from when on it describes the world"),
        sa.Column("recorded", TSTZRANGE, nullable=False, comment="when it was believed; open: it still is"),
        schema=_S,
        comment="rasters in all their states; valid from their date until that of the next state",
    )
    # One belief on each state.
    op.create_index(
        "raster_state",
        "raster",
        ["id", "date"],
        schema=_S,
        unique=True,
        postgresql_where=sa.text("upper_inf(recorded)"),
    )
    op.create_index("raster_extent", "raster", ["extent"], schema=_S, postgresql_using="gist")


def downgrade() -> None:
    """Drop the table; the files remain."""
    op.drop_table("raster", schema=_S)
