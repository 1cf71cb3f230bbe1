"""The process between broker and database: ``python -m api.serve.bridge``, as an unprivileged user."""

import signal
import threading

from api.console import read_settings
from api.metrics import count_observations
from api.serve.broker import HOST, Broker
from api.serve.unprivileged import give_up_root
from layers.ops import open_database
from twin.sensing.devices.credential import BRIDGE
from twin.sensing.mqtt.bridge import Bridge


def main() -> None:
    """Work until SIGTERM."""
    settings = read_settings()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    broker = Broker.of(settings)
    password = broker.password(BRIDGE)
    database = open_database(settings)
    give_up_root(settings)
    try:
        bridge = Bridge(database, settings.mqtt_read_port, password, count_observations, HOST, broker.admit)
        bridge.run(stopping)
    finally:
        database.dispose()


if __name__ == "__main__":
    main()
