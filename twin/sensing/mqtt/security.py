"""Who may publish and follow what, in the broker's own two files, which it reads again when it is told to.

Everybody may follow what is published of open Datastreams, without a name. A device publishes to its own Datastreams,
and hears what became of it, and nothing of what others send. The gateway is the machine's own, for all Datastreams. The
bridge, which is ours, hears all and publishes what is kept.
"""

from collections.abc import Iterable, Iterator

from twin.sensing.devices.credential import BRIDGE, GATEWAY, Credential
from twin.sensing.mqtt.topics import (
    ALL_ACKNOWLEDGED,
    ALL_PUBLISHED,
    DROPPED,
    MOUNT_POINT,
    SUBSCRIBED,
    SUBSCRIPTIONS,
    acknowledged,
    published,
)

_FOLLOWED = "v1.1/#"


def password_file(credentials: Iterable[Credential]) -> str:
    """Return the text of the broker's file of secrets."""
    return "".join(f"{one.name}:{one.verifier}\n" for one in credentials)


def rights_file(credentials: Iterable[Credential]) -> str:
    """Return the text of the broker's file of rights; the first lines are for whoever has no name."""
    lines = [f"topic read {_FOLLOWED}"]
    for one in credentials:
        lines += ["", f"user {one.name}", *(f"topic {right} {topic}" for right, topic in _rights_of(one))]
    return "\n".join(lines) + "\n"


def _rights_of(credential: Credential) -> Iterator[tuple[str, str]]:
    if credential.name == BRIDGE:
        yield from (("read", f"{MOUNT_POINT}#"), ("write", ALL_ACKNOWLEDGED), ("readwrite", _FOLLOWED))
        yield from (("read", SUBSCRIPTIONS), ("read", SUBSCRIBED), ("read", DROPPED))
    elif credential.name == GATEWAY:
        yield from (("write", ALL_PUBLISHED), ("read", ALL_ACKNOWLEDGED))
    for number in credential.datastreams:
        yield from (("write", published(number)), ("read", acknowledged(number)))
