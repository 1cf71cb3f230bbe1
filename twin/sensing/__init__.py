"""Sensors and what they observe, in the model of OGC SensorThings: things, datastreams, observations."""
