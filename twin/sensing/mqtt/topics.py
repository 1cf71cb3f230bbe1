"""Topics of SensorThings 1.1 (OGC 18-088, 14): what devices publish is kept apart from what subscribers follow.

Devices have a listener whose mount point is ``in/``: what they publish as ``v1.1/Datastreams(5)/Observations`` is
``in/v1.1/Datastreams(5)/Observations`` in the broker, which nobody but us may subscribe to. Readings that are kept
are published again without the prefix, by us alone.
"""

import re

from layers.errors import ParameterError
from layers.numbers import parse_whole

MOUNT_POINT = "in/"
# All that devices publish; MQTT has no wildcard for a part of a level.
ALL_PUBLISHED = f"{MOUNT_POINT}v1.1/+/Observations"
ALL_ACKNOWLEDGED = f"{ALL_PUBLISHED}/ack"
ALL_FOLLOWED = "v1.1/+/Observations"
# Where the broker tells who subscribes to what.
SUBSCRIPTIONS = "$SYS/broker/log/M/subscribe"
# How many messages it dropped since it was started, since too many waited.
DROPPED = "$SYS/broker/publish/messages/dropped"
# How many subscriptions it has.
SUBSCRIBED = "$SYS/broker/subscriptions/count"
_TOPIC = re.compile(r"v1\.1/Datastreams\((\d+)\)/Observations")


def followed(datastream: int) -> str:
    """Return the topic under which subscribers follow a Datastream."""
    return f"v1.1/Datastreams({datastream})/Observations"


def published(datastream: int) -> str:
    """Return the topic under which the broker has what devices publish to a Datastream."""
    return MOUNT_POINT + followed(datastream)


def datastream_of(topic: str) -> int:
    """Return the id of the Datastream that a device published to; raises ParameterError for any other topic."""
    found = _TOPIC.fullmatch(topic.removeprefix(MOUNT_POINT))
    if found is None:
        raise ParameterError("topic", f"{topic[:80]!r} is not of the form v1.1/Datastreams(5)/Observations")
    return parse_whole("topic", found[1])


def acknowledged(datastream: int) -> str:
    """Return the topic on which devices hear what became of what they published, as the broker has it."""
    return f"{published(datastream)}/ack"
