"""Our own tables (schema ``onemap``); the tables of layers are made by ``layers.store.tables``."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZRANGE

SCHEMA = "onemap"
metadata = MetaData(schema=SCHEMA)

# Tables of packages that stand above this one; migrations make them, and their models are there.
SCENARIO_TABLES = ("run", "run_feature", "task", "task_event", "warning", "damage")

_NOW = func.clock_timestamp()

dataset = Table(
    "dataset",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("precedence", Integer, nullable=False, comment="a higher one hides lower ones inside its coverage"),
    Column("source", Text, nullable=False, server_default=""),
    Column("licence", Text, nullable=False, server_default=""),
    Column("date", DateTime(timezone=True), comment="the instant that the newest load describes"),
)

coverage = Table(
    "coverage",
    metadata,
    Column("dataset", ForeignKey("onemap.dataset.id", ondelete="CASCADE"), primary_key=True),
    Column("layer", Text, primary_key=True),
    Column("extent", Geometry("GEOMETRY", srid=4490, spatial_index=False), nullable=False),
    comment="where a dataset claims to know all of a layer",
)

load = Table(
    "load",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("dataset", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("principal", Text, nullable=False),
    Column("started", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Column("finished", DateTime(timezone=True)),
    Column("summary", JSONB, nullable=False, server_default="{}"),
)

layer = Table(
    "layer",
    metadata,
    Column("id", Text, primary_key=True),
    Column("definition", JSONB, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False, server_default=_NOW),
    comment="layers made from files at run time; the built-in ones are declared in code",
)

raster = Table(
    "raster",
    metadata,
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("id", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="continuous, categorical, image"),
    Column("grade", SmallInteger, nullable=False, server_default="0"),
    Column("bands", JSONB, nullable=False, comment="by band: title, unit, nodata, statistics"),
    Column("style", JSONB, nullable=False, comment="colour map or classes, range, resampling, description"),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("crs", Text, nullable=False, comment="of the pixels that are kept"),
    Column("source_crs", Text, nullable=False, comment="of what came in"),
    Column("accuracy_m", Float),
    Column("extent", Geometry("POLYGON", srid=4490, spatial_index=False), nullable=False),
    Column("pixel_x_m", Float, nullable=False),
    Column("pixel_y_m", Float, nullable=False),
    Column("overviews", Text, nullable=False, comment="the resampling of smaller copies"),
    Column("file", Text, nullable=False, comment="its name in TWIN_HOME/rasters"),
    Column("file_sha256", Text, nullable=False),
    Column("file_bytes", BigInteger, nullable=False),
    Column("source_sha256", Text, nullable=False, comment="of the file that came in"),
    Column("dataset", Text, nullable=False),
    Column("load_id", BigInteger, nullable=False),
    Column("date", DateTime(timezone=True), nullable=False, comment="from when on it describes the world"),
    Column("recorded", TSTZRANGE, nullable=False, comment="when it was believed; open: it still is"),
    Index("raster_state", "id", "date", unique=True, postgresql_where=text("upper_inf(recorded)")),
    Index("raster_extent", "extent", postgresql_using="gist"),
    comment="rasters in all their states; valid from their date until that of the next state",
)

bump = Table(
    "bump",
    metadata,
    Column("layer", Text, nullable=False),
    Column("x", Integer, nullable=False, comment="column of the cell at zoom 14, or -1 for the whole layer"),
    Column("y", Integer, nullable=False, comment="row of the cell at zoom 14, or -1 for the whole layer"),
    Column("n", BigInteger, nullable=False),
    Index("bump_cell", "layer", "x", "y", postgresql_include=["n"]),
    comment="edits per layer and cell, appended by triggers; a tile's version is their sum",
)

bound = Table(
    "bound",
    metadata,
    Column("layer", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("bound_at", "layer", "at"),
    comment="instants to come at which some row of a layer begins or ends to be valid",
)

epoch = Table(
    "epoch",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    comment="one row: sets tile versions apart from those of other databases, and of this one before a restore",
)

principal = Table(
    "principal",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("token_sha256", Text, nullable=False, unique=True, comment="hex; the token itself is kept nowhere here"),
    Column("roles", ARRAY(Text), nullable=False, server_default="{}"),
    Column("clearance", SmallInteger, nullable=False, server_default="0"),
    Column("created", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Column("expires", DateTime(timezone=True)),
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Column("principal", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("allowed", Text, nullable=False),
    Column("detail", JSONB, nullable=False, server_default="{}"),
    comment="who did what: every write, and every refusal",
)

job = Table(
    "job",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("principal", Text, nullable=False),
    Column("arguments", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default="queued", comment="queued, running, done, failed, cancelled"),
    Column("done", BigInteger, nullable=False, server_default="0"),
    Column("total", BigInteger),
    Column("message", Text, nullable=False, server_default=""),
    Column("result", JSONB),
    Column("cancel_wanted", DateTime(timezone=True)),
    Column("created", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Column("started", DateTime(timezone=True)),
    Column("heartbeat", DateTime(timezone=True)),
    Column("finished", DateTime(timezone=True)),
    Column("queue_id", BigInteger, comment="the queue's own number of it"),
    comment="long work as people see it; the queue itself is procrastinate's",
)

# No layer may be called so: its table would be one of these.
RESERVED = frozenset({*(table.name for table in metadata.sorted_tables), *SCENARIO_TABLES, "alembic_version"})
