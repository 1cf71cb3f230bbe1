"""Who asks: from the headers of a request to a principal."""

import math
import time
from http.cookies import CookieError, SimpleCookie

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from layers.access.principals import ANONYMOUS, Principal, from_row, token_hash
from layers.errors import Unauthenticated

Headers = list[tuple[bytes, bytes]]
COOKIE = "twin_token"
# A token that was taken back still opens doors for this long, seconds.
_KEPT_S = 5.0
_MOST_KEPT = 1000
_COLUMNS = ("name", "roles", "clearance", "departments", "area", "shape", "lasts_s")


class Identity:
    """Finds principals by their tokens, and remembers them for a few seconds."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Look tokens up by ``engine``, which may call ``onemap.principal_of``."""
        self._engine = engine
        self._known: dict[str, tuple[float, Principal]] = {}

    async def of(self, headers: Headers) -> Principal:
        """Return the principal of a request; without a token it is the anonymous one."""
        token = _token(headers)
        return ANONYMOUS if token is None else await self.of_token(token)

    async def of_token(self, token: str) -> Principal:
        """Return the principal of a token, or raise Unauthenticated."""
        hashed = token_hash(token)
        kept = self._known.get(hashed)
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        principal, lasts_s = await self._look_up(hashed)
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        self._known[hashed] = (time.monotonic() + min(_KEPT_S, lasts_s), principal)
        return principal

    async def _look_up(self, hashed: str) -> tuple[Principal, float]:
        """Return the principal of a token, and for how many seconds more the token holds."""
        found = func.onemap.principal_of(hashed).table_valued(*_COLUMNS)
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(found))).one_or_none()
        if row is None:
            raise Unauthenticated("this token is unknown, expired or taken back")
        return from_row(row), math.inf if row.lasts_s is None else row.lasts_s


def _token(headers: Headers) -> str | None:
    """Return the token of ``Authorization: Bearer`` or of the session's cookie; the first wins."""
    stated = {name: value for name, value in headers if name in (b"authorization", b"cookie")}
    if not stated:
        return None
    if b"authorization" in stated:
        scheme, _, token = stated[b"authorization"].decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated("the Authorization header is not of the form Bearer <token>")
        return token.strip()
    try:
        morsel = SimpleCookie(stated[b"cookie"].decode("latin-1")).get(COOKIE)
    except CookieError:
        return None
    return None if morsel is None else morsel.value
