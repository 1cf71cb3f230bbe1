"""Errors over HTTP: from class to status once, as problem+json (RFC 9457)."""

import logging
from http import HTTPStatus

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from psycopg import DataError as RawDataError
from psycopg import OperationalError as DriverDown
from psycopg.errors import QueryCanceled
from psycopg_pool import PoolTimeout
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from starlette.exceptions import HTTPException

from layers import errors

log = logging.getLogger("twin.api")
PROBLEM = "application/problem+json"
# The first class that matches counts, so subclasses come before their bases.
STATUS: dict[type[Exception], HTTPStatus] = {
    errors.InputError: HTTPStatus.BAD_REQUEST,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    DataError: HTTPStatus.BAD_REQUEST,
    RawDataError: HTTPStatus.BAD_REQUEST,  # of a COPY, which goes past SQLAlchemy
    QueryCanceled: HTTPStatus.SERVICE_UNAVAILABLE,
    PoolTimeout: HTTPStatus.SERVICE_UNAVAILABLE,
    DriverDown: HTTPStatus.SERVICE_UNAVAILABLE,
    OperationalError: HTTPStatus.SERVICE_UNAVAILABLE,
}
# Messages for failures whose own texts would disclose internals.
_UNKEPT = "a value is out of the range that can be kept, or has characters that no text of ours can have"
_WORDS: dict[type[Exception], str] = {
    DataError: _UNKEPT,
    RawDataError: _UNKEPT,
    QueryCanceled: "the query took longer than the server allows; ask for a smaller area or a narrower filter",
    PoolTimeout: "all database connections are busy; try again in a moment",
    DriverDown: "the database does not answer; try again in a moment",
    OperationalError: "the database does not answer; try again in a moment",
}


def status_of(error: Exception) -> HTTPStatus:
    """Return the HTTP status of an error."""
    if isinstance(error, HTTPException):
        return HTTPStatus(error.status_code)
    return next(
        (status for kind, status in STATUS.items() if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR
    )


def detail_of(error: Exception) -> str:
    """Return the sentence that a client reads."""
    if isinstance(error, errors.TwinError):
        return str(error)
    if isinstance(error, HTTPException):
        return str(error.detail)
    words = next((words for kind, words in _WORDS.items() if isinstance(error, kind)), None)
    return words or "something went wrong on our side; it is in the log"


def problem(error: Exception, path: str) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Return status, headers and body of an error, for any ASGI application."""
    error = _cause(error)
    status = status_of(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("%s: %s", path, error, exc_info=error if status == HTTPStatus.INTERNAL_SERVER_ERROR else None)
    document = {
        "type": "about:blank",
        "title": status.phrase,
        "status": int(status),
        "detail": detail_of(error),
        "instance": path,
    }
    if isinstance(error, errors.ParameterError):
        document["parameter"] = error.parameter
    body = orjson.dumps(document)
    headers = [(b"content-type", PROBLEM.encode()), (b"content-length", str(len(body)).encode())]
    headers.append((b"cache-control", b"no-store"))
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        # The server ends the connection of a request that failed: no other is to be sent on it.
        headers.append((b"connection", b"close"))
    if status == HTTPStatus.UNAUTHORIZED:
        headers.append((b"www-authenticate", b'Bearer realm="onemap-twin"'))
    return int(status), headers, body


def _cause(error: Exception) -> Exception:
    """Return the error that another one wraps, when it says more: the driver's, or why reading a body stopped."""
    if isinstance(error, HTTPException) and isinstance(error.__cause__, errors.TwinError):
        return error.__cause__
    if isinstance(error, DBAPIError) and isinstance(error.orig, (QueryCanceled, DriverDown)):
        return error.orig
    return error


def respond(error: Exception, path: str) -> Response:
    """Return an error as a FastAPI response."""
    status, headers, body = problem(error, path)
    response = Response(body, status)
    response.raw_headers = headers
    return response


def install(app: FastAPI) -> None:
    """Register the handlers that turn every error of the application into problem+json."""

    async def handle(request: Request, error: Exception) -> Response:
        return respond(error, request.url.path)

    async def handle_invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
        first = error.errors()[0]
        place = str(first["loc"][-1]) if first["loc"] else "request"
        return respond(errors.ParameterError(place, str(first["msg"])), request.url.path)

    app.add_exception_handler(RequestValidationError, handle_invalid)
    app.add_exception_handler(HTTPException, handle)
    for kind in (*STATUS, DBAPIError, Exception):
        app.add_exception_handler(kind, handle)
