"""The bundled sample: a district with its buildings, sensors and schemes, and how it gets into an empty database."""

from api.sample.district import load_sample
from api.sample.sensors import put_up_sensors

__all__ = ["load_sample", "put_up_sensors"]
