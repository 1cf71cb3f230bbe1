"""A mast whose readings come by MQTT, on a real broker and a real database."""

import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from brokers import bridging, running
from database_server import Server
from mqtt_client import MqttClient, mqtt_client
from sensing import add_stream, add_thing
from sqlalchemy import text

from api.serve.broker import Broker
from layers.ops.process import wait_until
from layers.store.engine import Database
from twin.sensing.mqtt.bridge import Bridge
from twin.sensing.reading import CATEGORY

NOON, LATER = "2026-03-01T12:00:00+08:00", "2026-03-01T12:05:00+08:00"


@dataclass
class Yard:
    """Two datastreams of a mast, one that is hidden, and what comes by MQTT."""

    database: Database
    broker: Broker
    thing: int
    air: int
    sky: int
    secret: int
    stack: ExitStack
    process: subprocess.Popen[bytes]
    counted: Counter[str] = field(default_factory=Counter)

    def client(self, name: str = "", secret: str = "") -> MqttClient:
        """Return the gateway, a device with its secret, or a stranger who follows."""
        port = self.broker.settings.mqtt_port if name else self.broker.settings.mqtt_read_port
        password = secret or (self.broker.password(name) if name else "")
        return self.stack.enter_context(mqtt_client(port, name, password))

    def follow(self, client: MqttClient, stream: int) -> None:
        """Have a client follow a datastream, and wait until that is in force."""
        client.subscribe(topic(stream))
        in_force = (
            "SELECT everything OR EXISTS (SELECT FROM onemap.followed WHERE datastream = :s) FROM onemap.following"
        )
        assert wait_until(lambda: self.rows(in_force, s=stream) == [(True,)], 60)

    def admits(self, name: str, secret: str) -> bool:
        """Tell whether the broker lets somebody in."""
        with mqtt_client(self.broker.settings.mqtt_port, name, secret) as client:
            return str(client.connected) == "Success"

    def count(self, state: str, number: int) -> None:
        """Take what the bridge counts."""
        self.counted[state] += number

    def rows(self, statement: str, **given: Any) -> list[Any]:
        """Return the rows of a statement."""
        with self.database.owner.begin() as connection:
            done = connection.execute(text(statement), given)
            return [tuple(row) for row in done] if done.returns_rows else []

    def kept(self, stream: int) -> list[float]:
        """Return the results of a datastream in order of time."""
        return [
            row[0]
            for row in self.rows("SELECT result FROM onemap.observation WHERE datastream = :s ORDER BY time", s=stream)
        ]


def topic(stream: int) -> str:
    """Return the topic of a datastream."""
    return f"v1.1/Datastreams({stream})/Observations"


def message(result: Any, time: str = NOON, **more: Any) -> bytes:
    """Return an observation as a device writes it."""
    return orjson.dumps({"result": result, "phenomenonTime": time, **more})


@contextmanager
def open_yard(server: Server, template: str, broker: Broker) -> Iterator[Yard]:
    """Yield a yard with a bridge at work."""
    with server.copy_of(template) as database, ExitStack() as stack:
        process = stack.enter_context(running(broker))
        with database.owner.begin() as connection:
            thing = add_thing(connection)
            air, sky = add_stream(connection, thing), add_stream(connection, thing, "sky", CATEGORY)
            secret = add_stream(connection, thing, "secret", grade=1)
        yard = Yard(database, broker, thing, air, sky, secret, stack, process)
        bridge = Bridge(database, broker.settings.mqtt_read_port, broker.password("bridge"), yard.count)
        bridge.admit = broker.admit
        with bridging(bridge):
            yield yard
