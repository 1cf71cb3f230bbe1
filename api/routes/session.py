"""Signing in: from a token to a cookie that scripts cannot read."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from api.catalogue import principal_json
from api.deps import TheAppState, ThePrincipal
from api.identity import COOKIE

ROUTER = APIRouter(tags=["session"])
_DAY_S = 24 * 3600


class SignIn(BaseModel):
    """What a person sends to sign in."""

    token: str = Field(min_length=1, max_length=500)


@ROUTER.get("/session", summary="Who am I?")
async def who(principal: ThePrincipal) -> dict[str, Any]:
    """Return the principal of this request."""
    return principal_json(principal)


@ROUTER.post("/session", summary="Sign in by a token")
async def sign_in(credentials: SignIn, request: Request, response: Response, app_state: TheAppState) -> dict[str, Any]:
    """Set a cookie for this browser; a token that is unknown is refused."""
    principal = await app_state.identity.of_token(credentials.token.strip())
    secure = request.url.scheme == "https"
    response.set_cookie(
        COOKIE, credentials.token.strip(), max_age=_DAY_S, httponly=True, samesite="strict", secure=secure, path="/"
    )
    return principal_json(principal)


@ROUTER.delete("/session", summary="Sign out", status_code=204)
async def sign_out(response: Response) -> None:
    """Delete the cookie."""
    response.delete_cookie(COOKIE, path="/")
