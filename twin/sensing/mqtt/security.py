"""Who may publish and follow what, as the dynamic-security plugin of Mosquitto keeps it.

Everybody may follow what is published of open Datastreams, without a name. A device publishes to its own Datastreams,
a gateway to all; they hear what became of it, and
nothing of what others send. The bridge, which is ours, hears all and publishes what is kept.
"""

import base64
import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from twin.sensing.mqtt.topics import (
    ALL_ACKNOWLEDGED,
    ALL_PUBLISHED,
    MOUNT_POINT,
    SUBSCRIPTIONS,
    acknowledged,
    published,
)

BRIDGE, GATEWAY = "bridge", "gateway"
_READERS = "readers"
_CONTROL = "$CONTROL/dynamic-security/#"
_FOLLOWED = "v1.1/#"
# PBKDF2 with SHA-512, as the plugin checks it; RFC 8018.
_ITERATIONS, _SALT_BYTES = 10_000, 12


@dataclass(frozen=True)
class Credential:
    """A name and a password; a device has the ids of the Datastreams to which it may publish."""

    name: str
    password: str
    datastreams: tuple[int, ...] = ()


def security_document(credentials: Iterable[Credential]) -> dict[str, Any]:
    """Return the document of the plugin for these credentials; those named bridge and gateway have their own roles."""
    known = list(credentials)
    return {
        "defaultACLAccess": dict.fromkeys(
            ("publishClientSend", "publishClientReceive", "subscribe", "unsubscribe"), False
        ),
        "clients": [_client(one) for one in known],
        "groups": [{"groupname": _READERS, "roles": [{"rolename": _READERS}], "clients": []}],
        "anonymousGroup": _READERS,
        "roles": [
            _role(_READERS, _rules("subscribePattern", "publishClientReceive", topic=_FOLLOWED)),
            *(_role(one.name, _rules_of(one)) for one in known),
        ],
    }


def _client(credential: Credential) -> dict[str, Any]:
    salt = os.urandom(_SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", credential.password.encode(), salt, _ITERATIONS)
    return {
        "username": credential.name,
        "roles": [{"rolename": credential.name}],
        "password": base64.b64encode(digest).decode(),
        "salt": base64.b64encode(salt).decode(),
        "iterations": _ITERATIONS,
    }


def _rules_of(credential: Credential) -> list[dict[str, Any]]:
    if credential.name == BRIDGE:
        return [
            *_rules("subscribePattern", "publishClientReceive", topic=f"{MOUNT_POINT}#"),
            *_rules("publishClientSend", topic=ALL_ACKNOWLEDGED),
            *_rules("subscribePattern", "publishClientReceive", "publishClientSend", topic=_FOLLOWED),
            *_rules("publishClientSend", "publishClientReceive", "subscribePattern", topic=_CONTROL),
            *_rules("publishClientReceive", "subscribePattern", topic=SUBSCRIPTIONS),
        ]
    if credential.name == GATEWAY:
        return _rules_of_device(ALL_PUBLISHED, ALL_ACKNOWLEDGED)
    numbers = credential.datastreams
    return [rule for number in numbers for rule in _rules_of_device(published(number), acknowledged(number))]


def _rules_of_device(publishes: str, hears: str) -> list[dict[str, Any]]:
    return [
        *_rules("publishClientSend", topic=publishes),
        *_rules("subscribePattern", "publishClientReceive", topic=hears),
    ]


def _role(name: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {"rolename": name, "acls": rules}


def _rules(*kinds: str, topic: str) -> list[dict[str, Any]]:
    return [{"acltype": kind, "topic": topic, "priority": 0, "allow": True} for kind in kinds]
