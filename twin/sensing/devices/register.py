"""The register of devices: each is bound to things or single datastreams, and has one secret for MQTT and HTTP."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import BigInteger, Column, Connection, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from layers import temporal
from layers.access import (
    Principal,
    decide,
    device_named,
    issue_device_token,
    reissue_device_token,
    visible,
    withdraw_device_token,
)
from layers.errors import Conflict, Forbidden, NotFound, ParameterError
from layers.store import DatasetLayer, feature_table, locks_of
from layers.temporal import rfc3339
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.catalog.things import LAYER as THINGS
from twin.sensing.devices.credential import BRIDGE, GATEWAY, verifier_of
from twin.store.device_models import device as table
from twin.store.device_models import device_datastream, device_thing

State = Literal["active", "blocked", "quarantined"]
PER_MINUTE, MOST_PER_MINUTE = 6_000, 600_000
MOST_OLDEST_S = 366 * 86_400
# A device with more things is several gateways: the broker looks through the rights of one at each message.
MOST_BOUND = 1_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_RESERVED = frozenset({BRIDGE, GATEWAY})
_NOW = func.clock_timestamp()


@dataclass(frozen=True)
class Terms:
    """What a device may do: publish to the datastreams of things and to single ones, so much, and of what age."""

    things: tuple[int, ...] = ()
    datastreams: tuple[int, ...] = ()
    per_minute: int = PER_MINUTE
    oldest_s: int | None = None

    def __post_init__(self) -> None:
        """Refuse terms that no device can have."""
        if not self.things and not self.datastreams:
            raise ParameterError("thing", "name the things, or the datastreams, that it publishes to")
        if len(self.things) + len(self.datastreams) > MOST_BOUND:
            raise ParameterError("thing", f"these are more than {MOST_BOUND}; make several devices of it")
        if not 1 <= self.per_minute <= MOST_PER_MINUTE:
            raise ParameterError("per_minute", f"{self.per_minute} is not within 1 to {MOST_PER_MINUTE}")
        if self.oldest_s is not None and not 1 <= self.oldest_s <= MOST_OLDEST_S:
            raise ParameterError("oldest_s", f"{self.oldest_s} is not within 1 to {MOST_OLDEST_S} seconds")


@dataclass(frozen=True)
class Device:
    """A device as its stewards see it."""

    name: str
    things: tuple[int, ...]
    datastreams: tuple[int, ...]
    state: State
    reason: str
    per_minute: int
    oldest_s: int | None
    created: datetime
    rotated: datetime

    def json(self) -> dict[str, Any]:
        """Return the device as JSON."""
        document = vars(self) | {"things": list(self.things), "datastreams": list(self.datastreams)}
        return document | {name: rfc3339(document[name]) for name in ("created", "rotated")}

    @property
    def objection(self) -> str:
        """Return why nothing of it is kept now, or an empty text."""
        if self.state == "active":
            return ""
        state = "blocked" if self.state == "blocked" else "in quarantine until somebody releases it"
        return f"device {self.name} is {state}: {self.reason}"


def devices(connection: Connection, names: Iterable[str] | None = None) -> list[Device]:
    """Return devices in order of their names."""
    columns = [table.c[name] for name in Device.__dataclass_fields__ if name in table.c]
    rows = select(*columns, _bound(device_thing.c.thing), _bound(device_datastream.c.datastream))
    rows = rows if names is None else rows.where(table.c.name.in_(list(names)))
    return [_device(row) for row in connection.execute(rows.order_by(table.c.name)).mappings()]


def device(connection: Connection, name: str) -> Device:
    """Return one device, or raise NotFound."""
    found = devices(connection, [name])
    if not found:
        raise _unknown(name)
    return found[0]


def devices_seen(connection: Connection, principal: Principal) -> list[Device]:
    """Return the devices of which somebody may see all things and datastreams that they are bound to."""
    found = devices(connection)
    hidden = [
        _hidden(connection, principal, layer, {number for one in found for number in bound(one)})
        for layer, bound in _BOUND
    ]
    return [
        one
        for one in found
        if all(gone.isdisjoint(bound(one)) for gone, (_, bound) in zip(hidden, _BOUND, strict=True))
    ]


def require_seen(connection: Connection, principal: Principal, name: str) -> None:
    """Raise NotFound for a device that is not there, or not for this principal."""
    if name not in {one.name for one in devices_seen(connection, principal)}:
        raise _unknown(name)


def device_of_principal(connection: Connection, principal: Principal) -> Device:
    """Return the device that asks, or raise NotFound."""
    return device(connection, device_named(principal.name))


def add(connection: Connection, principal: Principal, name: str, terms: Terms) -> str:
    """Add a device to what ``principal`` sees, and return its secret, of which only hashes are stored.

    Raises Conflict if the name is taken, or something has a device already.
    """
    _check_name(name)
    if connection.execute(select(table.c.id).where(table.c.name == name)).one_or_none() is not None:
        raise Conflict(f"there is a device called {name!r} already; change its secret with: twin devices rotate {name}")
    locks_of(connection).shared("devices")
    _require_present(connection, principal, terms)
    _require_free(connection, principal, terms)
    secret = issue_device_token(connection, name)
    values = {"name": name, "verifier": verifier_of(secret), "per_minute": terms.per_minute, "oldest_s": terms.oldest_s}
    number = connection.execute(insert(table).values(values).returning(table.c.id)).scalar_one()
    for column, bound in ((device_thing.c.thing, terms.things), (device_datastream.c.datastream, terms.datastreams)):
        if bound:
            rows = [{column.name: one, "device": number} for one in sorted(set(bound))]
            connection.execute(insert(column.table), rows)
    return secret


def remove(connection: Connection, name: str) -> None:
    """Remove a device and its secret; what it observed stays."""
    device(connection, name)
    withdraw_device_token(connection, name)
    connection.execute(delete(table).where(table.c.name == name))


def rotate(connection: Connection, name: str) -> str:
    """Give a device another secret, and return it."""
    device(connection, name)
    secret = reissue_device_token(connection, name)
    connection.execute(_of(name).values(verifier=verifier_of(secret), rotated=_NOW, changed=_NOW))
    return secret


def block(connection: Connection, name: str, reason: str) -> Device:
    """Keep a device out until it is released."""
    return _put(connection, name, "blocked", reason)


def quarantine(connection: Connection, name: str, reason: str) -> Device:
    """Refuse what a device sends until it is released; it hears why."""
    return _put(connection, name, "quarantined", reason)


def release(connection: Connection, name: str) -> Device:
    """Let a device in again that was blocked or in quarantine."""
    return _put(connection, name, "active", "")


def _put(connection: Connection, name: str, state: State, reason: str) -> Device:
    device(connection, name)
    connection.execute(_of(name).values(state=state, reason=reason[:300], changed=_NOW))
    return device(connection, name)


def _of(name: str) -> Any:
    return update(table).where(table.c.name == name)


def _bound(column: Column[Any]) -> Any:
    of_device = column.table.c.device == table.c.id
    numbers = select(column).where(of_device).order_by(column)
    return func.array(numbers.scalar_subquery(), type_=ARRAY(BigInteger)).label(f"{column.name}s")


def _device(row: Any) -> Device:
    return Device(**{**row, "things": tuple(row["things"]), "datastreams": tuple(row["datastreams"])})


def _unknown(name: str) -> NotFound:
    ways = "GET /sensing/devices and 'twin devices list' list them"
    return NotFound(f"there is no device called {name[:60]!r}; {ways}")


def _check_name(name: str) -> None:
    if _NAME.fullmatch(name) is None:
        raise ParameterError("name", f"{name[:60]!r} is not a name of 1 to 60 letters, digits, points, - and _")
    if name in _RESERVED:
        raise ParameterError("name", f"{name!r} is reserved for the program itself")


def _require_present(connection: Connection, principal: Principal, terms: Terms) -> None:
    for layer, numbers in ((THINGS, terms.things), (DATASTREAMS, terms.datastreams)):
        seen = _seen(connection, principal, layer, numbers)
        if missing := sorted(set(numbers) - seen):
            raise NotFound(f"there is no {layer.id.removesuffix('s')} {missing[0]}")
    _require_all_seen(connection, principal, terms.things)


def _require_all_seen(connection: Connection, principal: Principal, things: Sequence[int]) -> None:
    """Refuse things with datastreams that a principal does not see, to which a device of his would publish."""
    streams = feature_table(DATASTREAMS).c
    own = select(streams.fid, streams.thing).where(streams.thing.in_(things), streams.valid.op("@>")(func.now()))
    thing_of = {int(fid): int(thing) for fid, thing in connection.execute(own)}
    hidden = thing_of.keys() - _seen(connection, principal, DATASTREAMS, thing_of)
    if hidden:
        thing = min(thing_of[one] for one in hidden)
        raise Forbidden(f"a device of thing {thing} publishes to more than you may see; name the datastreams instead")


def _seen(connection: Connection, principal: Principal, layer: DatasetLayer, numbers: Iterable[int]) -> set[int]:
    """Return those things of a layer that a principal sees now."""
    rows = visible(layer, decide(principal, "read", layer), temporal.now())
    fid = rows.selected_columns.fid
    return set(connection.execute(rows.with_only_columns(fid).where(fid.in_(list(numbers)))).scalars())


def _hidden(connection: Connection, principal: Principal, layer: DatasetLayer, numbers: set[int]) -> set[int]:
    """Return those things of a layer that are there and that a principal does not see; what is gone hides nothing."""
    fid = feature_table(layer).c.fid
    there = set(connection.execute(select(fid).where(fid.in_(numbers))).scalars())
    return there - _seen(connection, principal, layer, there)


_BOUND: tuple[tuple[DatasetLayer, Callable[[Device], tuple[int, ...]]], ...] = (
    (THINGS, lambda one: one.things),
    (DATASTREAMS, lambda one: one.datastreams),
)


def _require_free(connection: Connection, principal: Principal, terms: Terms) -> None:
    """Refuse what has a device already: it would not be known who published."""
    streams = feature_table(DATASTREAMS)
    meant = streams.c.thing.in_(terms.things) | streams.c.fid.in_(terms.datastreams)
    taken = select(device_thing.c.thing, table.c.name).join(table).where(device_thing.c.thing.in_(terms.things))
    _require_none(connection, principal, connection.execute(taken).all(), "thing")
    pairs = select(streams.c.fid, streams.c.thing).where(meant).subquery()
    for other, column in ((device_thing, pairs.c.thing), (device_datastream, pairs.c.fid)):
        rows = (
            select(pairs.c.fid, table.c.name)
            .join(other, other.c[0] == column)
            .join(table, table.c.id == other.c.device)
        )
        _require_none(connection, principal, connection.execute(rows).all(), "datastream")


def _require_none(connection: Connection, principal: Principal, rows: Sequence[Any], what: str) -> None:
    """Raise Conflict for what has a device, which is named to those who may see it."""
    if not rows:
        return
    number, name = rows[0]
    is_seen = name in {one.name for one in devices_seen(connection, principal)}
    device_ = f"the device {name!r}" if is_seen else "a device"
    raise Conflict(f"{what} {number} has {device_} already; each {what} has one")


def datastreams_of(connection: Connection, device: Device, asked: Iterable[int]) -> frozenset[int]:
    """Return those of some datastreams that a device publishes to."""
    streams = feature_table(DATASTREAMS)
    bound = streams.c.thing.in_(device.things) | streams.c.fid.in_(device.datastreams)
    present = streams.c.valid.op("@>")(func.now())
    rows = select(streams.c.fid).where(streams.c.fid.in_(list(asked)), bound, present)
    return frozenset(connection.execute(rows).scalars())
