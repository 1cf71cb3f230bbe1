"""What routes ask for by type: the house, who asks, and where we are."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request

from api.house import House
from layers.access.principals import Principal


def house_of(request: Request) -> House:
    """Return the process's house."""
    house: House = request.app.state.house
    return house


async def principal_of(request: Request) -> Principal:
    """Return who asks."""
    return await house_of(request).identity.of(request.scope["headers"])


def base_url_of(request: Request) -> str:
    """Return our own address, without a slash at the end, as links state it."""
    public = house_of(request).settings.public_url
    return (public or str(request.base_url)).rstrip("/")


def wants_html(request: Request) -> bool:
    """Tell whether the answer is for a person: ``f=html``, or a browser's Accept header."""
    form = request.query_params.get("f")
    if form is not None:
        return form == "html"
    return "text/html" in request.headers.get("accept", "")


TheHouse = Annotated[House, Depends(house_of)]
ThePrincipal = Annotated[Principal, Depends(principal_of)]
BaseUrl = Annotated[str, Depends(base_url_of)]
WantsHtml = Annotated[bool, Depends(wants_html)]


@dataclass(frozen=True)
class Visit:
    """All that a route with two forms, for people and for programs, asks for."""

    request: Request
    house: TheHouse
    principal: ThePrincipal
    base: BaseUrl
    html: WantsHtml

    @property
    def given(self) -> dict[str, str]:
        """Return the query parameters."""
        return dict(self.request.query_params)


TheVisit = Annotated[Visit, Depends()]
# The number of a row in an address; PostgreSQL keeps it in eight bytes.
Number = Annotated[int, Path(ge=1, lt=2**63)]
