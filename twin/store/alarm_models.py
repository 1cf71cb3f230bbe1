"""The tables of alarms by rule; alarms themselves are rows of a layer (``twin/catalog/alarms.py``)."""

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    Interval,
    SmallInteger,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY

from twin.store.models import metadata

_NOW = func.clock_timestamp()


def _key(name: str, comment: str | None = None) -> Column[Any]:
    return Column(name, BigInteger, primary_key=True, autoincrement=False, comment=comment)


def _instant(name: str, comment: str | None = None, **options: Any) -> Column[Any]:
    return Column(name, DateTime(timezone=True), comment=comment, **options)


alarm_rule = Table(
    "alarm_rule",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("kind", Text, nullable=False, comment="threshold, rate, silence or stuck"),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("level", SmallInteger, nullable=False, comment="1 blue, 2 yellow, 3 orange, 4 red"),
    Column("property", Text, comment="definition, name or id of the observed property"),
    Column("category", Text, comment="of things"),
    Column("area", Geometry("GEOMETRY", 4490, spatial_index=False), comment="where datastreams are"),
    Column("datastreams", ARRAY(BigInteger), comment="these alone"),
    Column("unit", Text, comment="UCUM code; datastreams of other units are not judged"),
    Column("side", Text, nullable=False, server_default="above", comment="above, below or either"),
    Column("limit_value", Double),
    Column("clear_value", Double, comment="where an alarm is over; NULL: as soon as the limit is kept again"),
    Column("duration", Interval, nullable=False, server_default="0", comment="how long, before it is an alarm"),
    Column("rest", Double, comment="the value that may stay for ever, where a rule is of what is stuck"),
    Column("enabled", Boolean, nullable=False, server_default="true"),
    Column("grade", SmallInteger, nullable=False, server_default="0", comment="the least of its alarms"),
    _instant("changed", nullable=False, server_default=_NOW),
    Column("changed_by", Text, nullable=False),
    comment="when what sensors observe is an alarm",
)

alarm_watch = Table(
    "alarm_watch",
    metadata,
    _key("datastream"),
    _key("rule"),
    Column("kind", Text, nullable=False),
    Column("most", Double, comment="a result from here on is looked at"),
    Column("least", Double, comment="a result down to here is looked at"),
    Column("always", Boolean, nullable=False, comment="each result is looked at"),
    Column("thing", BigInteger),
    Column(
        "gateway", Text, comment="what brings it: a name or the number of a thing; its own thing where none is named"
    ),
    _instant("since", "from when on it is watched", nullable=False, server_default=_NOW),
    comment="which datastreams each rule is about, kept by triggers",
)
Index("alarm_watch_rule", alarm_watch.c.rule, alarm_watch.c.gateway)

alarm_due = Table(
    "alarm_due",
    metadata,
    Column("datastream", BigInteger, nullable=False),
    _instant("time", "of the earliest observation of a batch that is to be looked at", nullable=False),
    comment="what is to be judged, appended by the transactions that keep observations",
)

alarm_state = Table(
    "alarm_state",
    metadata,
    _key("rule"),
    _key("datastream", "0 for a gateway"),
    Column("gateway", Text, primary_key=True, server_default=""),
    Column("phase", Text, nullable=False, comment="normal, pending or raised"),
    _instant("since", "from when on the limit is not kept"),
    _instant("judged_time", "the newest observation that was judged", nullable=False),
    Column("judged_sequence", Integer, nullable=False, server_default="0"),
    Column("alarm", BigInteger, comment="fid of alarms, while it is raised"),
    comment="how far each datastream was judged by each rule; those that never broke one have no row",
)
Index("alarm_state_open", alarm_state.c.datastream, postgresql_where=alarm_state.c.phase != "normal")

alarm_about = Table(
    "alarm_about",
    metadata,
    _key("datastream"),
    _key("alarm", "fid of alarms"),
    comment="the datastreams that an alarm is made of, whose highest grade it has",
)
