"""Devices and gateways that publish: what they are bound to, and by which secret they are known."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    func,
)

from twin.store.models import metadata

device = Table(
    "device",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("verifier", Text, nullable=False, comment="of its secret, as the broker checks it"),
    Column("state", Text, nullable=False, server_default="active"),
    Column("reason", Text, nullable=False, server_default="", comment="why it is blocked or in quarantine"),
    Column("per_minute", Integer, nullable=False, comment="most observations in a minute"),
    Column("oldest_s", Integer, comment="most seconds that what it says may be old; null: any age"),
    Column("created", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("rotated", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("changed", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    CheckConstraint("state IN ('active', 'blocked', 'quarantined')", name="device_state"),
    comment="who may publish to which datastreams, by MQTT and HTTP",
)

# A thing, and a datastream, has one device, so that it is known who published.
device_thing = Table(
    "device_thing",
    metadata,
    Column("thing", BigInteger, primary_key=True, autoincrement=False, comment="fid: all its datastreams"),
    Column("device", ForeignKey("onemap.device.id", ondelete="CASCADE"), nullable=False),
    comment="things whose datastreams a device publishes to, those that come later too",
)
Index("device_thing_device", device_thing.c.device)

device_datastream = Table(
    "device_datastream",
    metadata,
    Column("datastream", BigInteger, primary_key=True, autoincrement=False, comment="fid"),
    Column("device", ForeignKey("onemap.device.id", ondelete="CASCADE"), nullable=False),
    comment="single datastreams that a device publishes to",
)
Index("device_datastream_device", device_datastream.c.device)
