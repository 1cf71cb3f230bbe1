"""Downloads of one file over HTTP: with retries, a size limit, resumption, and renamed into place when complete."""

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
from layers.ops.jobs.progress import Progress
from layers.temporal import rfc3339

_CHUNK = 1 << 16
# The answers that are tried again: too many requests, and gateways' answers for servers that are busy or down.
_RETRIED = frozenset({429, 502, 503, 504})
_TRIES = 5
_FIRST_WAIT_S, _LONGEST_WAIT_S = 2.0, 120.0
# Beside the target: the bytes received so far, and the validator by which the server recognises the same file.
_PART, _VALIDATOR = ".part", ".mark"


@dataclass(frozen=True)
class Limits:
    """The timeout of one read in seconds, the most bytes of a file, and the function that waits before the next try."""

    timeout_s: float
    most_bytes: int
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Request:
    """A request: a GET, or a POST of form ``fields``."""

    url: str
    fields: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Raise ParameterError unless the URL is one of http or https."""
        require_web(self.url)


def require_web(url: str) -> None:
    """Raise ParameterError unless the address is of http or https and names a host."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ParameterError("url", f"{url!r} is not an http or https address")


def download(request: Request, target: Path, limits: Limits, progress: Progress) -> Path:
    """Fetch a file to ``target``, and write its origin and time to a ``.json`` beside it.

    An interrupted GET is resumed. Raises Unavailable when the server does not deliver the file after all tries, or when
    it is too large.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + _PART)
    if request.fields:
        part.unlink(missing_ok=True)
    wait = _FIRST_WAIT_S
    for attempt in range(1, _TRIES + 1):
        try:
            _fetch(request, part, limits, progress)
            break
        except _Busy as busy:
            if attempt == _TRIES:
                raise Unavailable(f"{_host(request)} {busy} ({_TRIES} times); try again later") from busy
            progress.report(0, None, f"{_host(request)} {busy}; trying again")
            limits.sleep(min(busy.wait_s if busy.wait_s is not None else wait, _LONGEST_WAIT_S))
            wait *= 2
    _finish(request, part, target)
    return target


def text_of(request: Request, limits: Limits) -> str:
    """Return a short answer as text, at most 64 KiB."""
    try:
        with _client(limits) as client, client.stream("GET", request.url) as answer:
            if answer.status_code != httpx.codes.OK:
                raise Unavailable(f"{request.url} answers {answer.status_code}")
            return next(answer.iter_bytes(_CHUNK), b"").decode("utf-8", "replace")
    except httpx.HTTPError as error:
        raise Unavailable(f"{request.url} does not answer: {_reason(error)}") from error


class _Busy(Exception):
    """The server is busy for now; ``wait_s`` is how long it asks us to wait."""

    def __init__(self, message: str, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


def _client(limits: Limits) -> httpx.Client:
    agent = f"onemap-twin/{version('onemap-twin')} (city base map; one request at a time)"
    return httpx.Client(headers={"User-Agent": agent}, timeout=limits.timeout_s, follow_redirects=True, max_redirects=5)


def _fetch(request: Request, part: Path, limits: Limits, progress: Progress) -> None:
    received, headers = _resumption(part)
    method, data = ("POST", dict(request.fields)) if request.fields else ("GET", None)
    try:
        with _client(limits) as client, client.stream(method, request.url, headers=headers, data=data) as answer:
            if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                part.unlink()
                raise _Busy("has a different file now")
            _require_good(request, answer)
            _validator_file(part).write_text(_validator(answer), "utf-8")
            _write(answer, part, received if answer.status_code == httpx.codes.PARTIAL_CONTENT else 0, limits, progress)
    except httpx.TransportError as error:
        raise _Busy(f"connection lost: {_reason(error)}") from error


def _resumption(part: Path) -> tuple[int, dict[str, str]]:
    """Return how many bytes are there already, and the headers that ask for the rest (RFC 9110, 13.1.5 and 14.2).

    Without a validator the file may have changed on the server, and the download starts again.
    """
    received, validator_file = part.stat().st_size if part.exists() else 0, _validator_file(part)
    validator = validator_file.read_text("utf-8") if received and validator_file.exists() else ""
    return (received, {"Range": f"bytes={received}-", "If-Range": validator}) if validator else (0, {})


def _validator_file(part: Path) -> Path:
    return part.with_name(part.name + _VALIDATOR)


def _validator(answer: httpx.Response) -> str:
    """Return the strong entity tag, else the date, by which a server recognises a file; or an empty text."""
    tag = str(answer.headers.get("etag", ""))
    return tag if tag and not tag.startswith("W/") else str(answer.headers.get("last-modified", ""))


def _require_good(request: Request, answer: httpx.Response) -> None:
    if answer.status_code in _RETRIED:
        raise _Busy(f"answers {answer.status_code}", _retry_after(answer.headers.get("retry-after")))
    if answer.status_code not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
        body = " ".join(next(answer.iter_text(_CHUNK), "")[:300].split())
        raise Unavailable(f"{_host(request)} answers {answer.status_code} to {request.url}: {body}")


def _write(answer: httpx.Response, part: Path, received: int, limits: Limits, progress: Progress) -> None:
    length = answer.headers.get("content-length")
    encoded = "content-encoding" in answer.headers
    total = None if length is None or encoded else received + int(length)
    done = received
    with part.open("ab" if received else "wb") as out:
        for block in answer.iter_bytes(_CHUNK):
            done += len(block)
            if max(done, total or 0) > limits.most_bytes:
                raise Unavailable(
                    f"{answer.url.host} sends more than {limits.most_bytes} bytes; raise TWIN_DOWNLOAD_BYTES, or "
                    "choose a smaller area"
                )
            out.write(block)
            progress.report(done, total, f"fetching from {answer.url.host}")
    if total is not None and done < total:
        raise _Busy(f"connection lost after {done} of {total} bytes")


def _retry_after(text: str | None) -> float | None:
    """Return the seconds of a Retry-After header, which has a number or a date (RFC 9110, 10.2.3)."""
    if text is None:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, (email.utils.parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except ValueError:
        return None


def _finish(request: Request, part: Path, target: Path) -> None:
    with part.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    record = {
        "url": request.url,
        "fields": dict(request.fields),
        "fetched": rfc3339(datetime.now(UTC)),
        "bytes": part.stat().st_size,
        "sha256": digest,
    }
    target.with_name(target.name + ".json").write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", "utf-8")
    part.replace(target)
    _validator_file(part).unlink(missing_ok=True)


def _host(request: Request) -> str:
    return urlsplit(request.url).hostname or request.url


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
