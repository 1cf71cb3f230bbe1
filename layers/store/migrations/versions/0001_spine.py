"""The spine: datasets, loads, run-time layers, tile versions, principals, audit and jobs."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0001"
down_revision = None
branch_labels = ("layers",)

_NOW = sa.text("clock_timestamp()")
_S = "onemap"


def upgrade() -> None:
    """Make the tables."""
    _datasets()
    _versions()
    _people()
    _jobs()


def _time(name: str, *, required: bool = False, now: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not required, server_default=_NOW if now else None)


def _datasets() -> None:
    op.create_table(
        "dataset",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("title_zh", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
        sa.Column(
            "precedence", sa.Integer, nullable=False, comment="a higher one hides lower ones inside its coverage"
        ),
        sa.Column("source", sa.Text, nullable=False, server_default=""),
        sa.Column("licence", sa.Text, nullable=False, server_default=""),
        sa.Column("date", sa.DateTime(timezone=True), comment="the instant that the newest load describes"),
        schema=_S,
    )
    op.create_table(
        "coverage",
        sa.Column("dataset", sa.Text, sa.ForeignKey("onemap.dataset.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("layer", sa.Text, primary_key=True),
        sa.Column("extent", Geometry("GEOMETRY", srid=4490, spatial_index=False), nullable=False),
        schema=_S,
        comment="where a dataset claims to know all of a layer",
    )
    op.create_table(
        "load",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("dataset", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("principal", sa.Text, nullable=False),
        _time("started", required=True, now=True),
        _time("finished"),
        sa.Column("summary", JSONB, nullable=False, server_default="{}"),
        schema=_S,
    )
    op.create_table(
        "layer",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("definition", JSONB, nullable=False),
        _time("created", required=True, now=True),
        schema=_S,
        comment="layers made from files at run time; the built-in ones are declared in code",
    )


def _versions() -> None:
    op.create_table(
        "bump",
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("x", sa.Integer, nullable=False, comment="column of the cell at zoom 14, or -1 for the whole layer"),
        sa.Column("y", sa.Integer, nullable=False, comment="row of the cell at zoom 14, or -1 for the whole layer"),
        sa.Column("n", sa.BigInteger, nullable=False),
        schema=_S,
        comment="edits per layer and cell, appended by triggers; a tile's version is their sum",
    )
    op.create_index("bump_cell", "bump", ["layer", "x", "y"], schema=_S, postgresql_include=["n"])
    op.create_table(
        "bound",
        sa.Column("layer", sa.Text, nullable=False),
        _time("at", required=True),
        schema=_S,
        comment="instants to come at which some row of a layer begins or ends to be valid",
    )
    op.create_index("bound_at", "bound", ["layer", "at"], schema=_S)
    op.create_table(
        "epoch",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("gen_random_uuid()")),
        schema=_S,
        comment="one row: sets tile versions apart from those of other databases, and of this one before a restore",
    )
    op.execute("INSERT INTO onemap.epoch DEFAULT VALUES")


def _people() -> None:
    op.create_table(
        "principal",
        sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column(
            "token_sha256", sa.Text, nullable=False, unique=True, comment="hex; the token itself is kept nowhere here"
        ),
        sa.Column("roles", ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.Column("clearance", sa.SmallInteger, nullable=False, server_default="0"),
        _time("created", required=True, now=True),
        _time("expires"),
        schema=_S,
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        _time("at", required=True, now=True),
        sa.Column("principal", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("allowed", sa.Text, nullable=False),
        sa.Column("detail", JSONB, nullable=False, server_default="{}"),
        schema=_S,
        comment="who did what: every write, and every refusal",
    )


def _jobs() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("principal", sa.Text, nullable=False),
        sa.Column("arguments", JSONB, nullable=False),
        sa.Column(
            "state",
            sa.Text,
            nullable=False,
            server_default="queued",
            comment="queued, running, done, failed, cancelled",
        ),
        sa.Column("done", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("total", sa.BigInteger),
        sa.Column("message", sa.Text, nullable=False, server_default=""),
        sa.Column("result", JSONB),
        _time("cancel_wanted"),
        _time("created", required=True, now=True),
        _time("started"),
        _time("heartbeat"),
        _time("finished"),
        sa.Column("queue_id", sa.BigInteger, comment="the queue's own number of it"),
        schema=_S,
        comment="long work as people see it; the queue itself is procrastinate's",
    )


def downgrade() -> None:
    """Drop the tables, and all that is kept in them."""
    for name in ("job", "audit", "principal", "epoch", "bound", "bump", "layer", "load", "coverage", "dataset"):
        op.drop_table(name, schema=_S)
