"""What came in and is to be published to those who follow; triggers on observation fill it."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Identity, Integer, SmallInteger, Table

from twin.store.models import metadata

arrival = Table(
    "arrival",
    metadata,
    Column("number", BigInteger, Identity(), primary_key=True, comment="rises in the order in which they were kept"),
    Column("datastream", BigInteger, nullable=False),
    Column("time", DateTime(timezone=True), nullable=False),
    Column("sequence", Integer, nullable=False),
    comment="observations of followed datastreams that are not yet published; whoever publishes them removes them",
)

followed = Table(
    "followed",
    metadata,
    Column("datastream", BigInteger, primary_key=True, autoincrement=False),
    comment="datastreams that somebody follows by MQTT, or did since the broker was started",
)

following = Table(
    "following",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False, comment="1: there is one row"),
    Column("everything", Boolean, nullable=False, comment="whether somebody follows all datastreams"),
    Column("until", DateTime(timezone=True), nullable=False, comment="until then the publisher is known to work"),
    comment="whether arrivals are recorded at all",
)
