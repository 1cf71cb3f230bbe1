"""Long work: hand it in, watch it, stop it."""

import re
import shutil
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl
from uuid import uuid4

from fastapi import APIRouter, File, Form, Query, Response, UploadFile

from api.admission import admit
from api.deps import BaseUrl, Number, TheHouse, ThePrincipal
from layers.access.decide import require
from layers.errors import InputError, ParameterError
from layers.ingest import LoadOptions, parse_extent, parse_kind, parse_names, parse_raster, parse_share
from layers.jobs import cancel, job, jobs, submit_load
from layers.numbers import parse_whole
from layers.query.items import parse_limit
from layers.space.local_grid import LocalGrid
from layers.temporal import parse_instant

ROUTER = APIRouter(tags=["jobs"])
_MOST = 200
# PostgreSQL keeps a precedence in four bytes.
_HIGHEST = 2**31 - 1
_UNSAFE = re.compile(r"[^\w.\-]+")
_CHUNK = 1024 * 1024
_WISHES = ("layer", "dataset", "crs", "table", "key", "encoding", "address")
_MORE_WISHES = ("date", "extent", "precedence", "trust_crs", "map", "geometry", "strict", "most_quarantined", "raster")
_WISHES_TOLD = (
    "layer=…&dataset=…&crs=…&table=…&key=…&encoding=…&address=…&map=old=new&geometry=…&date=…&extent=…&precedence=…"
    "&trust_crs=yes&strict=yes&most_quarantined=10%&raster=unit%3Dm"
)


# Plain functions: they use the synchronous driver, and FastAPI runs them beside the event loop.
@ROUTER.get("/jobs", summary="Long work, the newest first")
def list_jobs(
    house: TheHouse, principal: ThePrincipal, limit: Annotated[str | None, Query(description="most jobs")] = None
) -> dict[str, Any]:
    """Return the newest jobs."""
    require(principal, "read", "jobs")
    return {"jobs": [one.json() for one in jobs(house.database, parse_limit(limit, _MOST, 50))]}


@ROUTER.get("/jobs/{number}", summary="One job")
def show_job(number: Number, house: TheHouse, principal: ThePrincipal) -> dict[str, Any]:
    """Return how far a job has come."""
    require(principal, "read", "jobs")
    return job(house.database, number).json()


@ROUTER.delete("/jobs/{number}", summary="Stop a job", status_code=202)
def cancel_job(number: Number, house: TheHouse, principal: ThePrincipal) -> dict[str, Any]:
    """Ask a job to stop; what it has done so far is taken back."""
    admit(house, principal, "write", "jobs", {"cancel": number})
    return cancel(house.database, number).json()


@ROUTER.post("/jobs/loads", summary="Load a file", status_code=202)
def load_file(
    house: TheHouse,
    principal: ThePrincipal,
    base: BaseUrl,
    response: Response,
    file: Annotated[UploadFile, File(description="A file of a format that docs/formats.md lists, in one piece")],
    wishes: Annotated[str, Form(description=_WISHES_TOLD)] = "",
) -> dict[str, Any]:
    """Take a file and put its load into the queue; the answer's Location tells how far it has come."""
    name = _UNSAFE.sub("_", Path(file.filename or "upload").name)[-120:]
    admit(house, principal, "write", "loads", {"file": name, "wishes": wishes})
    options = _options(wishes, principal.name, house.settings.local_grids)
    path = _keep(file, house.settings.home / "uploads" / uuid4().hex / name, house.settings.upload_bytes)
    number = submit_load(house.database, path, options)
    response.headers["Location"] = f"{base}/jobs/{number}"
    return job(house.database, number).json()


def _options(wishes: str, principal: str, grids: tuple[LocalGrid, ...]) -> LoadOptions:
    if "\0" in wishes or "%00" in wishes:
        raise ParameterError("wishes", "there is the character NUL in it, which is in no name of ours")
    pairs = parse_qsl(wishes)
    given = dict(pairs)
    unknown = given.keys() - {*_WISHES, *_MORE_WISHES}
    if unknown:
        raise ParameterError(min(unknown), "a load has no such wish")
    precedence = given.get("precedence")
    return LoadOptions(
        **{name: given.get(name) for name in _WISHES},
        geometry=parse_kind(given.get("geometry")),
        names=parse_names(value for name, value in pairs if name == "map"),
        date=parse_instant(given["date"], "date") if "date" in given else None,
        extent=parse_extent(given["extent"]) if "extent" in given else None,
        precedence=None if precedence is None else parse_whole("precedence", precedence, most=_HIGHEST),
        principal=principal,
        trust_crs=_yes(given, "trust_crs"),
        grids=grids,
        strict=_yes(given, "strict"),
        most_quarantined=parse_share(given.get("most_quarantined", "50%")),
        raster=parse_raster(value for name, value in pairs if name == "raster"),
    )


def _yes(given: dict[str, str], name: str) -> bool:
    stated = given.get(name, "no")
    if stated not in {"yes", "no"}:
        raise ParameterError(name, f"{stated!r} is neither yes nor no")
    return stated == "yes"


def _keep(file: UploadFile, path: Path, most: int) -> Path:
    """Write an upload to disk, up to ``most`` bytes; too much of it leaves nothing."""
    path.parent.mkdir(parents=True)
    with path.open("wb") as kept:
        while chunk := file.file.read(_CHUNK):
            kept.write(chunk)
            if kept.tell() > most:
                shutil.rmtree(path.parent)
                raise InputError(f"file: it is larger than {most} bytes, the most that may be uploaded; use twin load")
    return path
