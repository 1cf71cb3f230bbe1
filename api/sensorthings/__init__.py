"""The interface of OGC SensorThings 1.1: addresses, answers and edits."""
