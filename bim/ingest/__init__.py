"""Loads of building models: elements become rows of ``building_elements``, their shapes and records stand beside."""

from bim.ingest.check_jobs import check_kind, check_options, report_grade, report_of_job, submit_check
from bim.ingest.examination import Examination, examine
from bim.ingest.given import Given, model_options, place_of
from bim.ingest.jobs import model_kind, submit_model
from bim.ingest.load import load_model
from bim.ingest.options import ModelOptions, require_id
from bim.ingest.place import Footprint
from bim.ingest.summary import ModelSummary

__all__ = [
    "Examination",
    "Footprint",
    "Given",
    "ModelOptions",
    "ModelSummary",
    "check_kind",
    "check_options",
    "examine",
    "load_model",
    "model_kind",
    "model_options",
    "place_of",
    "report_grade",
    "report_of_job",
    "require_id",
    "submit_check",
    "submit_model",
]
