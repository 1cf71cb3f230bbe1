"""Layers of sensors, one file each, found by reading the folder."""
