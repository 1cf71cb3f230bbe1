"""Checks of model files as background jobs: nothing is loaded, and the report is kept beside the file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from bim.ingest.examination import examine
from bim.ingest.given import Given
from bim.ingest.options import model_id
from bim.reading import ReadOptions
from layers.errors import NotFound, ParameterError
from layers.grades import Grade, grade_named
from layers.ops.jobs import Job, JobKind, Work, submit
from layers.store import Database

NAME = "check"
# The folder beside a model's file; no file that was sent has such a name.
_REPORT = Path("+report") / "check.json"
_HIGHEST = text("""
SELECT max(grade) FROM (
    SELECT grade FROM onemap.building_elements WHERE dataset = ANY(:models)
    UNION ALL SELECT grade FROM onemap.scheme_elements WHERE dataset = ANY(:models)
    UNION ALL SELECT grade FROM onemap.design_schemes WHERE source_key = :scheme
) AS graded
""")


def check_options(given: Given) -> tuple[Grade, bool]:
    """Return the grade of a check, and whether it makes shapes; raises ParameterError for anything else."""
    unknown = sorted(set(given) - {"grade", "shapes"})
    if unknown:
        raise ParameterError(unknown[0], "a check has no such option; it has grade, shapes")
    values = {name: value if isinstance(value, str) else value[-1] for name, value in given.items()}
    if values.get("shapes", "yes") not in ("yes", "no"):
        raise ParameterError("shapes", f"{values['shapes']!r} is neither yes nor no")
    return grade_named(values.get("grade") or "open"), values.get("shapes", "yes") == "yes"


def submit_check(database: Database, path: Path, ids: Path | None, given: Given, principal: str) -> int:
    """Queue the check of a file, and return the job's number; the worker must see the same paths."""
    grade, shapes = check_options(given)
    arguments = {
        "path": str(path.absolute()),
        "ids": None if ids is None else str(ids.absolute()),
        "given": {"grade": grade.name.lower()},
        "shapes": shapes,
    }
    return submit(database, NAME, f"check model {path.name}", principal, arguments)


def check_kind() -> JobKind:
    """Return the job kind of checks; the result says in numbers what the report says of each."""

    def run(work: Work) -> dict[str, Any]:
        arguments = work.job.arguments
        path, ids = Path(arguments["path"]), arguments["ids"]
        found = examine(path, None if ids is None else Path(ids), ReadOptions(), work, shapes=arguments["shapes"])
        keep_report(path, found.json())
        failed = [] if found.ids is None else [one for one in found.ids.specifications if one.fails]
        number = 0 if found.ids is None else len(found.ids.specifications)
        return {"passed": found.passed, "specifications": number, "failed": len(failed), "defects": len(found.defects)}

    return JobKind(NAME, run)


def keep_report(path: Path, document: Mapping[str, Any]) -> None:
    """Keep the report on a file beside it, as long as the file is kept."""
    target = path.parent / _REPORT
    target.parent.mkdir(exist_ok=True)
    partial = target.with_suffix(".part")
    partial.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    partial.replace(target)


def report_of_job(job: Job) -> dict[str, Any]:
    """Return the report of a job; raises NotFound where there is none, or none yet, or no more."""
    path = job.arguments.get("path")
    target = Path(path).parent / _REPORT if path and "given" in job.arguments else None
    if target is None or not target.is_file():
        raise NotFound(_none(job.id))
    document: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return document


def report_grade(connection: Connection, job: Job) -> Grade:
    """Return the grade of a job's report: what was stated, and by now that of its model and scheme if it is higher."""
    given, result = job.arguments.get("given") or {}, job.result or {}
    words = {name: value if isinstance(value, str) else (value or [""])[-1] for name, value in given.items()}
    models = [words.get("model") or result.get("dataset") or model_id(Path(job.arguments.get("path", "")).name)]
    highest = connection.execute(_HIGHEST, {"models": models, "scheme": words.get("scheme", "")}).scalar()
    return max(grade_named(words.get("grade") or "open"), Grade(highest or 0))


def _none(number: int) -> str:
    return f"job {number} has no report of a check: none yet, or none was asked for, or its file is not kept any more"
