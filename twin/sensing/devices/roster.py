"""Which device each datastream has, as known a moment ago."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select, union_all

from layers.store import Database, feature_table
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.sensing.devices.credential import Credential
from twin.sensing.devices.register import Device, devices
from twin.store.device_models import device as table
from twin.store.device_models import device_datastream, device_thing


@dataclass
class Roster:
    """The devices of a database by their datastreams; ``refresh`` reads them anew where something has changed."""

    database: Database
    _by_name: Mapping[str, Device] = field(default_factory=dict)
    _name_of: Mapping[int, str] = field(default_factory=dict)
    _verifiers: Mapping[str, str] = field(default_factory=dict)
    _mark: Any = None

    def device_of(self, datastream: int) -> Device | None:
        """Return the device that publishes to a datastream, where there is one."""
        name = self._name_of.get(datastream)
        return None if name is None else self._by_name.get(name)

    def note(self, device: Device) -> None:
        """Remember a device as it is now."""
        self._by_name = {**self._by_name, device.name: device}

    def credentials(self) -> Sequence[Credential]:
        """Return the credentials of all that are not blocked."""
        streams: dict[str, list[int]] = {name: [] for name in self._by_name}
        for number, name in sorted(self._name_of.items()):
            streams[name].append(number)
        admitted = [one.name for one in self._by_name.values() if one.state != "blocked"]
        return [Credential(name, self._verifiers[name], tuple(streams[name])) for name in admitted]

    def refresh(self, *, thorough: bool) -> bool:
        """Read what has changed, ``thorough`` also which datastreams things have; tell whether anything did."""
        with self.database.writer.connect() as connection:
            mark = tuple(connection.execute(select(func.max(table.c.changed), func.count()).select_from(table)).one())
            if mark == self._mark and not thorough:
                return False
            by_name = {one.name: one for one in devices(connection)}
            name_of = _name_of(connection)
            rows = connection.execute(select(table.c.name, table.c.verifier))
            verifiers = {str(name): str(verifier) for name, verifier in rows}
        before = (self._by_name, self._name_of, self._verifiers)
        self._mark, self._by_name, self._name_of, self._verifiers = mark, by_name, name_of, verifiers
        return before != (by_name, name_of, verifiers)


def _name_of(connection: Connection) -> dict[int, str]:
    streams = feature_table(DATASTREAMS)
    of_things = select(streams.c.fid, device_thing.c.device).join(device_thing, device_thing.c.thing == streams.c.thing)
    of_things = of_things.where(streams.c.valid.op("@>")(func.now()))
    single = select(device_datastream.c.datastream, device_datastream.c.device)
    bound = union_all(of_things.distinct(), single).subquery()
    rows = select(bound.c[0], table.c.name).join(bound, bound.c.device == table.c.id)
    return {int(number): name for number, name in connection.execute(rows)}
