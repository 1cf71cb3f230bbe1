"""Building models from a browser or another system: handed in, checked or loaded in the background, and the reports."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, File, Form, Query, Response, UploadFile
from fastapi.responses import JSONResponse

from api.app_state import AppState
from api.authorise import authorise
from api.deps import BaseUrl, Number, TheAppState, ThePrincipal
from api.report.check_page import check_page
from api.uploads import keep, keep_beside, safe_name
from bim.checking import MOST_IDS_BYTES
from bim.ingest import (
    check_options,
    model_options,
    report_grade,
    report_of_job,
    submit_check,
    submit_model,
)
from layers.access import Principal, decide, require
from layers.errors import NotFound, ParameterError
from layers.ops.jobs import Job, job

ROUTER = APIRouter(tags=["jobs"])
_OPTIONS_TEXT = (
    "model=…&date=…&at=longitude,latitude,height&heading=…&crs=…&control=x,y,z=longitude,latitude,height&footprint="
    "buildings/12&shifted=gcj02&grade=…&strict=yes&most_triangles=…&scheme=…&corrected=no"
)


@dataclass(frozen=True)
class HandedIn:
    """What somebody hands in: a model, what it is held against, and how it is taken."""

    app_state: TheAppState
    principal: ThePrincipal
    file: Annotated[UploadFile, File(description="IFC, CityJSON, glTF, OBJ, or footprints with heights")]
    ids: Annotated[UploadFile | None, File(description="a delivery specification (IDS 1.0), up to 16 MiB")] = None
    options: Annotated[str, Form(max_length=20_000, description=_OPTIONS_TEXT)] = ""

    @property
    def given(self) -> dict[str, list[str]]:
        """Return the options by their names."""
        if "\0" in self.options or "%00" in self.options:
            raise ParameterError("options", "it contains the character NUL, which no name can have")
        return parse_qs(self.options)

    def admit(self) -> None:
        """Let the principal through and record it, or record the refusal and raise it."""
        beside = {} if self.ids is None else {"ids": safe_name(self.ids)}
        detail = {"file": safe_name(self.file), **beside, "options": self.options}
        authorise(self.app_state, self.principal, "write", "loads", detail)

    def keep(self) -> tuple[Path, Path | None]:
        """Keep both files, and return where they are."""
        if self.ids is not None and not safe_name(self.file).lower().endswith(".ifc"):
            raise ParameterError("ids", "delivery specifications (IDS) are for files of IFC (.ifc)")
        path = keep(self.file, self.app_state.settings)
        return path, None if self.ids is None else keep_beside(path, self.ids, MOST_IDS_BYTES, "ids")

    def queued(self, number: int, base: str, response: Response) -> dict[str, Any]:
        """Return the job, whose place the answer's Location tells."""
        response.headers["Location"] = f"{base}/jobs/{number}"
        return job(self.app_state.database, number).json()


TheHandedIn = Annotated[HandedIn, Depends()]


# Plain functions: they use the synchronous driver, and FastAPI runs them beside the event loop.
@ROUTER.post("/jobs/models", summary="Load a building model", status_code=202)
def load_model_file(handed: TheHandedIn, base: BaseUrl, response: Response) -> dict[str, Any]:
    """Take a file and put its load into the queue; the answer's Location tells how far it has come.

    What fails the specification is a defect of its elements, or with ``strict=yes`` refuses the model.
    """
    handed.admit()
    given, principal, grids = handed.given, handed.principal.name, handed.app_state.settings.local_grids
    # What cannot be read is said before anything is kept.
    model_options(given, principal, grids)
    path, ids = handed.keep()
    number = submit_model(handed.app_state.database, path, given, principal, grids, ids)
    return handed.queued(number, base, response)


@ROUTER.post("/jobs/checks", summary="Check a building model", status_code=202)
def check_model_file(handed: TheHandedIn, base: BaseUrl, response: Response) -> dict[str, Any]:
    """Take a file and put its check into the queue; nothing is loaded.

    ``options`` are ``grade`` and ``shapes=no``; the report is then at ``/jobs/{number}/report``.
    """
    handed.admit()
    given = handed.given
    check_options(given)
    path, ids = handed.keep()
    number = submit_check(handed.app_state.database, path, ids, given, handed.principal.name)
    return handed.queued(number, base, response)


@ROUTER.get("/jobs/{number}/report", summary="The report of a check")
def check_report(
    number: Number,
    app_state: TheAppState,
    principal: ThePrincipal,
    f: Annotated[Literal["json", "html"], Query(description="form; the page is in both languages")] = "json",
) -> Response:
    """Return what a check found: to whom handed the file in, and to administrators, up to the grade of the file."""
    asked = _seen(app_state, principal, number)
    document = report_of_job(asked)
    answer = check_page(document) if f == "html" else JSONResponse(document)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _seen(app_state: AppState, principal: Principal, number: int) -> Job:
    """Return a job of whose report the principal may know; raises NotFound otherwise, as for none."""
    decision = decide(principal, "read", "jobs")
    if principal.is_anonymous:
        require(principal, "read", "jobs")
    asked = job(app_state.database, number)
    with app_state.database.reader.connect() as connection:
        grade = report_grade(connection, asked)
    if not (decision.allowed or asked.principal == principal.name) or grade > decision.clearance:
        raise NotFound(f"there is no job {number}; GET /jobs and 'twin jobs' list them")
    return asked
