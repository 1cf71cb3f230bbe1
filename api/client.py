"""A small client for notebooks and scripts: layers as GeoDataFrames, over the same API that everybody uses."""

from collections.abc import Iterator
from types import TracebackType
from typing import Any

import geopandas
import httpx

from layers.errors import InputError, NotFound, TwinError, Unauthenticated, Unavailable

_CRS = "EPSG:4490"
_PAGE = 1000
_ERRORS: dict[int, type[TwinError]] = {401: Unauthenticated, 404: NotFound}
Bbox = tuple[float, float, float, float]


class Client:
    """Talks to one server; use it as a context, or close it."""

    def __init__(self, url: str = "http://127.0.0.1:8000", token: str | None = None, timeout_s: float = 60) -> None:
        """Talk to the server at ``url``, as the principal of ``token`` or as anonymous."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout_s)

    def __enter__(self) -> "Client":
        """Return the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def layers(self) -> dict[str, str]:
        """Return the titles of the layers that we may see, by their ids."""
        collections = self.get("/collections", {"f": "json"})["collections"]
        return {collection["id"]: collection["title"] for collection in collections}

    def layer(
        self, layer_id: str, bbox: Bbox | None = None, datetime: str | None = None, **equal: object
    ) -> geopandas.GeoDataFrame:
        """Return the items of a layer as a GeoDataFrame in EPSG:4490, indexed by fid.

        ``bbox`` is west, south, east, north in degrees; ``datetime`` an instant or interval in RFC 3339; other
        arguments filter by equality of a column. All pages are read.
        """
        wanted = {"bbox": ",".join(map(str, bbox)) if bbox else None, "datetime": datetime, **equal}
        query = {name: str(value) for name, value in wanted.items() if value is not None}
        features = list(self._items(layer_id, query))
        if not features:
            return geopandas.GeoDataFrame(geometry=[], crs=_CRS)
        frame = geopandas.GeoDataFrame.from_features(features, crs=_CRS)
        return frame.set_index([[feature["id"] for feature in features]]).rename_axis("fid")

    def search(self, text: str, limit: int = 10) -> list[dict[str, Any]]:
        """Return what has ``text`` in its name or address, best first."""
        results: list[dict[str, Any]] = self.get("/search", {"q": text, "limit": str(limit)})["results"]
        return results

    def get(self, path: str, query: dict[str, str] | None = None) -> Any:
        """Return a JSON document; what the server refuses is raised with the server's own sentence."""
        try:
            answer = self._http.get(path, params=query)
        except httpx.TransportError as error:
            raise Unavailable(f"{self._http.base_url} does not answer ({error}); is the server up? twin up") from error
        if answer.is_success:
            return answer.json()
        kind = _ERRORS.get(answer.status_code, InputError if answer.status_code < 500 else Unavailable)
        raise kind(_detail(answer))

    def _items(self, layer_id: str, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        page = self.get(f"/collections/{layer_id}/items", query | {"limit": str(_PAGE), "f": "json"})
        while True:
            yield from page["features"]
            following = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
            if following is None:
                return
            page = self.get(following)


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError):
        return f"{answer.request.url}: status {answer.status_code}"
