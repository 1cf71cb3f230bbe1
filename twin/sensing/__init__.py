"""Sensing: things, what they observe, and their readings, after OGC SensorThings."""
