"""Weather warnings: receiving them, and the runs that they start."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.authorise import authorise
from api.body import TheBody, documented, json_of
from api.deps import BaseUrl, TheAppState, ThePrincipal
from api.links import JSON, link
from layers.access import require
from layers.errors import InputError
from layers.query import parse_limit
from twin.runs.warnings import Taken, document, take, warning_json, warnings_statement
from twin.warnings import WeatherWarning, read_cap, read_record, read_records, read_text

ROUTER = APIRouter(tags=["warnings"])
_MOST = 500
_CAP = "application/xml"


@ROUTER.get("/warnings", summary="Weather warnings, the newest first")
def list_warnings(
    app_state: TheAppState,
    principal: ThePrincipal,
    limit: Annotated[str | None, Query(description="most warnings")] = None,
    current: Annotated[bool, Query(description="only those that hold now")] = False,
) -> dict[str, Any]:
    """Return the warnings that came in."""
    decision = require(principal, "read", "warnings")
    rows = warnings_statement(parse_limit(limit, _MOST, 50), datetime.now(UTC) if current else None)
    with app_state.database.reader.connect() as connection:
        return {"warnings": [warning_json(row, decision) for row in connection.execute(rows)]}


@ROUTER.post(
    "/warnings",
    summary="Take in weather warnings",
    status_code=202,
    openapi_extra=documented(
        _CAP, JSON, "text/plain", description="a CAP 1.2 message; one or several notices of the met office; a bare text"
    ),
)
def take_warnings(
    app_state: TheAppState, principal: ThePrincipal, base: BaseUrl, response: Response, body: TheBody
) -> dict[str, Any]:
    """Store warnings, all or none, and start runs by the rules; a known warning starts nothing again."""
    authorise(app_state, principal, "write", "warnings", {"bytes": len(body)})
    received = take(app_state.database, _read(body), principal.name, app_state.scenarios, principal.area)
    started = [one for one in received if one.new and one.run is not None]
    if started:
        response.headers["Location"] = _run_url(base, started[0])
    return {"warnings": [_taken_json(one, base) for one in received]}


def _read(body: bytes) -> list[WeatherWarning]:
    # Some offices begin their messages with a byte order mark.
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"<":
        return [read_cap(body)]
    if start in (b"{", b"["):
        records = json_of(body)
        return read_records(records) if isinstance(records, list) else [read_record(records)]
    return [read_text(_text(body))]


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"body: this is neither XML nor JSON nor text in UTF-8 ({error.reason})") from error


def _run_url(base: str, result: Taken) -> str:
    return f"{base}/scenarios/{result.scenario}/runs/{result.run}"


def _taken_json(result: Taken, base: str) -> dict[str, Any]:
    fields = {"new": result.new, "run": result.run, "reason": result.reason.json(), **document(result.warning)}
    if result.run is not None and result.scenario is not None:
        fields["links"] = [link("run", _run_url(base, result), JSON, result.warning.title.zh)]
    return fields
