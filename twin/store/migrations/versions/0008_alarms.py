"""Alarms by rule: rules, what they watch, what is due, and how far it was judged."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import ARRAY

revision = "twin0008"
down_revision = "twin0007"

_S = "onemap"
_TIME = sa.DateTime(timezone=True)
_NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    """Make the tables; the layer of alarms is made with the others."""
    _rules()
    op.create_table(
        "alarm_watch",
        _key("datastream"),
        _key("rule"),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("most", sa.Double, comment="a result from here on is looked at"),
        sa.Column("least", sa.Double, comment="a result down to here is looked at"),
        sa.Column("always", sa.Boolean, nullable=False, comment="each result is looked at"),
        sa.Column("thing", sa.BigInteger),
        sa.Column(
            "gateway", sa.Text,
            comment="what brings it: a name or the number of a thing; its own thing where none is named",
        ),
        sa.Column("since", _TIME, nullable=False, server_default=_NOW, comment="from when on it is watched"),
        schema=_S,
        comment="which datastreams each rule is about, kept by triggers",
    )  # fmt: skip
    op.create_index("alarm_watch_rule", "alarm_watch", ["rule", "gateway"], schema=_S)
    op.create_table(
        "alarm_due",
        sa.Column("datastream", sa.BigInteger, nullable=False),
        sa.Column(
            "time", _TIME, nullable=False, comment="of the earliest observation of a batch that is to be looked at"
        ),
        schema=_S,
        comment="what is to be judged, appended by the transactions that keep observations",
    )
    _states()
    op.create_table(
        "alarm_about",
        _key("datastream"),
        _key("alarm", "fid of alarms"),
        schema=_S,
        comment="the datastreams that an alarm is made of, whose highest grade it has",
    )


def _rules() -> None:
    op.create_table(
        "alarm_rule",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False, comment="threshold, rate, silence or stuck"),
        sa.Column("title_zh", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
        sa.Column("level", sa.SmallInteger, nullable=False, comment="1 blue, 2 yellow, 3 orange, 4 red"),
        sa.Column("property", sa.Text, comment="definition, name or id of the observed property"),
        sa.Column("category", sa.Text, comment="of things"),
        sa.Column("area", Geometry("GEOMETRY", 4490, spatial_index=False), comment="where datastreams are"),
        sa.Column("datastreams", ARRAY(sa.BigInteger), comment="these alone"),
        sa.Column("unit", sa.Text, comment="UCUM code; datastreams of other units are not judged"),
        sa.Column("side", sa.Text, nullable=False, server_default="above", comment="above, below or either"),
        sa.Column("limit_value", sa.Double),
        sa.Column("clear_value", sa.Double, comment="where an alarm is over; NULL: as soon as the limit is kept again"),
        sa.Column(
            "duration", sa.Interval, nullable=False, server_default="0", comment="how long, before it is an alarm"
        ),
        sa.Column("rest", sa.Double, comment="the value that may stay for ever, where a rule is of what is stuck"),
        sa.Column("enabled", sa.Boolean, nullable=False, server_default="true"),
        sa.Column("grade", sa.SmallInteger, nullable=False, server_default="0", comment="the least of its alarms"),
        sa.Column("changed", _TIME, nullable=False, server_default=_NOW),
        sa.Column("changed_by", sa.Text, nullable=False),
        schema=_S,
        comment="when what sensors observe is an alarm",
    )


def _states() -> None:
    op.create_table(
        "alarm_state",
        _key("rule"),
        _key("datastream", "0 for a gateway"),
        sa.Column("gateway", sa.Text, primary_key=True, server_default=""),
        sa.Column("phase", sa.Text, nullable=False, comment="normal, pending or raised"),
        sa.Column("since", _TIME, comment="from when on the limit is not kept"),
        sa.Column("judged_time", _TIME, nullable=False, comment="the newest observation that was judged"),
        sa.Column("judged_sequence", sa.Integer, nullable=False, server_default="0"),
        sa.Column("alarm", sa.BigInteger, comment="fid of alarms, while it is raised"),
        schema=_S,
        comment="how far each datastream was judged by each rule; those that never broke one have no row",
    )
    op.create_index(
        "alarm_state_open", "alarm_state", ["datastream"], schema=_S, postgresql_where=sa.text("phase <> 'normal'")
    )


def downgrade() -> None:
    """Drop the tables; alarms are rows of a layer and stay."""
    for name in ("alarm_about", "alarm_state", "alarm_due", "alarm_watch", "alarm_rule"):
        op.drop_table(name, schema=_S)


def _key(name: str, comment: str | None = None) -> "sa.Column[Any]":
    return sa.Column(name, sa.BigInteger, primary_key=True, autoincrement=False, comment=comment)
