"""What a running broker tells of itself."""

import queue
from contextlib import suppress

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from api.serve.broker import HOST, Broker
from layers.ops import Finding, ok, warn
from layers.settings import Settings
from twin.sensing.devices.credential import BRIDGE
from twin.sensing.mqtt.topics import DROPPED

_PATIENCE_S = 3.0


def dropped(settings: Settings) -> int | None:
    """Return how many messages the broker dropped since it was started, or None where none runs or may be asked."""
    if settings.mqtt_port == 0:
        return None
    told: queue.Queue[int] = queue.Queue()
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    client.on_connect = lambda client, *_: client.subscribe(DROPPED)
    client.on_message = lambda _, __, message: told.put(int(message.payload))
    try:
        client.username_pw_set(BRIDGE, Broker.of(settings).password(BRIDGE))
        client.connect(HOST, settings.mqtt_read_port)
    except OSError:
        return None
    client.loop_start()
    try:
        with suppress(queue.Empty):
            return told.get(timeout=_PATIENCE_S)
        return None
    finally:
        client.disconnect()
        client.loop_stop()


def examine_broker(settings: Settings) -> Finding:
    """Check whether the broker runs, and whether it had to drop messages."""
    if settings.mqtt_port == 0:
        return ok("broker", "none, as TWIN_MQTT_PORT=0 says")
    if obstacle := Broker.of(settings).obstacle_to_install():
        return warn("broker", obstacle, "without it sensors publish over HTTP alone")
    number = dropped(settings)
    if number is None:
        return ok("broker", f"it does not answer on port {settings.mqtt_read_port}; it runs while the map is up")
    if number:
        said = f"it dropped {number} messages, since too many waited; devices repeat what is not answered"
        return warn("broker", said, "send less at once, or over HTTP; see twin_mqtt_dropped in /metrics")
    return ok("broker", f"up on ports {settings.mqtt_port} and {settings.mqtt_read_port}, no message dropped")
