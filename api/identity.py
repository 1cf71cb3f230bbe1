"""Authentication: from the headers of a request to a principal."""

import math
import time
from http.cookies import CookieError, SimpleCookie

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from layers.access import ANONYMOUS, Principal, from_row, token_hash
from layers.errors import Unauthenticated

Headers = list[tuple[bytes, bytes]]
COOKIE = "twin_token"
EXPIRED_COOKIE = (b"set-cookie", f"{COOKIE}=; Max-Age=0; Path=/; HttpOnly; SameSite=strict".encode())
# A revoked token is still accepted for this long, seconds.
_KEPT_S = 5.0
_MOST_KEPT = 1000
_COLUMNS = ("name", "roles", "clearance", "departments", "area", "shape", "lasts_s")


class Identity:
    """Finds principals by their tokens, and remembers them for a few seconds."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Look tokens up with ``engine``, which may call ``onemap.principal_of``."""
        self._engine = engine
        self._known: dict[str, tuple[float, Principal]] = {}

    async def of(self, headers: Headers) -> Principal:
        """Return the principal of a request; without a token it is the anonymous one.

        An unknown cookie counts as anonymous: browsers keep it longer than the server. An unknown Bearer raises
        Unauthenticated.
        """
        token = _bearer(headers)
        if token is not None:
            return await self.of_token(token)
        token = _cookie(headers)
        if token is None:
            return ANONYMOUS
        try:
            return await self.of_token(token)
        except Unauthenticated:
            self._remember(token_hash(token), ANONYMOUS, time.monotonic() + _KEPT_S)
            return ANONYMOUS

    def is_stale(self, headers: Headers) -> bool:
        """Tell whether an answered request had an unknown cookie, so that the browser can delete it."""
        token = _cookie(headers)
        cached = None if token is None else self._known.get(token_hash(token))
        return cached is not None and cached[1].is_anonymous

    async def of_token(self, token: str) -> Principal:
        """Return the principal of a token, or raise Unauthenticated."""
        hashed = token_hash(token)
        cached = self._known.get(hashed)
        if cached is not None and cached[0] > time.monotonic():
            if cached[1].is_anonymous:
                raise _unknown()
            return cached[1]
        asked = time.monotonic()  # before the database reads its clock: the answer's way back prolongs no token
        principal, lasts_s = await self._look_up(hashed)
        self._remember(hashed, principal, asked + min(_KEPT_S, lasts_s))
        return principal

    def _remember(self, hashed: str, principal: Principal, until: float) -> None:
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        self._known[hashed] = (until, principal)

    async def _look_up(self, hashed: str) -> tuple[Principal, float]:
        """Return the principal of a token, and for how many more seconds it is valid."""
        statement = func.onemap.principal_of(hashed).table_valued(*_COLUMNS)
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(statement))).one_or_none()
        if row is None:
            raise _unknown()
        return from_row(row), math.inf if row.lasts_s is None else row.lasts_s


def _bearer(headers: Headers) -> str | None:
    """Return the token of ``Authorization: Bearer``, or None without such a header."""
    header = next((value for name, value in headers if name == b"authorization"), None)
    if header is None:
        return None
    scheme, _, token = header.decode("latin-1").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("the Authorization header is not of the form Bearer <token>")
    return token.strip()


def _cookie(headers: Headers) -> str | None:
    """Return the token of the session's cookie, or None without one."""
    header = next((value for name, value in headers if name == b"cookie"), None)
    if header is None:
        return None
    try:
        morsel = SimpleCookie(header.decode("latin-1")).get(COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel is not None and morsel.value else None


def _unknown() -> Unauthenticated:
    return Unauthenticated("this token is unknown, expired or revoked")
