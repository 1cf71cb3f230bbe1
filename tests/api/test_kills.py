"""``kill -9`` of what an observation passes through: all that was acknowledged is there, once."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from brokers import prepared_broker, running
from database_server import Server
from sensing import add_stream, add_thing, at
from sqlalchemy import text

from api.client.device import Account, DeviceClient
from api.layers import all_layers
from api.schemas import all_schemas
from api.serve.broker import Broker
from layers.ops.cluster import Cluster
from layers.ops.process import wait_until
from layers.settings import Settings
from layers.store.engine import Database
from layers.store.migration import migrate
from layers.temporal import rfc3339

MANY, BEFORE = 400, 120


@pytest.fixture
def broker(home: Path) -> Broker:
    return prepared_broker(home / "killed")


@pytest.fixture
def stream(db: Database) -> int:
    return _stream(db)


def _stream(database: Database) -> int:
    with database.owner.begin() as connection:
        return add_stream(connection, add_thing(connection))


@contextmanager
def bridge(database: Database, broker: Broker) -> Iterator[subprocess.Popen[bytes]]:
    """Run a bridge as a process of its own."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("TWIN_")}
    ports = {"TWIN_MQTT_PORT": broker.settings.mqtt_port, "TWIN_MQTT_READ_PORT": broker.settings.mqtt_read_port}
    own = {"TWIN_HOME": broker.settings.home, "TWIN_DATABASE_URL": database.urls.owner} | ports
    environment = inherited | {key: str(value) for key, value in own.items()}
    with subprocess.Popen([sys.executable, "-m", "api.serve.bridge"], env=environment) as process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def sending(broker: Broker, stream: int) -> Iterator[DeviceClient]:
    """Yield a device that is sending; at the end all that it sends is acknowledged."""
    account = Account("gateway", broker.password("gateway"), broker.settings.mqtt_port)
    with DeviceClient(account, most=50, patience_s=1.0) as device:
        sender = threading.Thread(target=_send, args=(device, stream))
        sender.start()
        assert wait_until(lambda: sum(device.states.values()) >= BEFORE, 60)
        yield device
        sender.join()
        device.settle(60)


def _send(device: DeviceClient, stream: int) -> None:
    for number in range(MANY):
        device.send(stream, {"result": float(number), "phenomenonTime": rfc3339(at(number))})


def is_whole(database: Database, device: DeviceClient) -> bool:
    """Tell whether all that was sent was acknowledged and is there, once."""
    with database.owner.connect() as connection:
        rows = connection.execute(text("SELECT result FROM onemap.observation ORDER BY time")).scalars().all()
        count = connection.execute(text("SELECT count FROM onemap.latest")).scalar_one()
    acknowledged = device.states["kept"] + device.states["known"]
    return rows == [float(number) for number in range(MANY)] and count == acknowledged == MANY


def test_what_is_acknowledged_survives_a_kill_of_the_broker(db: Database, broker: Broker, stream: int) -> None:
    with ExitStack() as later, running(broker) as first, bridge(db, broker), sending(broker, stream) as device:
        first.send_signal(signal.SIGKILL)
        first.wait()
        later.enter_context(running(broker))
    assert is_whole(db, device)


def test_what_is_acknowledged_survives_a_kill_of_the_bridge(db: Database, broker: Broker, stream: int) -> None:
    with running(broker), ExitStack() as later, bridge(db, broker) as first, sending(broker, stream) as device:
        first.send_signal(signal.SIGKILL)
        first.wait()
        later.enter_context(bridge(db, broker))
    assert is_whole(db, device)


def test_what_is_acknowledged_survives_a_kill_of_the_database(home: Path, broker: Broker) -> None:
    # Nothing but fsync is spared: it matters to the machine's end, not to the server's.
    cluster = Cluster(home / "cluster", Settings(_env_file=None, database_url=None), {"fsync": "off"})
    cluster.ensure()
    try:
        server = Server(cluster.urls(), cluster.superuser_url("postgres"))
        database = server.empty("killed")
        migrate(database, all_layers(), all_schemas())
        stream = _stream(database)
        with running(broker), bridge(database, broker), sending(broker, stream) as device:
            master = cluster.server.postmaster()
            assert master is not None
            os.kill(master.pid, signal.SIGKILL)
            assert wait_until(lambda: not cluster.running(), 30)
            cluster.ensure()
        database.dispose()  # its connections have ended
        assert is_whole(database, device)
        database.dispose()
    finally:
        cluster.stop()
