"""Devices with secrets of their own, and what is to be published to those who follow."""

import sqlalchemy as sa
from alembic import op

revision = "twin0010"
down_revision = "twin0008"

_S = "onemap"
_NOW = sa.func.clock_timestamp()
_INSTANTS = ("created", "rotated", "changed")


def upgrade() -> None:
    """Make the tables; triggers on observation fill arrival."""
    op.create_table(
        "device",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("verifier", sa.Text, nullable=False, comment="of its secret, as the broker checks it"),
        sa.Column("state", sa.Text, nullable=False, server_default="active"),
        sa.Column("reason", sa.Text, nullable=False, server_default="", comment="why it is blocked or in quarantine"),
        sa.Column("per_minute", sa.Integer, nullable=False, comment="most observations in a minute"),
        sa.Column("oldest_s", sa.Integer, comment="most seconds that what it says may be old; null: any age"),
        *(sa.Column(n, sa.DateTime(timezone=True), nullable=False, server_default=_NOW) for n in _INSTANTS),
        sa.CheckConstraint("state IN ('active', 'blocked', 'quarantined')", name="device_state"),
        schema=_S,
        comment="who may publish to which datastreams, by MQTT and HTTP",
    )
    said = "things whose datastreams a device publishes to, those that come later too"
    _make_binding("thing", "fid: all its datastreams", said)
    _make_binding("datastream", "fid", "single datastreams that a device publishes to")
    _make_arrivals()


def _make_binding(what: str, column: str, comment: str) -> None:
    name = f"device_{what}"
    op.create_table(
        name,
        sa.Column(what, sa.BigInteger, primary_key=True, autoincrement=False, comment=column),
        sa.Column("device", sa.BigInteger, sa.ForeignKey(f"{_S}.device.id", ondelete="CASCADE"), nullable=False),
        schema=_S,
        comment=comment,
    )
    op.create_index(f"{name}_device", name, ["device"], schema=_S)


def _make_arrivals() -> None:
    op.create_table(
        "arrival",
        sa.Column(
            "number",
            sa.BigInteger,
            sa.Identity(),
            primary_key=True,
            comment="rises in the order in which they were kept",
        ),
        sa.Column("datastream", sa.BigInteger, nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        schema=_S,
        comment="observations of followed datastreams that are not yet published; whoever publishes them removes them",
    )
    op.create_table(
        "followed",
        sa.Column("datastream", sa.BigInteger, primary_key=True, autoincrement=False),
        schema=_S,
        comment="datastreams that somebody follows by MQTT, or did since the broker was started",
    )
    op.create_table(
        "following",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False, comment="1: there is one row"),
        sa.Column("everything", sa.Boolean, nullable=False, comment="whether somebody follows all datastreams"),
        sa.Column(
            "until", sa.DateTime(timezone=True), nullable=False, comment="until then the publisher is known to work"
        ),
        schema=_S,
        comment="whether arrivals are recorded at all",
    )


def downgrade() -> None:
    """Drop the tables."""
    for name in ("zz_arrived", "zz_changed"):
        op.execute(f"DROP TRIGGER IF EXISTS {name} ON onemap.observation")
    for name in ("following", "followed", "arrival", "device_datastream", "device_thing", "device"):
        op.drop_table(name, schema=_S)
