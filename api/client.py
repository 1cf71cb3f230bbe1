"""A small client for notebooks and scripts: layers and results as tables, over the same API that everybody uses."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import geopandas
import httpx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.errors import Conflict, Forbidden, InputError, NotFound, TwinError, Unauthenticated, Unavailable

_CRS = "EPSG:4490"
_PAGE = 1000
_OVER = ("done", "failed", "cancelled")
_POLL_S = 0.5
_ERRORS: dict[int, type[TwinError]] = {401: Unauthenticated, 403: Forbidden, 404: NotFound, 409: Conflict}
Bbox = tuple[float, float, float, float]


@dataclass(frozen=True)
class WindField:
    """Winds at one height over a square: ``u`` east, ``v`` north, and the gust of 3 s, m/s.

    Arrays are (rows from the south, columns from the west), NaN inside buildings; ``bounds`` is west, south, east,
    north in degrees.
    """

    bounds: Bbox
    u: NDArray[np.float32]
    v: NDArray[np.float32]
    gust: NDArray[np.float32]


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

    def on_grid(
        self, layer_id: str, level: int, grid: str = "beidou", bbox: Bbox | None = None, total: str | None = None
    ) -> geopandas.GeoDataFrame:
        """Return the cells of a grid that a layer has things in, in EPSG:4490, indexed by their codes.

        Columns are ``count``, ``per_km2``, ``length_m``, ``area_m2``, ``area_share`` of the cell, and ``sum_…`` of the
        column ``total``.
        """
        query = {"grid": grid, "level": str(level)} | ({"sum": total} if total else {})
        query |= {"bbox": ",".join(map(str, bbox))} if bbox else {}
        features = self.get(f"/collections/{layer_id}/grid", query)["features"]
        if not features:
            return geopandas.GeoDataFrame(geometry=[], crs=_CRS)
        return geopandas.GeoDataFrame.from_features(features, crs=_CRS).set_index("code")

    def changes(
        self, layer_id: str, since: str, until: str | None = None, known_since: str | None = None
    ) -> geopandas.GeoDataFrame:
        """Return what was added, removed and changed between two RFC 3339 instants, in EPSG:4490, indexed by fid.

        ``columns`` has old and new values by column. ``known_since`` compares what was known then with what is known
        now. All pages are read.
        """
        wanted = {"since": since, "until": until, "known_since": known_since}
        query = {name: value for name, value in wanted.items() if value} | {"limit": str(_PAGE)}
        features = list(self._pages(f"/collections/{layer_id}/changes", query))
        if not features:
            return geopandas.GeoDataFrame({"kind": []}, geometry=[], crs=_CRS)
        frame = geopandas.GeoDataFrame.from_features(features, crs=_CRS)
        return frame.set_index([[feature["id"] for feature in features]]).rename_axis("fid")

    def quarantine(self, **wanted: object) -> geopandas.GeoDataFrame:
        """Return rows that were not accepted, in EPSG:4490, by number; the arguments are those of ``GET /quarantine``.

        ``reasons`` tells why, ``original`` what the file has; rows without a place have no geometry.
        """
        query = {name: str(value) for name, value in wanted.items() if value is not None} | {"limit": str(_PAGE)}
        features = list(self._pages("/quarantine", query))
        if not features:
            return geopandas.GeoDataFrame(geometry=[], crs=_CRS)
        frame = geopandas.GeoDataFrame.from_features(features, crs=_CRS)
        return frame.set_index([[feature["id"] for feature in features]]).rename_axis("id")

    def release(self, number: int, reason: str, **patch: object) -> dict[str, Any]:
        """Put a quarantined row into its layer; ``patch`` is properties, geometry, source_key or mend="make_valid"."""
        stated: dict[str, Any] = self._ask(
            "POST", f"/quarantine/{number}/release", None, json={"reason": reason, **patch}
        ).json()
        return stated

    def discard(self, number: int, reason: str) -> dict[str, Any]:
        """Let a quarantined row rest for good."""
        stated: dict[str, Any] = self._ask(
            "POST", f"/quarantine/{number}/discard", None, json={"reason": reason}
        ).json()
        return stated

    def quality(self, layer_id: str | None = None, load: int | None = None) -> dict[str, Any]:
        """Return the report on the quality of a layer, or of what a load brought."""
        path = f"/collections/{layer_id}/quality" if load is None else f"/loads/{load}/quality"
        report: dict[str, Any] = self.get(path, {"f": "json"})
        return report

    def search(self, text: str, limit: int = 10) -> list[dict[str, Any]]:
        """Return what has ``text`` in its name or address, best first."""
        results: list[dict[str, Any]] = self.get("/search", {"q": text, "limit": str(limit)})["results"]
        return results

    def geocode(self, text: str, limit: int = 5) -> list[dict[str, Any]]:
        """Return places (EPSG:4490) of an address or name, best first, with ``confidence`` and how it was matched."""
        answers: list[dict[str, Any]] = self.get("/geocode", {"q": text, "limit": str(limit)})["answers"]
        return answers

    def runs(self, scenario: str, limit: int = 20) -> pd.DataFrame:
        """Return the newest runs of a scenario, the last one first, indexed by their ids."""
        found = self.get(f"/scenarios/{scenario}/runs", {"limit": str(limit)})["runs"]
        names = ["id", "title", "state", "principal", "created", "begins", "steps", "shown"]
        return pd.DataFrame(found).reindex(columns=names).set_index("id")

    def run(
        self, scenario: str, request: Mapping[str, Any], title: str | None = None, wait_s: float = 600
    ) -> dict[str, Any]:
        """Ask for a run, wait until it is over, and return it; with ``wait_s`` 0, return it as it was taken in.

        Raises Conflict with the reason where it failed or was cancelled, Unavailable where it takes longer.
        """
        named = {"title": title} if title else {}
        run: dict[str, Any] = self._ask("POST", f"/scenarios/{scenario}/runs", named, json=dict(request)).json()
        until = time.monotonic() + wait_s
        while wait_s and run["state"] not in _OVER:
            if time.monotonic() > until:
                raise Unavailable(f"run {run['id']} is still {run['state']} after {wait_s:g} s; it goes on")
            time.sleep(_POLL_S)
            run = self.get(f"/scenarios/{scenario}/runs/{run['id']}")
        if run["state"] in ("failed", "cancelled"):
            raise Conflict(f"run {run['id']} is {run['state']}: {run['progress']['message']}")
        return run

    def objects(self, scenario: str, run: int, limit: int = 50) -> pd.DataFrame:
        """Return what a run finds in danger, the worst first, by rank; owners are for those who may see them."""
        found = self.get(f"/scenarios/{scenario}/runs/{run}/objects", {"limit": str(limit)})["objects"]
        return pd.DataFrame(found).set_index("rank") if found else pd.DataFrame()

    def field(
        self, speed_ms: float, from_deg: float, height_m: float = 2.0, run: int | None = None, quality: str = "best"
    ) -> WindField:
        """Return the wind over the district at a height, from the fields that the server keeps.

        ``speed_ms`` blows over open country at 10 m (mean of ten minutes) from ``from_deg``; ``run`` is one whose
        changed district is meant; fields that are compared want the same ``quality``. Raises NotFound with the
        way out where no field is kept.
        """
        wind = {"speed": f"{speed_ms:g}", "from": f"{from_deg:g}"}
        query = wind | {"height": f"{height_m:g}", "quality": quality}
        answer = self._ask("GET", "/scenarios/wind/field", query | ({"run": str(run)} if run else {}))
        shape = [int(n) for n in answer.headers["Twin-Shape"].split(",")]
        west, south, east, north = map(float, answer.headers["Twin-Bounds"].split(","))
        u, v, gust = np.frombuffer(answer.content, "<f4").reshape(shape)
        return WindField((west, south, east, north), u, v, gust)

    def facades(self, speed_ms: float, from_deg: float, run: int | None = None) -> geopandas.GeoDataFrame:
        """Return the façade cells in EPSG:4490 with ``eta``, their demand over design in a wind, worst first.

        A cell is a thin polygon with ``base_m`` and ``height_m`` (its top) above the ground, and the ``name`` and
        ``key`` of its building. The wind is that of ``field``.
        """
        whose = {"run": str(run)} if run else {}
        cells = self.get("/scenarios/wind/facades", whose)["features"]
        query = {"speed": f"{speed_ms:g}", "from": f"{from_deg:g}"} | whose
        frame = geopandas.GeoDataFrame.from_features(cells, crs=_CRS)
        frame["eta"] = np.frombuffer(self._ask("GET", "/scenarios/wind/facades/eta", query).content, "<f4")
        return frame.sort_values("eta", ascending=False)

    def get(self, path: str, query: dict[str, str] | None = None) -> Any:
        """Return a JSON document; what the server refuses is raised with the server's own sentence."""
        return self._ask("GET", path, query).json()

    def _ask(self, method: str, path: str, query: dict[str, str] | None, **more: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, params=query, **more)
        except httpx.TransportError as error:
            raise Unavailable(f"{self._http.base_url} does not answer ({error}); is the server up? twin up") from error
        if answer.is_success:
            return answer
        kind = _ERRORS.get(answer.status_code, InputError if answer.status_code < 500 else Unavailable)
        raise kind(_detail(answer))

    def _items(self, layer_id: str, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        yield from self._pages(f"/collections/{layer_id}/items", query | {"limit": str(_PAGE), "f": "json"})

    def _pages(self, path: str, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        page = self.get(path, query)
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
