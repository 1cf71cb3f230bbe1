"""Loads of building models: elements become rows of ``building_elements``, their shapes and records stand beside."""

from bim.ingest.load import load_model
from bim.ingest.options import ModelOptions
from bim.ingest.summary import ModelSummary

__all__ = ["ModelOptions", "ModelSummary", "load_model"]
