"""Caching headers: a response that depends on who asks is cached for nobody else."""

Headers = list[tuple[bytes, bytes]]
_ASKED = (b"authorization", b"cookie")
_VARY = ("Authorization", "Cookie")


def cached_for(request_headers: Headers, response_headers: Headers) -> Headers:
    """Return the headers of a response with those for caches, where its route has not set them.

    Responses to anonymous requests are public, but have to be revalidated; those to a person are private.
    """
    headers = {name.lower(): value for name, value in response_headers}
    if b"cache-control" in headers and b"max-age" in headers[b"cache-control"]:
        return response_headers
    is_personal = any(name in _ASKED for name, _ in request_headers)
    others = [(name, value) for name, value in response_headers if name.lower() != b"vary"]
    if b"cache-control" not in headers:
        others.append((b"cache-control", b"private, no-cache" if is_personal else b"public, no-cache"))
    return [*others, (b"vary", _extended_vary(headers.get(b"vary", b"").decode("latin-1")).encode("latin-1"))]


def _extended_vary(vary: str) -> str:
    names = [name.strip() for name in vary.split(",") if name.strip()]
    lowered = {name.lower() for name in names}
    return ", ".join([*names, *(name for name in _VARY if name.lower() not in lowered)])
