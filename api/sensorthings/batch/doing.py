"""The requests of a batch, one after the other, each as if it had come alone; a change set in one transaction."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from fastapi import Response
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from api.app_state import AppState
from api.body import json_of
from api.errors import STATUS, problem
from api.sensorthings.acts import Acts
from api.sensorthings.answer import answer
from api.sensorthings.batch.request import Answer, ChangeSet, Item, Outcome, Request, resolved, resolved_url
from layers.access import Principal
from layers.errors import InputError, NotFound, ParameterError, Unavailable
from twin.sensing.entities.view import View

# All that one batch may take: a client sends the rest in another one.
MOST_BYTES, MOST_SECONDS = 32 * 1024 * 1024, 60.0
_EXPECTED: tuple[type[Exception], ...] = (*STATUS, DBAPIError)


class _Failed(Exception):
    """A request of a change set had no effect."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass
class Batch:
    """One batch of a principal's, for the service at ``base``; ``made`` are addresses of what was made, by name."""

    app_state: AppState
    principal: Principal
    base: str
    goes_on: bool = False
    made: dict[str, str] = field(default_factory=dict)
    _good: set[str] = field(default_factory=set)
    _bytes: int = 0

    def do(self, items: Sequence[Item]) -> Iterator[Outcome]:
        """Yield what comes of items; ends after one that had no effect, unless the batch ``goes_on``."""
        end = time.monotonic() + MOST_SECONDS
        for item in items:
            outcome = self._done(item, end)
            self._bytes += sum(len(one.body) for one in outcome.answers)
            self._note(outcome)
            yield outcome
            if not outcome.is_good and not self.goes_on:
                return

    def _done(self, item: Item, end: float) -> Outcome:
        first = item if isinstance(item, Request) else item.requests[0]
        missing = next((name for name in item.after if name not in self._good), None)
        if missing is not None:
            return Outcome(item, (_refused(first, missing),))
        if time.monotonic() > end or self._bytes > MOST_BYTES:
            error = Unavailable("this batch takes more time, or has larger answers, than one may; send the rest anew")
            return Outcome(item, (_told(first, error),))
        if isinstance(item, Request):
            return Outcome(item, (self._answered(item, self.app_state.database.writer.begin),))
        return Outcome(item, self._together(item))

    def _together(self, item: ChangeSet) -> tuple[Answer, ...]:
        """Do a change set in one transaction, which is undone where a request has no effect."""
        before = dict(self.made)
        try:
            with self.app_state.database.writer.begin() as connection:
                return tuple(self._part(one, connection) for one in item.requests)
        except _Failed as failure:
            self.made = before
            return (failure.answer,)
        except _EXPECTED as error:
            # At the end of the transaction, where what is deferred is looked at.
            self.made = before
            return (_told(item.requests[-1], error),)

    def _part(self, request: Request, connection: Connection) -> Answer:
        if request.method == "GET":
            raise _Failed(_told(request, InputError("GET: a change set has no requests that read")))
        told = self._answered(request, lambda: nullcontext(connection))
        if not told.is_good:
            raise _Failed(told)
        return told

    def _answered(self, request: Request, begin: Callable[[], AbstractContextManager[Connection]]) -> Answer:
        try:
            response = self._response(request, begin)
        except _EXPECTED as error:
            return _told(request, error)
        headers = {name: value for name, value in response.headers.items() if name in ("content-type", "location")}
        location = headers.get("location", "").removeprefix(f"{self.base}/")
        if request.id is not None and location:
            self.made[request.id] = location
        return Answer(request.id, response.status_code, headers, bytes(response.body))

    def _response(self, request: Request, begin: Callable[[], AbstractContextManager[Connection]]) -> Response:
        address = _address(resolved_url(request.url, self.made))
        text = self._behind_root(unquote(address.path))
        if request.method == "GET":
            query = parse_qsl(address.query, keep_blank_values=True)
            with self.app_state.database.reader.connect() as connection:
                return answer(connection, View.of(self.principal), self.base, text, query)
        acts = Acts(begin, self.principal, self.base, text)
        if request.method == "DELETE":
            return acts.remove()
        document = resolved(json_of(request.body), self.made)
        if request.method == "POST":
            return acts.create(document)
        return acts.change(document, request.kind, whole=request.method == "PUT")

    def _behind_root(self, path: str) -> str:
        """Return what stands behind the root in an address: relative, from our root, or from a root named v1.1."""
        if not path.startswith("/"):
            return path
        _, root, text = path.rpartition(f"/{self.base.rpartition('/')[2]}/")
        if not root:
            raise NotFound(f"{path[:60]!r} is not an address of this service")
        return text

    def _note(self, outcome: Outcome) -> None:
        item = outcome.item
        names = [item.id] if isinstance(item, Request) else [item.name, *(one.id for one in item.requests)]
        known = {name for name in names if name is not None}
        if outcome.is_good:
            self._good |= known


def _address(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise ParameterError("url", f"{url[:60]!r} is no address ({error})") from error


def _told(request: Request, error: Exception) -> Answer:
    """Return the answer of an error."""
    status, headers, body = problem(error, request.url[:200])
    kind = next(value for name, value in headers if name == b"content-type")
    return Answer(request.id, status, {"content-type": kind.decode()}, body)


def _refused(request: Request, missing: str) -> Answer:
    told = _told(request, InputError(f"this depends on {missing[:40]!r}, which had no effect"))
    return Answer(told.id, HTTPStatus.FAILED_DEPENDENCY, told.headers, told.body)


def goes_on(headers: Mapping[str, str]) -> bool:
    """Tell whether a client prefers that the rest is done after a request that had no effect."""
    wishes = {wish.strip().lower().removeprefix("odata.") for wish in headers.get("prefer", "").split(",")}
    return bool(wishes & {"continue-on-error", "continue-on-error=true"})
