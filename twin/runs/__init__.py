"""Stored results of hazard scenarios: runs, their features as layers, tasks and warnings."""
