"""Who may keep an answer: what depends on who asks is kept by nobody else."""

Headers = list[tuple[bytes, bytes]]
_ASKED = (b"authorization", b"cookie")
_VARY = ("Authorization", "Cookie")


def cached_for(asked: Headers, answered: Headers) -> Headers:
    """Return the headers of an answer with what caches have to know, where its route has not said it.

    A cache may keep what strangers get, and has to ask whether it still holds; what is for one person stays with them.
    """
    stated = {name.lower(): value for name, value in answered}
    if b"cache-control" in stated and b"max-age" in stated[b"cache-control"]:
        return answered
    is_personal = any(name in _ASKED for name, _ in asked)
    kept = [(name, value) for name, value in answered if name.lower() != b"vary"]
    if b"cache-control" not in stated:
        kept.append((b"cache-control", b"private, no-cache" if is_personal else b"public, no-cache"))
    return [*kept, (b"vary", _with(stated.get(b"vary", b"").decode("latin-1")).encode("latin-1"))]


def _with(vary: str) -> str:
    names = [name.strip() for name in vary.split(",") if name.strip()]
    known = {name.lower() for name in names}
    return ", ".join([*names, *(name for name in _VARY if name.lower() not in known)])
