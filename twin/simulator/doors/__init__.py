"""The doors by which simulated readings come in: straight into the database, over HTTP, or by MQTT."""

from twin.simulator.doors.database import DatabaseDoor
from twin.simulator.doors.http import HttpDoor
from twin.simulator.doors.mqtt import MqttDoor
from twin.simulator.doors.tally import Door, Tally

__all__ = ["DatabaseDoor", "Door", "HttpDoor", "MqttDoor", "Tally"]
