"""Checks of models against delivery specifications (IDS) 模型检查, with all values compared in SI units."""

from bim.checking.check import MOST_IDS_BYTES, Limits, check_file
from bim.checking.report import FAILED, Failure, IdsReport, Requirement, Specification

__all__ = [
    "FAILED",
    "MOST_IDS_BYTES",
    "Failure",
    "IdsReport",
    "Limits",
    "Requirement",
    "Specification",
    "check_file",
]
