"""Delivery specifications (IDS) at loading: what they find refuses a model, or is a defect of its elements."""

from pathlib import Path

from bim.checking import FAILED, IdsReport, check_file
from bim.model import Defect
from layers.errors import SourceError
from layers.title import Title

_NAMED = 3


def check_ids(path: Path, specification: Path) -> IdsReport:
    """Check a file against a delivery specification; raises SourceError for one that is not IFC."""
    if not path.name.lower().endswith(".ifc"):
        raise SourceError(str(path), "delivery specifications (IDS) are for files of IFC (.ifc)")
    return check_file(path, specification)


def ids_defects(report: IdsReport) -> list[Defect]:
    """Return what a specification finds amiss as defects of elements; what has no GlobalId is left to the report."""
    return [
        Defect(failure.element, "ids.failed", _named(one.name, failure.reason))
        for one in report.specifications
        if one.status in FAILED
        for requirement in one.requirements
        for failure in requirement.failures
        if failure.element
    ]


def ids_note(report: IdsReport) -> str:
    """Return in a sentence what came of a delivery specification."""
    failed = [one.name for one in report.specifications if one.status in FAILED]
    named = f": {', '.join(failed[:_NAMED])}" + ("…" if len(failed) > _NAMED else "") if failed else ""
    number = len(report.specifications)
    zh = f"{number} 项要求中 {len(failed)} 项不符"
    return f"{len(failed)} of {number} specifications of {report.title!r} fail ({zh}){named}"


def _named(specification: str, reason: Title) -> Title:
    return Title(f"{specification}：{reason.zh}", f"{specification}: {reason.en}")
