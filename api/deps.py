"""FastAPI dependencies of the routes: the state of the app, the principal, and our base address."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.requests import HTTPConnection

from api.app_state import AppState
from layers.access import Principal


def app_state_of(connection: HTTPConnection) -> AppState:
    """Return the state of the app in this process."""
    app_state: AppState = connection.app.state.app_state
    return app_state


async def principal_of(connection: HTTPConnection) -> Principal:
    """Return the principal of a request, or of who opens a socket."""
    return await app_state_of(connection).identity.of(connection.scope["headers"])


def base_url_of(request: Request) -> str:
    """Return our base address for links, without a trailing slash."""
    public = app_state_of(request).settings.public_url
    return (public or str(request.base_url)).rstrip("/")


def wants_html(request: Request) -> bool:
    """Tell whether the response is for a browser: ``f=html``, or a browser's Accept header."""
    form = request.query_params.get("f")
    if form is not None:
        return form == "html"
    return "text/html" in request.headers.get("accept", "")


TheAppState = Annotated[AppState, Depends(app_state_of)]
ThePrincipal = Annotated[Principal, Depends(principal_of)]
BaseUrl = Annotated[str, Depends(base_url_of)]
WantsHtml = Annotated[bool, Depends(wants_html)]


@dataclass(frozen=True)
class Visit:
    """What a route with an HTML and a JSON form needs."""

    request: Request
    app_state: TheAppState
    principal: ThePrincipal
    base: BaseUrl
    html: WantsHtml

    @property
    def query(self) -> dict[str, str]:
        """Return the query parameters."""
        return dict(self.request.query_params)


TheVisit = Annotated[Visit, Depends()]
# The number of a row in an address; PostgreSQL keeps it in eight bytes.
Number = Annotated[int, Path(ge=1, lt=2**63)]
