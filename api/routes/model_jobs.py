"""Building models from a browser or another system: handed in, and loaded in the background."""

from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, File, Form, Response, UploadFile

from api.authorise import authorise
from api.deps import BaseUrl, TheAppState, ThePrincipal
from api.uploads import keep, safe_name
from bim.ingest import model_options, submit_model
from layers.errors import ParameterError
from layers.ops.jobs import job

ROUTER = APIRouter(tags=["jobs"])
_OPTIONS_TEXT = (
    "model=…&date=…&at=longitude,latitude,height&heading=…&crs=…&control=x,y,z=longitude,latitude,height&footprint="
    "buildings/12&shifted=gcj02&grade=…&strict=yes&most_triangles=…&scheme=…&corrected=no"
)


# A plain function: it uses the synchronous driver, and FastAPI runs it beside the event loop.
@ROUTER.post("/jobs/models", summary="Load a building model", status_code=202)
def load_model_file(
    app_state: TheAppState,
    principal: ThePrincipal,
    base: BaseUrl,
    response: Response,
    file: Annotated[UploadFile, File(description="IFC, CityJSON, glTF, OBJ, or footprints with heights")],
    options: Annotated[str, Form(max_length=20_000, description=_OPTIONS_TEXT)] = "",
) -> dict[str, Any]:
    """Take a file and put its load into the queue; the answer's Location tells how far it has come."""
    authorise(app_state, principal, "write", "loads", {"file": safe_name(file), "options": options})
    if "\0" in options or "%00" in options:
        raise ParameterError("options", "it contains the character NUL, which no name can have")
    given, settings = parse_qs(options), app_state.settings
    # What cannot be read is said before anything is kept.
    model_options(given, principal.name, settings.local_grids)
    path = keep(file, settings)
    number = submit_model(app_state.database, path, given, principal.name, settings.local_grids)
    response.headers["Location"] = f"{base}/jobs/{number}"
    return job(app_state.database, number).json()
