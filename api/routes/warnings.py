"""Weather warnings: taken in, and what they started."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.admission import admit
from api.body import TheBody, documented, json_of
from api.deps import BaseUrl, TheHouse, ThePrincipal
from api.links import JSON, link
from layers.access.decide import require
from layers.errors import InputError
from layers.query.items import parse_limit
from twin.runs.warnings import Taken, document, take, warning_json, warnings_statement
from twin.warnings import WeatherWarning, read_cap, read_record, read_records, read_text

ROUTER = APIRouter(tags=["warnings"])
_MOST = 500
_CAP = "application/xml"


@ROUTER.get("/warnings", summary="Weather warnings, the newest first")
def list_warnings(
    house: TheHouse,
    principal: ThePrincipal,
    limit: Annotated[str | None, Query(description="most warnings")] = None,
    current: Annotated[bool, Query(description="only those that hold now")] = False,
) -> dict[str, Any]:
    """Return the warnings that came in."""
    decision = require(principal, "read", "warnings")
    rows = warnings_statement(parse_limit(limit, _MOST, 50), datetime.now(UTC) if current else None)
    with house.database.reader.connect() as connection:
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
    house: TheHouse, principal: ThePrincipal, base: BaseUrl, response: Response, body: TheBody
) -> dict[str, Any]:
    """Keep warnings, all or none, and start the runs that the rules say; one that is known starts nothing again."""
    admit(house, principal, "write", "warnings", {"bytes": len(body)})
    taken = take(house.database, _read(body), principal.name, house.scenarios, principal.area)
    started = [one for one in taken if one.new and one.run is not None]
    if started:
        response.headers["Location"] = _run_url(base, started[0])
    return {"warnings": [_taken_json(one, base) for one in taken]}


def _read(body: bytes) -> list[WeatherWarning]:
    # Some offices begin their messages with a byte order mark.
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"<":
        return [read_cap(body)]
    if start in (b"{", b"["):
        stated = json_of(body)
        return read_records(stated) if isinstance(stated, list) else [read_record(stated)]
    return [read_text(_text(body))]


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"body: neither XML nor JSON nor a text in UTF-8 ({error.reason})") from error


def _run_url(base: str, taken: Taken) -> str:
    return f"{base}/scenarios/{taken.scenario}/runs/{taken.run}"


def _taken_json(taken: Taken, base: str) -> dict[str, Any]:
    stated = {"new": taken.new, "run": taken.run, "reason": taken.reason.json(), **document(taken.warning)}
    if taken.run is not None and taken.scenario is not None:
        stated["links"] = [link("run", _run_url(base, taken), JSON, taken.warning.title.zh)]
    return stated
