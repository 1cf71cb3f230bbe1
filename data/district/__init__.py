"""Generates the bundled sample district: facts in, features out, reproducibly."""
