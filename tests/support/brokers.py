"""A broker of a test's own, on ports of its own."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.serve.broker import Broker
from layers.ops.process import wait_until
from layers.settings import Settings
from twin.sensing.mqtt.bridge import Bridge


def unused_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def prepared_broker(home: Path) -> Broker:
    """Return a broker whose files are written."""
    ports = {"mqtt_port": unused_port(), "mqtt_read_port": unused_port()}
    broker = Broker.of(Settings(_env_file=None, home=home, **ports))
    assert broker.obstacle() is None
    broker.prepare()
    return broker


@contextmanager
def running(broker: Broker) -> Iterator[subprocess.Popen[bytes]]:
    """Run a broker, and yield its process once both listeners answer."""
    with subprocess.Popen(broker.program.command, stderr=subprocess.DEVNULL) as process:
        ports = (broker.settings.mqtt_port, broker.settings.mqtt_read_port)
        assert wait_until(lambda: all(map(_listens, ports)), 60)
        yield process
        process.terminate()


@contextmanager
def bridging(bridge: Bridge) -> Iterator[Bridge]:
    """Let a bridge work, and yield it once it hears what devices publish."""
    stopping = threading.Event()
    worker = threading.Thread(target=bridge.run, args=(stopping,))
    worker.start()
    try:
        assert bridge.subscribed.wait(60)
        yield bridge
    finally:
        stopping.set()
        worker.join()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
