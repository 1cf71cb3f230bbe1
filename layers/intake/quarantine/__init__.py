"""Quarantined rows: listed, repaired, released into their layer, or discarded."""
