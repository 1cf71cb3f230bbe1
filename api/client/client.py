"""Layers, results, tasks of stewards and winds of one server, as tables."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

import geopandas
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from api.client.alarms import Alarms
from api.client.annotations import Annotations
from api.client.buildings import Buildings
from api.client.connection import Connection
from api.client.readings import latest, observations
from api.client.review import Review
from layers.errors import Conflict, InputError, Unavailable

_CRS = "EPSG:4490"
_PAGE = 1000
_OVER = ("done", "failed", "cancelled")
_POLL_S = 0.5
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
        self._connection = Connection(url, token, timeout_s)
        self.buildings = Buildings(self._connection)
        self.review = Review(self._connection)
        self.annotations = Annotations(self._connection)
        self.alarms = Alarms(self._connection)

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
        self._connection.close()

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
        parameters = {"bbox": ",".join(map(str, bbox)) if bbox else None, "datetime": datetime, **equal}
        query = {name: str(value) for name, value in parameters.items() if value is not None}
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

    def crosswalk(self, grid: str, level: int, to: str, bbox: Bbox, to_level: int | None = None) -> pd.DataFrame:
        """Return which cells share ground with which cells of another grid, or areas of a layer (``to``).

        Columns are ``from``, ``to``, ``area_m2``, ``share`` of the cell, and ``share_back`` of the other area.
        """
        query = {"level": str(level), "to": to, "bbox": ",".join(map(str, bbox))}
        query |= {} if to_level is None else {"to_level": str(to_level)}
        names = ["from", "to", "area_m2", "share", "share_back"]
        return pd.DataFrame(self.get(f"/grids/{grid}/crosswalk", query)["pairs"]).reindex(columns=names)

    def changes(
        self, layer_id: str, since: str, until: str | None = None, known_since: str | None = None
    ) -> geopandas.GeoDataFrame:
        """Return what was added, removed and changed between two RFC 3339 instants, in EPSG:4490, indexed by fid.

        ``columns`` has old and new values by column. ``known_since`` compares what was known then with what is known
        now. All pages are read.
        """
        parameters = {"since": since, "until": until, "known_since": known_since}
        query = {name: value for name, value in parameters.items() if value} | {"limit": str(_PAGE)}
        features = list(self._pages(f"/collections/{layer_id}/changes", query))
        if not features:
            return geopandas.GeoDataFrame({"kind": []}, geometry=[], crs=_CRS)
        frame = geopandas.GeoDataFrame.from_features(features, crs=_CRS)
        return frame.set_index([[feature["id"] for feature in features]]).rename_axis("fid")

    def instants(self, layer_id: str, axis: str = "valid", as_of: str | None = None) -> pd.DataFrame:
        """Return how much was ``added``, ``removed`` and ``changed`` at each instant, in UTC.

        ``axis`` is ``valid``, when the world changed, as known at ``as_of``; or ``known``, when what is known did.
        """
        query = {"axis": axis} | ({"as_of": as_of} if as_of else {})
        rows = self.get(f"/collections/{layer_id}/instants", query)["instants"]
        frame = pd.DataFrame(rows, columns=["at", "added", "removed", "changed"])
        return frame.assign(at=pd.to_datetime(frame["at"], format="ISO8601", utc=True)).set_index("at")

    def load(self, path: Path | str, wait_s: float = 600, **options: str | list[str]) -> dict[str, Any]:
        """Upload a file, wait until the worker has loaded it, and return the summary.

        ``options`` are those of ``POST /jobs/loads``: ``layer``, ``dataset``, ``key``, ``crs``, ``map="old=new"`` …,
        those that may be stated several times as lists too.
        Raises Conflict with the reason where it failed, Unavailable where it takes longer.
        """
        with Path(path).open("rb") as file:
            sent = {"files": {"file": (Path(path).name, file)}, "data": {"options": urlencode(options, doseq=True)}}
            job = self._ask("POST", "/jobs/loads", None, **sent).json()
        return self.wait(job["id"], wait_s)

    def load_model(self, path: Path | str, wait_s: float = 600, **options: str | list[str]) -> dict[str, Any]:
        """Upload a building model, wait until the worker has loaded it, and return the summary.

        ``options`` are those of ``POST /jobs/models``: ``model``, ``at``, ``heading``, ``crs``, ``scheme`` …
        """
        with Path(path).open("rb") as file:
            sent = {"files": {"file": (Path(path).name, file)}, "data": {"options": urlencode(options, doseq=True)}}
            job = self._ask("POST", "/jobs/models", None, **sent).json()
        return self.wait(job["id"], wait_s)

    def check_model(
        self, path: Path | str, ids: Path | str | None = None, wait_s: float = 600, **options: str
    ) -> dict[str, Any]:
        """Upload a building model, wait until it has been checked against a specification (IDS), return the report."""
        with ExitStack() as opened:
            named = {"file": Path(path)} | ({} if ids is None else {"ids": Path(ids)})
            files = {name: (one.name, opened.enter_context(one.open("rb"))) for name, one in named.items()}
            job = self._ask("POST", "/jobs/checks", None, files=files, data={"options": urlencode(options)}).json()
        self.wait(job["id"], wait_s)
        report: dict[str, Any] = self.get(f"/jobs/{job['id']}/report")
        return report

    def wait(self, number: int, wait_s: float = 600) -> dict[str, Any]:
        """Wait until a job is over, and return its result; raises as ``load`` does."""
        until = time.monotonic() + wait_s
        while (job := self.get(f"/jobs/{number}"))["state"] not in _OVER:
            if time.monotonic() > until:
                raise Unavailable(f"job {number} is still {job['state']} after {wait_s:g} s; it continues")
            time.sleep(_POLL_S)
        if job["state"] != "done":
            raise Conflict(f"job {number} is {job['state']}: {job['message']}")
        return job["result"] or {}

    def latest(self, bbox: Bbox | None = None, datetime: str | None = None, **equal: object) -> geopandas.GeoDataFrame:
        """Return the newest reading of each datastream in a box, or the last one before ``datetime``, by datastream.

        Columns are those of the layer ``readings``; ``time`` is UTC. Other arguments filter by equality of a column.
        """
        return latest(self.layer("readings", bbox, datetime, **equal))

    def observations(
        self,
        datastreams: Iterable[int] | None = None,
        things: Iterable[int] | None = None,
        datetime: str | None = None,
        zone: str = "Asia/Shanghai",
    ) -> pd.DataFrame:
        """Return the observations of datastreams, or of all datastreams of things, one a row, with name and unit.

        ``datetime`` is an instant or an interval ``a/b`` in RFC 3339; ``time`` is in ``zone``. What is no number
        is in ``text``.
        """
        return observations(self._connection, datastreams, things, datetime, zone)

    def quarantine(self, **parameters: object) -> geopandas.GeoDataFrame:
        """Return rows that were not accepted, in EPSG:4490, by number; the arguments are those of ``GET /quarantine``.

        ``reasons`` tells why, ``original`` what the file has; rows without a place have no geometry.
        """
        query = {name: str(value) for name, value in parameters.items() if value is not None} | {"limit": str(_PAGE)}
        features = list(self._pages("/quarantine", query))
        if not features:
            return geopandas.GeoDataFrame(geometry=[], crs=_CRS)
        frame = geopandas.GeoDataFrame.from_features(features, crs=_CRS)
        return frame.set_index([[feature["id"] for feature in features]]).rename_axis("id")

    def release(self, number: int, reason: str, **patch: object) -> dict[str, Any]:
        """Release a quarantined row into its layer; ``patch``: properties, geometry, source_key, mend="make_valid"."""
        row: dict[str, Any] = self._ask(
            "POST", f"/quarantine/{number}/release", None, json={"reason": reason, **patch}
        ).json()
        return row

    def discard(self, number: int, reason: str) -> dict[str, Any]:
        """Discard a quarantined row for good."""
        row: dict[str, Any] = self._ask("POST", f"/quarantine/{number}/discard", None, json={"reason": reason}).json()
        return row

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

    def matches(self, layer: str, state: str | None = "proposed", relation: str | None = "same") -> pd.DataFrame:
        """Return the matches of a layer, the likeliest first, indexed by id, with the features of both objects."""
        parameters = {"layer": layer, "state": state, "relation": relation, "limit": "200"}
        query = {name: value for name, value in parameters.items() if value}
        matches = self._connection.pages("/matches", query, "matches")
        rows = [{**each, "a": each["objects"]["a"], "b": each["objects"]["b"]} for each in matches]
        names = ["id", "score", "state", "relation", "parts", "a", "b", "survivor", "filled", "principal", "reason"]
        return pd.DataFrame(rows).reindex(columns=names).set_index("id")

    def propose_matches(self, layer: str, between: tuple[str, str] | None = None) -> int:
        """Ask for a comparison of a layer's datasets, and return the number of its job."""
        query = {"between": ",".join(between)} if between else {}
        return int(self._ask("POST", f"/matches/{layer}", query).json()["id"])

    def decide_match(self, number: int, act: str, reason: str, survivor: int | None = None) -> dict[str, Any]:
        """Accept, refuse or undo a match (``act``) for a reason, and return it as it is now."""
        if act not in ("accept", "refuse", "undo"):
            raise InputError(f"act: {act!r} is none of accept, refuse, undo")
        body = {"reason": reason} | ({} if survivor is None else {"survivor": survivor})
        decided: dict[str, Any] = self._ask("POST", f"/matches/{number}/{act}", None, json=body).json()
        return decided

    def assign_codes(self, layer: str, division: str | None = None) -> dict[str, Any]:
        """Give codes to the objects of a layer that have none; ``division`` is for those that lie in no known one."""
        query = {"division": division} if division else {}
        assigned: dict[str, Any] = self._ask("POST", f"/codes/{layer}", query).json()
        return assigned

    def object(self, code: str) -> dict[str, Any]:
        """Return everything that is known of the object of a unified code."""
        document: dict[str, Any] = self.get(f"/objects/{code}")
        return document

    def rasters(self) -> pd.DataFrame:
        """Return the rasters that we may see, indexed by their ids: titles, kind, date, bounds, size of pixels."""
        rows = self.get("/rasters")["rasters"]
        names = ["id", "title", "kind", "date", "bounds", "pixel_m", "bands", "elevation", "legend"]
        return pd.DataFrame(rows).reindex(columns=names).set_index("id")

    def raster_value(self, raster: str, lon: float, lat: float, datetime: str | None = None) -> dict[str, Any]:
        """Return what a raster has at a place: ``state``, the ``pixel``, and ``bands`` with ``value`` and ``unit``."""
        query = {"lon": str(lon), "lat": str(lat)} | ({"datetime": datetime} if datetime else {})
        document: dict[str, Any] = self.get(f"/rasters/{raster}/value", query)
        return document

    def zonal(
        self, raster: str, zones: geopandas.GeoDataFrame | str, bbox: Bbox | None = None, **options: str | float
    ) -> geopandas.GeoDataFrame:
        """Return statistics of a raster by zones, in EPSG:4490: polygons of a frame, or the rows of a layer by its id.

        ``options`` are ``band``, ``rule`` (fraction or centre) and ``percentiles`` ("10,90"). With ``level``, ``zones``
        is the name of a grid.
        """
        query = {name: str(value) for name, value in options.items()}
        query |= {"bbox": ",".join(map(str, bbox))} if bbox else {}
        if isinstance(zones, str):
            zone_query = {"grid": zones} if "level" in query else {"collection": zones}
            answer = self._ask("POST", f"/rasters/{raster}/zonal", query | zone_query)
        else:
            geojson = json.loads(zones.to_crs(_CRS).to_json(drop_id=False))
            answer = self._ask("POST", f"/rasters/{raster}/zonal", query, json=geojson)
        features = answer.json()["features"]
        if not features:
            return geopandas.GeoDataFrame(geometry=[], crs=_CRS)
        frame = geopandas.GeoDataFrame.from_features(features, crs=_CRS)
        return frame.set_index([[feature["id"] for feature in features]]).rename_axis("zone")

    def runs(self, scenario: str, limit: int = 20) -> pd.DataFrame:
        """Return the newest runs of a scenario, the last one first, indexed by their ids."""
        rows = self.get(f"/scenarios/{scenario}/runs", {"limit": str(limit)})["runs"]
        names = ["id", "title", "state", "principal", "created", "begins", "steps", "shown"]
        return pd.DataFrame(rows).reindex(columns=names).set_index("id")

    def run(
        self, scenario: str, request: Mapping[str, Any], title: str | None = None, wait_s: float = 600
    ) -> dict[str, Any]:
        """Ask for a run, wait until it is over, and return it; with ``wait_s`` 0, return it as it was taken in.

        Raises Conflict with the reason where it failed or was cancelled, Unavailable where it takes longer.
        """
        query = {"title": title} if title else {}
        run: dict[str, Any] = self._ask("POST", f"/scenarios/{scenario}/runs", query, json=dict(request)).json()
        until = time.monotonic() + wait_s
        while wait_s and run["state"] not in _OVER:
            if time.monotonic() > until:
                raise Unavailable(f"run {run['id']} is still {run['state']} after {wait_s:g} s; it continues")
            time.sleep(_POLL_S)
            run = self.get(f"/scenarios/{scenario}/runs/{run['id']}")
        if run["state"] in ("failed", "cancelled"):
            raise Conflict(f"run {run['id']} is {run['state']}: {run['progress']['message']}")
        return run

    def objects(self, scenario: str, run: int, limit: int = 50) -> pd.DataFrame:
        """Return what a run finds in danger, the worst first, by rank; owners are for those who may see them."""
        rows = self.get(f"/scenarios/{scenario}/runs/{run}/objects", {"limit": str(limit)})["objects"]
        return pd.DataFrame(rows).set_index("rank") if rows else pd.DataFrame()

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
        return self._connection.get(path, query)

    def _ask(self, method: str, path: str, query: dict[str, str] | None, **more: Any) -> Any:
        return self._connection.ask(method, path, query, **more)

    def _items(self, layer_id: str, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        yield from self._pages(f"/collections/{layer_id}/items", query | {"limit": str(_PAGE), "f": "json"})

    def _pages(self, path: str, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        return self._connection.pages(path, query)
