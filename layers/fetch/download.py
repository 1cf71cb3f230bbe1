"""One file over HTTP: polite, capped, resumed where it broke, and put in its place only when it is whole."""

import email.utils
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from layers.errors import ParameterError, Unavailable
from layers.ingest.progress import Progress
from layers.temporal import rfc3339

_CHUNK = 1 << 16
# Too many requests, and what gateways say of servers that are busy or down for a moment.
_AGAIN = frozenset({429, 502, 503, 504})
_TRIES = 5
_FIRST_WAIT_S, _LONGEST_WAIT_S = 2.0, 120.0
# What has come so far, and by which mark its server tells that it still has the same file.
_PART, _MARK = ".part", ".mark"


@dataclass(frozen=True)
class Limits:
    """How long one silence may last, in seconds, how many bytes a file may have, and how to wait for the next try."""

    timeout_s: float
    most_bytes: int
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Wish:
    """What is asked of a server: a GET, or a POST of form ``fields``."""

    url: str
    fields: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no address of the web."""
        require_web(self.url)


def require_web(url: str) -> None:
    """Raise ParameterError unless the address is of http or https and names a host."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ParameterError("url", f"{url!r} is no http or https address")


def download(wish: Wish, target: Path, limits: Limits, progress: Progress) -> Path:
    """Fetch a file to ``target``, and beside it, as ``.json``, where it is from and when it came.

    What came of a GET before the line broke is kept and continued. Raises Unavailable where the server does not give
    it, in the end, or gives too much.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + _PART)
    if wish.fields:
        part.unlink(missing_ok=True)
    wait = _FIRST_WAIT_S
    for attempt in range(1, _TRIES + 1):
        try:
            _fetch(wish, part, limits, progress)
            break
        except _Busy as busy:
            if attempt == _TRIES:
                raise Unavailable(f"{_host(wish)} {busy} ({_TRIES} times); try again later") from busy
            progress.report(0, None, f"{_host(wish)} {busy}; trying again")
            limits.sleep(min(busy.wait_s if busy.wait_s is not None else wait, _LONGEST_WAIT_S))
            wait *= 2
    _keep(wish, part, target)
    return target


def text_of(wish: Wish, limits: Limits) -> str:
    """Return a short answer as text, at most 64 KiB."""
    try:
        with _client(limits) as client, client.stream("GET", wish.url) as answer:
            if answer.status_code != httpx.codes.OK:
                raise Unavailable(f"{wish.url} answers {answer.status_code}")
            return next(answer.iter_bytes(_CHUNK), b"").decode("utf-8", "replace")
    except httpx.HTTPError as error:
        raise Unavailable(f"{wish.url} does not answer: {_said(error)}") from error


class _Busy(Exception):
    """The server could not just now; ``wait_s`` is how long it asked us to wait."""

    def __init__(self, message: str, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


def _client(limits: Limits) -> httpx.Client:
    agent = f"onemap-twin/{version('onemap-twin')} (city base map; one request at a time)"
    return httpx.Client(headers={"User-Agent": agent}, timeout=limits.timeout_s, follow_redirects=True, max_redirects=5)


def _fetch(wish: Wish, part: Path, limits: Limits, progress: Progress) -> None:
    had, ranged = _begun(part)
    method, data = ("POST", dict(wish.fields)) if wish.fields else ("GET", None)
    try:
        with _client(limits) as client, client.stream(method, wish.url, headers=ranged, data=data) as answer:
            if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                part.unlink()
                raise _Busy("has another file now")
            _require_good(wish, answer)
            _mark_of(part).write_text(_validator(answer), "utf-8")
            _write(answer, part, had if answer.status_code == httpx.codes.PARTIAL_CONTENT else 0, limits, progress)
    except httpx.TransportError as error:
        raise _Busy(f"broke off: {_said(error)}") from error


def _begun(part: Path) -> tuple[int, dict[str, str]]:
    """Return how much has come already, and the headers that ask for the rest (RFC 9110, 13.1.5 and 14.2).

    Without a mark nobody knows whether the server still has the same file, and it is begun anew.
    """
    had, mark = part.stat().st_size if part.exists() else 0, _mark_of(part)
    known = mark.read_text("utf-8") if had and mark.exists() else ""
    return (had, {"Range": f"bytes={had}-", "If-Range": known}) if known else (0, {})


def _mark_of(part: Path) -> Path:
    return part.with_name(part.name + _MARK)


def _validator(answer: httpx.Response) -> str:
    """Return the strong entity tag, else the date, by which a server knows a file again; or nothing."""
    tag = str(answer.headers.get("etag", ""))
    return tag if tag and not tag.startswith("W/") else str(answer.headers.get("last-modified", ""))


def _require_good(wish: Wish, answer: httpx.Response) -> None:
    if answer.status_code in _AGAIN:
        raise _Busy(f"answers {answer.status_code}", _asked_wait(answer.headers.get("retry-after")))
    if answer.status_code not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
        said = " ".join(next(answer.iter_text(_CHUNK), "")[:300].split())
        raise Unavailable(f"{_host(wish)} answers {answer.status_code} to {wish.url}: {said}")


def _write(answer: httpx.Response, part: Path, had: int, limits: Limits, progress: Progress) -> None:
    length = answer.headers.get("content-length")
    packed = "content-encoding" in answer.headers
    total = None if length is None or packed else had + int(length)
    done = had
    with part.open("ab" if had else "wb") as out:
        for block in answer.iter_bytes(_CHUNK):
            done += len(block)
            if max(done, total or 0) > limits.most_bytes:
                raise Unavailable(
                    f"{answer.url.host} sends more than {limits.most_bytes} bytes; raise TWIN_DOWNLOAD_BYTES, or "
                    "take a smaller area"
                )
            out.write(block)
            progress.report(done, total, f"fetching from {answer.url.host}")
    if total is not None and done < total:
        raise _Busy(f"broke off after {done} of {total} bytes")


def _asked_wait(text: str | None) -> float | None:
    """Return the seconds of a Retry-After header, which has a number or a date (RFC 9110, 10.2.3)."""
    if text is None:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, (email.utils.parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except ValueError:
        return None


def _keep(wish: Wish, part: Path, target: Path) -> None:
    with part.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    told = {
        "url": wish.url,
        "fields": dict(wish.fields),
        "fetched": rfc3339(datetime.now(UTC)),
        "bytes": part.stat().st_size,
        "sha256": digest,
    }
    target.with_name(target.name + ".json").write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", "utf-8")
    part.replace(target)
    _mark_of(part).unlink(missing_ok=True)


def _host(wish: Wish) -> str:
    return urlsplit(wish.url).hostname or wish.url


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
