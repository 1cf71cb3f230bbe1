"""The tables of building models; the migrations beside them make them.

Meshes, shapes and records are kept by a checksum of their content: they never change, equal ones are kept once, and
the rows of the layer ``building_elements``, which have both times, name them.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZRANGE, ExcludeConstraint

from bim.tiling import FARTHEST, FINEST_M
from layers.store import SCHEMA, load

metadata = MetaData(schema=SCHEMA)


def _text(name: str, default: str | None = "", comment: str | None = None) -> Column[Any]:
    return Column(name, Text, nullable=False, server_default=default, comment=comment)


def _json(name: str, comment: str | None = None) -> Column[Any]:
    return Column(name, JSONB, nullable=False, server_default="{}", comment=comment)


def _finest_cell(axis: int) -> str:
    """Return SQL for the finest cell that the middle of a box is in: 16 m, a binary fraction, as in ``bim.tiling``."""
    middle = f"(box[{axis}] + box[{axis + 3}]) / 2"
    return f"floor(greatest({-FARTHEST}, least({FARTHEST}, {middle} / {FINEST_M})))::integer"


mesh = Table(
    "bim_mesh",
    metadata,
    Column("id", Text(collation="C"), primary_key=True, comment="a checksum of its content"),
    Column("triangles", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False, comment="as bim.packing writes it, metres in its own frame"),
    comment="triangles of one shape, kept once",
)

shape = Table(
    "bim_shape",
    metadata,
    Column("id", Text(collation="C"), primary_key=True, comment="a checksum of mesh and matrix"),
    Column("mesh", ForeignKey("onemap.bim_mesh.id"), nullable=False),
    Column("matrix", ARRAY(Double), nullable=False, comment="12 numbers, row by row: from the mesh to the model"),
    Column("box", ARRAY(Double), nullable=False, comment="least and greatest x, y, z in the frame of the model"),
    Column("cell_x", Integer, Computed(_finest_cell(1), persisted=True), comment="the finest cell of its middle"),
    Column("cell_y", Integer, Computed(_finest_cell(2), persisted=True)),
    comment="a mesh in its place in a model",
)
Index("bim_shape_mesh", shape.c.mesh)
Index("bim_shape_cell", shape.c.cell_x, shape.c.cell_y)

record = Table(
    "bim_record",
    metadata,
    Column("id", Text(collation="C"), primary_key=True, comment="a checksum of its content"),
    _json("properties", "by property set, then by name"),
    _json("quantities", "by set, then by name, in SI units"),
    _json("facts", "materials, systems, type, tag"),
    comment="what a file says of one element",
)
Index(
    "bim_record_properties",
    record.c.properties,
    postgresql_using="gin",
    postgresql_ops={"properties": "jsonb_path_ops"},
)

model = Table(
    "bim_model",
    metadata,
    Column("load", ForeignKey(load.c.id, ondelete="CASCADE"), primary_key=True),
    _text("dataset", None, "the model, of which this is one version"),
    Column("date", DateTime(timezone=True), nullable=False, comment="the instant that it describes"),
    Column("made", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    _text("title"),
    _text("scheme", comment="the design scheme that it is of, or none"),
    _text("format", None),
    _text("schema"),
    _json("header", "program, time stamp"),
    _json("georeference", "placement, level, residual, notes"),
    _json("counts", "elements of each class, in the file"),
    Column("defects", JSONB, nullable=False, server_default="[]"),
    Column("box", ARRAY(Double), nullable=False, comment="least and greatest x, y, z in the frame of the model"),
    Column("grade", SmallInteger, comment="of every part that has none by hand; NULL: not known"),
    comment="versions of building models: each load of one",
)
Index("bim_model_dataset", model.c.dataset, model.c.date, model.c.load)

correction = Table(
    "bim_correction",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("load", ForeignKey("onemap.bim_model.load", ondelete="CASCADE"), nullable=False, comment="the version"),
    Column("placement", JSONB, comment="where it stands; NULL: where its file says, the correction was taken back"),
    Column("stated", DateTime(timezone=True), nullable=False, comment="when; a later version keeps what was stated"),
    _text("who", None, "the principal who stated it"),
    _text("why", None),
    Column("recorded", TSTZRANGE, nullable=False, server_default=text("tstzrange(clock_timestamp(), NULL)")),
    # The transactions that made it so, by onemap.transaction_log.
    Column("recorded_tx", BigInteger),
    Column("superseded_tx", BigInteger),
    comment="where versions of models stand by hand, whatever their files say; what was believed before is kept",
)
correction.append_constraint(
    ExcludeConstraint(
        (correction.c.load, "="),
        (correction.c.recorded, "&&"),
        name="bim_correction_one_place",
        using="gist",
    )
)

binding = Table(
    "bim_binding",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("thing", Text(collation="C"), nullable=False, comment="its own id"),
    Column("model", Text(collation="C"), nullable=False, comment="the dataset of the element"),
    Column("element", Text(collation="C"), nullable=False, comment="its source key, the GlobalId"),
    Column("valid", TSTZRANGE, nullable=False),
    _text("note"),
    Column("grade", SmallInteger, nullable=False, server_default="0", comment="its own; the element's count too"),
    _text("who", None, "the principal who stated it"),
    Column("recorded", TSTZRANGE, nullable=False, server_default=text("tstzrange(clock_timestamp(), NULL)")),
    # The transactions that made it so, by onemap.transaction_log.
    Column("recorded_tx", BigInteger),
    Column("superseded_tx", BigInteger),
    CheckConstraint("char_length(thing) BETWEEN 1 AND 200", name="bim_binding_thing"),
    CheckConstraint("NOT isempty(valid) AND NOT lower_inf(valid)", name="bim_binding_valid"),
    comment="in which element of a building a thing is, and was; what was believed before is kept",
)
binding.append_constraint(
    ExcludeConstraint(
        (binding.c.thing, "="),
        (binding.c.valid, "&&"),
        name="bim_binding_one_place",
        using="gist",
        where=text("upper_inf(recorded)"),
    )
)
Index("bim_binding_element", binding.c.model, binding.c.element)

own_grade = Table(
    "bim_own_grade",
    metadata,
    Column("model", Text(collation="C"), primary_key=True, comment="the dataset of the element"),
    Column("element", Text(collation="C"), primary_key=True, comment="its source key, the GlobalId"),
    Column("grade", SmallInteger, nullable=False),
    comment="grades of elements that were given by hand, apart from what they inherit",
)
