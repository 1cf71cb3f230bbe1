"""Building models: meshes, shapes in their place, records of elements, versions of models."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0029"
down_revision = None
branch_labels = ("bim",)

_S = "onemap"
_NOW = sa.text("clock_timestamp()")
_KEY = sa.Text(collation="C")


def upgrade() -> None:
    """Make the tables."""
    _shapes()
    _records()
    _models()


def _shapes() -> None:
    op.create_table(
        "bim_mesh",
        sa.Column("id", _KEY, primary_key=True, comment="a checksum of its content"),
        sa.Column("triangles", sa.Integer, nullable=False),
        sa.Column(
            "content", sa.LargeBinary, nullable=False, comment="as bim.packing writes it, metres in its own frame"
        ),
        schema=_S,
        comment="triangles of one shape, kept once",
    )
    op.create_table(
        "bim_shape",
        sa.Column("id", _KEY, primary_key=True, comment="a checksum of mesh and matrix"),
        sa.Column("mesh", _KEY, sa.ForeignKey("onemap.bim_mesh.id"), nullable=False),
        sa.Column(
            "matrix",
            ARRAY(sa.Double),
            nullable=False,
            comment="12 numbers, row by row: from the mesh to the model",
        ),
        sa.Column(
            "box", ARRAY(sa.Double), nullable=False, comment="least and greatest x, y, z in the frame of the model"
        ),
        schema=_S,
        comment="a mesh in its place in a model",
    )
    op.create_index("bim_shape_mesh", "bim_shape", ["mesh"], schema=_S)


def _records() -> None:
    op.create_table(
        "bim_record",
        sa.Column("id", _KEY, primary_key=True, comment="a checksum of its content"),
        sa.Column("properties", JSONB, nullable=False, server_default="{}", comment="by property set, then by name"),
        sa.Column(
            "quantities", JSONB, nullable=False, server_default="{}", comment="by set, then by name, in SI units"
        ),
        sa.Column("facts", JSONB, nullable=False, server_default="{}", comment="materials, systems, type, tag"),
        schema=_S,
        comment="what a file says of one element",
    )
    op.create_index(
        "bim_record_properties",
        "bim_record",
        ["properties"],
        schema=_S,
        postgresql_using="gin",
        postgresql_ops={"properties": "jsonb_path_ops"},
    )


def _models() -> None:
    op.create_table(
        "bim_model",
        sa.Column("load", sa.BigInteger, sa.ForeignKey("onemap.load.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("dataset", sa.Text, nullable=False, comment="the model, of which this is one version"),
        sa.Column("date", sa.DateTime(timezone=True), nullable=False, comment="the instant that it describes"),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False, server_default=_NOW),
        sa.Column("title", sa.Text, nullable=False, server_default=""),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("schema", sa.Text, nullable=False, server_default=""),
        sa.Column("header", JSONB, nullable=False, server_default="{}", comment="program, time stamp"),
        sa.Column(
            "georeference", JSONB, nullable=False, server_default="{}", comment="placement, level, residual, notes"
        ),
        sa.Column("counts", JSONB, nullable=False, server_default="{}", comment="elements of each class, in the file"),
        sa.Column("defects", JSONB, nullable=False, server_default="[]"),
        sa.Column(
            "box", ARRAY(sa.Double), nullable=False, comment="least and greatest x, y, z in the frame of the model"
        ),
        schema=_S,
        comment="versions of building models: each load of one",
    )
    op.create_index("bim_model_dataset", "bim_model", ["dataset", "date", "load"], schema=_S)


def downgrade() -> None:
    """Drop the tables, and all that is kept in them."""
    for name in ("bim_model", "bim_record", "bim_shape", "bim_mesh"):
        op.drop_table(name, schema=_S)
