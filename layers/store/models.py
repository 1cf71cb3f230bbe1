"""Our own tables (schema ``onemap``); the tables of layers are made by ``layers.store.tables``."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZRANGE

SCHEMA = "onemap"
metadata = MetaData(schema=SCHEMA)

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
    Column("since", DateTime(timezone=True), primary_key=True, comment="until the next row of the same two"),
    comment="where, from which instant on, a dataset claims to know all of a layer; later extents hold earlier ones",
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
    Column("bytes", BigInteger, comment="size of the file, or of the files of a folder"),
    Column("quality", JSONB, comment="what the rules found, layer by layer"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("load", ForeignKey("onemap.load.id"), nullable=False),
    Column("layer", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("source_key", Text, comment="null where no key could be read"),
    Column("place", Text, nullable=False, comment="where it stands in the file"),
    Column("date", DateTime(timezone=True), nullable=False, comment="the instant that the file describes"),
    Column("crs", Text, nullable=False, comment="of the geometry as given"),
    Column("properties", JSON, nullable=False, comment="as given; json keeps what jsonb cannot, such as \\u0000"),
    Column("wkb", LargeBinary, comment="the geometry as given"),
    Column("text", Text, comment="what was given in its place and is none"),
    Column("geom", Geometry("GEOMETRY", srid=4490, spatial_index=False), comment="where it would lie on the map"),
    Column("grade", SmallInteger, nullable=False),
    Column("reasons", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default="pending", comment="pending, released, discarded"),
    Column("received", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Column("decided", DateTime(timezone=True)),
    Column("decided_by", Text),
    Column("decision", Text, comment="why it was released or discarded"),
    Column("patch", JSONB, comment="what was mended"),
    Column("fid", BigInteger, comment="the row that it became"),
    Index("quarantine_load", "load"),
    Index("quarantine_layer", "layer", "state", "id"),
    Index("quarantine_source", "dataset", "layer", "source_key"),
    comment="rows that were not accepted, with their originals and every reason",
)

rule = Table(
    "rule",
    metadata,
    Column("id", Text, primary_key=True),
    Column("layer", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("column", Text),
    Column("parameters", JSONB, nullable=False, server_default="{}"),
    Column("severity", Text, nullable=False, comment="refuse or warn"),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("enabled", Boolean, nullable=False, server_default="true"),
    Column("changed", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Column("principal", Text, nullable=False),
    comment="rules that were added or changed at run time; the others are declared in code",
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
    Column("recorded_tx", BigInteger, comment="the transaction that recorded it, by transaction_log"),
    Column("superseded_tx", BigInteger, comment="the transaction that superseded it"),
    Index("raster_state", "id", "date", unique=True, postgresql_where=text("upper_inf(recorded)")),
    Index("raster_extent", "extent", postgresql_using="gist"),
    comment="rasters in all their states; valid from their date until that of the next state",
)

tile_edit = Table(
    "tile_edit",
    metadata,
    Column("layer", Text, nullable=False),
    Column("x", Integer, nullable=False, comment="column of the cell at zoom 14, or -1 for the whole layer"),
    Column("y", Integer, nullable=False, comment="row of the cell at zoom 14, or -1 for the whole layer"),
    Column("n", BigInteger, nullable=False),
    Index("tile_edit_cell", "layer", "x", "y", postgresql_include=["n"]),
    comment="edits per layer and cell, appended by triggers; a tile's version is their sum",
)

validity_boundary = Table(
    "validity_boundary",
    metadata,
    Column("layer", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("validity_boundary_at", "layer", "at"),
    comment="instants to come at which some row of a layer begins or ends to be valid, or is hidden",
)

epoch = Table(
    "epoch",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    comment="one row: sets tile versions apart from those of other databases, and of this one before a restore",
)

transaction_log = Table(
    "transaction_log",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("xact", BigInteger, comment="the server's own number, which tells a transaction its entry while it lasts"),
    Column("began", DateTime(timezone=True), nullable=False, comment="when it began to edit"),
    Column("committed", DateTime(timezone=True), comment="when all saw what it did; null only for itself"),
    Index("transaction_log_xact", "xact"),
    Index(
        "transaction_log_pending",
        text("tstzrange(began, committed)"),
        postgresql_using="gist",
        postgresql_where=text("committed IS NOT NULL"),
    ),
    comment="transactions that edited layers, numbered: rows carry the number",
)
# The last stamp of a commit, in microseconds since 1970; a sequence, since every transaction reads the same of it.
last_commit = Sequence("last_commit", metadata=metadata, schema=SCHEMA)

principal = Table(
    "principal",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("token_sha256", Text, nullable=False, unique=True, comment="hex; the token itself is kept nowhere here"),
    Column("roles", ARRAY(Text), nullable=False, server_default="{}"),
    Column("clearance", SmallInteger, nullable=False, server_default="0"),
    Column("created", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Column("expires", DateTime(timezone=True), comment="when the token ends; null for the local administrator's"),
    Column("departments", ARRAY(Text), nullable=False, server_default="{}"),
    Column("area", Text, comment="id of the area that somebody is bound to: a division's code, or a file's name"),
    Column("area_geom", Geometry("MULTIPOLYGON", srid=4490, spatial_index=False), comment="its shape when bound"),
    CheckConstraint("(area IS NULL) = (area_geom IS NULL)", name="principal_area"),
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

match = Table(
    "match",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("layer", Text, nullable=False),
    Column("a", BigInteger, nullable=False, comment="fid, the smaller of both"),
    Column("b", BigInteger, nullable=False, comment="fid, the larger of both"),
    Column("relation", Text, nullable=False, comment="same, or contains: one is a part of the other"),
    Column("whole", BigInteger, comment="the fid that contains the other"),
    Column("score", Double, nullable=False),
    Column("parts", JSONB, nullable=False, comment="what the score is made of"),
    Column("marks", JSONB, nullable=False, comment="what both objects were like, as checksums by fid"),
    Column("state", Text, nullable=False, server_default="proposed"),
    Column("survivor", BigInteger, comment="of an accepted merge: the fid that stays"),
    Column("since", DateTime(timezone=True), comment="when the survivor's slice began that was filled"),
    Column("filled", JSONB, nullable=False, server_default="{}", comment="what the survivor took over"),
    Column("proposed", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Column("decided", DateTime(timezone=True)),
    Column("principal", Text, comment="who decided"),
    Column("reason", Text),
    Column("accepted_order", BigInteger, comment="of accepted merges of a layer: which came before which"),
    UniqueConstraint("layer", "a", "b", name="match_pair"),
    CheckConstraint("a < b", name="match_order"),
    Index("match_state", "layer", "state", "score"),
    Index("match_b", "layer", "b"),
    comment="pairs of objects that may be one, and what was decided of them",
)

own_value = Table(
    "own_value",
    metadata,
    Column("layer", Text, primary_key=True),
    Column("fid", BigInteger, primary_key=True),
    Column("began", DateTime(timezone=True), primary_key=True, comment="when the slice begins to be valid"),
    Column("own", JSONB, nullable=False, comment="by column, null for none"),
    comment="what the source of an object says, in columns that hold what merges filled",
)

code = Table(
    "code",
    metadata,
    Column("code", Text, primary_key=True),
    Column("layer", Text, nullable=False),
    Column("fid", BigInteger, nullable=False),
    Column("given", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Column("retired", DateTime(timezone=True)),
    Column("why", Text, comment="why it was retired: gone or merged"),
    Column("match", BigInteger, comment="the merge that retired it"),
    Index("code_object", "layer", "fid", unique=True),
    comment="unified codes, each given once and never again",
)

code_series = Table(
    "code_series",
    metadata,
    Column("prefix", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
    comment="the last number given under each beginning of a code",
)

code_block = Table(
    "code_block",
    metadata,
    Column("street", Text, primary_key=True, comment="nine digits: division and street"),
    Column("key", Text, primary_key=True, comment="the road, lane or grid cell that it is"),
    Column("number", Integer, nullable=False),
    comment="the numbers of blocks inside a street unit",
)

code_successor = Table(
    "code_successor",
    metadata,
    Column("predecessor", Text, primary_key=True),
    Column("successor", Text, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Index("code_successor_of", "successor"),
    comment="which codes came after a retired one, by split or merge",
)

package = Table(
    "package",
    metadata,
    Column("name", Text, primary_key=True),
    Column("tables", ARRAY(Text), nullable=False, comment="no layer may be called so"),
    Column("sql_version", Integer, nullable=False, comment="of its functions; a program with older ones is refused"),
    Column("sql_checksum", Text, nullable=False, comment="of the files that its functions were made from"),
    Column("release", Text, nullable=False, comment="of the program that applied them"),
    Column("applied", DateTime(timezone=True), nullable=False, server_default=_NOW),
    comment="the packages that keep tables and functions here",
)
