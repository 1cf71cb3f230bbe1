"""Observations from files: what a file has, what is taken of it as what, and its load."""

from twin.sensing.files.load import Options, load_observations, preview_observations
from twin.sensing.files.mapping import Mapping, read_mapping
from twin.sensing.files.summary import Summary

__all__ = ["Mapping", "Options", "Summary", "load_observations", "preview_observations", "read_mapping"]
