"""SensorThings over MQTT: topics, and who may publish and follow them."""

from twin.sensing.mqtt.security import BRIDGE, GATEWAY, Credential, security_document
from twin.sensing.mqtt.topics import ALL_PUBLISHED, datastream_of, followed, published

__all__ = [
    "ALL_PUBLISHED",
    "BRIDGE",
    "GATEWAY",
    "Credential",
    "datastream_of",
    "followed",
    "published",
    "security_document",
]
