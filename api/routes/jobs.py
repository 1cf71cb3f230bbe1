"""Long-running work: submit it, follow it, stop it."""

from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, File, Form, Query, Response, UploadFile

from api.authorise import authorise
from api.deps import BaseUrl, Number, TheAppState, ThePrincipal
from api.uploads import keep, safe_name
from layers.access import require
from layers.errors import ParameterError
from layers.intake import LoadOptions, parse_extent, parse_kind, parse_names, parse_raster, parse_share, submit_load
from layers.numbers import parse_whole
from layers.ops.jobs import cancel, job, jobs
from layers.query import parse_limit
from layers.space import LocalGrid
from layers.temporal import parse_instant

ROUTER = APIRouter(tags=["jobs"])
_MOST = 200
# PostgreSQL keeps a precedence in four bytes.
_HIGHEST = 2**31 - 1
_TEXT_OPTIONS = ("layer", "dataset", "crs", "table", "key", "encoding", "address")
_MORE_OPTIONS = ("date", "extent", "precedence", "trust_crs", "map", "geometry", "strict", "most_quarantined", "raster")
_OPTIONS_TEXT = (
    "layer=…&dataset=…&crs=…&table=…&key=…&encoding=…&address=…&map=old=new&geometry=…&date=…&extent=…&precedence=…"
    "&trust_crs=yes&strict=yes&most_quarantined=10%&raster=unit%3Dm"
)


# Plain functions: they use the synchronous driver, and FastAPI runs them beside the event loop.
@ROUTER.get("/jobs", summary="Long work, the newest first")
def list_jobs(
    app_state: TheAppState, principal: ThePrincipal, limit: Annotated[str | None, Query(description="most jobs")] = None
) -> dict[str, Any]:
    """Return the newest jobs."""
    require(principal, "read", "jobs")
    return {"jobs": [one.json() for one in jobs(app_state.database, parse_limit(limit, _MOST, 50))]}


@ROUTER.get("/jobs/{number}", summary="One job")
def show_job(number: Number, app_state: TheAppState, principal: ThePrincipal) -> dict[str, Any]:
    """Return how far a job has come."""
    require(principal, "read", "jobs")
    return job(app_state.database, number).json()


@ROUTER.delete("/jobs/{number}", summary="Stop a job", status_code=202)
def cancel_job(number: Number, app_state: TheAppState, principal: ThePrincipal) -> dict[str, Any]:
    """Ask a job to stop; what it has done so far is rolled back."""
    authorise(app_state, principal, "write", "jobs", {"cancel": number})
    return cancel(app_state.database, number).json()


@ROUTER.post("/jobs/loads", summary="Load a file", status_code=202)
def load_file(
    app_state: TheAppState,
    principal: ThePrincipal,
    base: BaseUrl,
    response: Response,
    file: Annotated[UploadFile, File(description="A file of a format that docs/formats.md lists, in one piece")],
    options: Annotated[str, Form(description=_OPTIONS_TEXT)] = "",
) -> dict[str, Any]:
    """Take a file and put its load into the queue; the answer's Location tells how far it has come."""
    authorise(app_state, principal, "write", "loads", {"file": safe_name(file), "options": options})
    load_options = _options(options, principal.name, app_state.settings.local_grids)
    path = keep(file, app_state.settings)
    number = submit_load(app_state.database, path, load_options)
    response.headers["Location"] = f"{base}/jobs/{number}"
    return job(app_state.database, number).json()


def _options(options: str, principal: str, grids: tuple[LocalGrid, ...]) -> LoadOptions:
    if "\0" in options or "%00" in options:
        raise ParameterError("options", "it contains the character NUL, which no name can have")
    pairs = parse_qsl(options)
    values = dict(pairs)
    unknown = values.keys() - {*_TEXT_OPTIONS, *_MORE_OPTIONS}
    if unknown:
        raise ParameterError(min(unknown), "a load has no such option")
    precedence = values.get("precedence")
    return LoadOptions(
        **{name: values.get(name) for name in _TEXT_OPTIONS},
        geometry=parse_kind(values.get("geometry")),
        names=parse_names(value for name, value in pairs if name == "map"),
        date=parse_instant(values["date"], "date") if "date" in values else None,
        extent=parse_extent(values["extent"]) if "extent" in values else None,
        precedence=None if precedence is None else parse_whole("precedence", precedence, most=_HIGHEST),
        principal=principal,
        trust_crs=_yes(values, "trust_crs"),
        grids=grids,
        strict=_yes(values, "strict"),
        most_quarantined=parse_share(values.get("most_quarantined", "50%")),
        raster=parse_raster(value for name, value in pairs if name == "raster"),
    )


def _yes(values: dict[str, str], name: str) -> bool:
    value = values.get(name, "no")
    if value not in {"yes", "no"}:
        raise ParameterError(name, f"{value!r} is neither yes nor no")
    return value == "yes"
