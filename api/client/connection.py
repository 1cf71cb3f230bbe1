"""The connection of the client: requests, pages, and refusals in the server's own sentences."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from layers.errors import Conflict, Forbidden, InputError, NotFound, TwinError, Unauthenticated, Unavailable

_ERRORS: dict[int, type[TwinError]] = {401: Unauthenticated, 403: Forbidden, 404: NotFound, 409: Conflict}


class Connection:
    """Talks to one server."""

    def __init__(self, url: str, token: str | None, timeout_s: float) -> None:
        """Talk to the server at ``url``, as the principal of ``token`` or as anonymous."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout_s)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """Return a JSON document; what the server refuses is raised with the server's own sentence."""
        return self.ask("GET", path, query).json()

    def ask(self, method: str, path: str, query: Mapping[str, Any] | None, **more: Any) -> httpx.Response:
        """Return an answer; raise what a refusal is, or Unavailable where nobody answers."""
        try:
            answer = self._http.request(method, path, params=query, **more)
        except httpx.TransportError as error:
            raise Unavailable(
                f"{self._http.base_url} does not answer ({error}); start the server with: twin up"
            ) from error
        if answer.is_success:
            return answer
        kind = _ERRORS.get(answer.status_code, InputError if answer.status_code < 500 else Unavailable)
        raise kind(_detail(answer))

    def pages(self, path: str, query: Mapping[str, Any], member: str = "features") -> Iterator[dict[str, Any]]:
        """Yield what the pages of a list have under ``member``, from the first page to the last."""
        page = self.get(path, query)
        while True:
            yield from page[member]
            following = _next(page)
            if following is None:
                return
            page = self.get(following)


def _next(page: Mapping[str, Any]) -> str | None:
    return next((link["href"] for link in page["links"] if link["rel"] == "next"), None)


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError):
        return f"{answer.request.url}: status {answer.status_code}"
