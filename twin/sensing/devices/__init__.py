"""Devices and gateways: what each may publish to, its secret, and what becomes of one that misbehaves."""

from twin.sensing.devices.conduct import Conduct
from twin.sensing.devices.judging import Judge, objection_to_age
from twin.sensing.devices.register import (
    Device,
    Terms,
    add,
    block,
    datastreams_of,
    device,
    device_of_principal,
    devices,
    devices_seen,
    quarantine,
    release,
    remove,
    require_seen,
    rotate,
)
from twin.sensing.devices.roster import Roster

__all__ = [
    "Conduct",
    "Device",
    "Judge",
    "Roster",
    "Terms",
    "add",
    "block",
    "datastreams_of",
    "device",
    "device_of_principal",
    "devices",
    "devices_seen",
    "objection_to_age",
    "quarantine",
    "release",
    "remove",
    "require_seen",
    "rotate",
]
