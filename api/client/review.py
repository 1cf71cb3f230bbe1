"""The review of design schemes for notebooks and scripts: sun, shadows, schemes and their indicators as tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import geopandas
import pandas as pd

from api.client.connection import Connection

_CRS = "EPSG:4490"
Bbox = tuple[float, float, float, float]


@dataclass(frozen=True)
class Sunlight:
    """Points with ``minutes`` and ``segments`` of sun and whether they ``meets`` the rule, and what is said of all."""

    points: geopandas.GeoDataFrame
    summary: dict[str, Any]
    rests_on: dict[str, Any]


class Review:
    """What a server says of sun, views and design schemes; ``client.review``."""

    def __init__(self, connection: Connection) -> None:
        """Ask over a connection."""
        self._connection = connection

    def rules(self) -> pd.DataFrame:
        """Return the rules of sunlight, by their ids."""
        return pd.DataFrame(self._connection.get("/bim/review/rules")["rules"]).set_index("id")

    def shadows(self, bbox: Bbox, time: str) -> geopandas.GeoDataFrame:
        """Return the shadows on the ground at an RFC 3339 instant, one multipolygon, with where the sun stands."""
        found = self._connection.get("/bim/review/shadows", {"bbox": ",".join(map(str, bbox)), "time": time})
        return geopandas.GeoDataFrame.from_features([found], crs=_CRS)

    def sunlight(self, rule: str, **options: str | float) -> Sunlight:
        """Return the sun of façades or of the ground by a rule.

        ``options`` are those of ``GET /bim/review/sunlight``: ``building="buildings/12"`` or ``bbox``, ``target``,
        ``year``, ``storeys``, ``spacing``, ``scheme``.
        """
        found = self._connection.get("/bim/review/sunlight", {"rule": rule, **options})
        points = geopandas.GeoDataFrame.from_features(found["features"], crs=_CRS)
        return Sunlight(points, found["summary"], found["rests_on"])

    def schemes(self) -> geopandas.GeoDataFrame:
        """Return the design schemes that we may see, by their ids, with their sites."""
        rows = list(self._connection.pages("/bim/schemes", {}, "schemes"))
        features = [
            {"geometry": one["site"], "properties": {"id": one["id"], "title": one["title"]["zh"]}} for one in rows
        ]
        if not features:
            return geopandas.GeoDataFrame(geometry=[], crs=_CRS)
        return geopandas.GeoDataFrame.from_features(features, crs=_CRS).set_index("id")

    def scheme(self, scheme: str) -> dict[str, Any]:
        """Return a design scheme: its site, its models, its indicators and whether it keeps its limits."""
        found: dict[str, Any] = self._connection.get(_address(scheme))
        return found

    def corridors(self, scheme: str) -> geopandas.GeoDataFrame:
        """Return what a scheme does to the view corridors that pass over it, with their lines, by their ids."""
        rows = self._connection.get(f"{_address(scheme)}/corridors")["corridors"]
        if not rows:
            return geopandas.GeoDataFrame(geometry=[], crs=_CRS)
        features = [{"geometry": one["line"], "properties": {**one, "line": None}} for one in rows]
        return geopandas.GeoDataFrame.from_features(features, crs=_CRS).drop(columns="line").set_index("corridor")

    def make(self, scheme: str, **stated: Any) -> dict[str, Any]:
        """Make a design scheme: ``site`` (GeoJSON) or ``plot`` (its code), ``title``, ``replaces``, ``limits``."""
        document = {"id": scheme, **stated}
        made: dict[str, Any] = self._connection.ask("POST", "/bim/schemes", None, json=document).json()
        return made

    def amend(self, scheme: str, **stated: Any) -> dict[str, Any]:
        """Change what is stated of a scheme; ``take=["buildings/12"]`` and ``leave`` change what it replaces."""
        amended: dict[str, Any] = self._connection.ask("PATCH", _address(scheme), None, json=stated).json()
        return amended

    def remove(self, scheme: str) -> int:
        """Remove a scheme with all that it is made of, and return how many elements that were."""
        return int(self._connection.ask("DELETE", _address(scheme), None).json()["elements"])

    def compare(self, schemes: Sequence[str]) -> pd.DataFrame:
        """Return the indicators of two to six schemes side by side; ``base`` is the district as it is."""
        told = self._connection.get("/bim/schemes/compare", {"schemes": ",".join(schemes)})["schemes"]
        columns = {
            one["title"]["zh"]: {figure["title"]["zh"]: figure["value"] for figure in one["indicators"]} for one in told
        }
        return pd.DataFrame(columns)


def _address(scheme: str) -> str:
    return f"/bim/schemes/{quote(scheme, safe='')}"
