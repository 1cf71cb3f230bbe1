"""Annotations for notebooks and scripts: read as a table, written, answered and resolved."""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas
from shapely import Point

from api.client.connection import Connection

_CRS = "EPSG:4490"
_PAGE = 200
Bbox = tuple[float, float, float, float]


class Annotations:
    """What people say of places and buildings; ``client.annotations``."""

    def __init__(self, connection: Connection) -> None:
        """Ask over a connection."""
        self._connection = connection

    def table(self, bbox: Bbox | None = None, **filters: str) -> geopandas.GeoDataFrame:
        """Return the annotations that we may see, the newest first, by their numbers, in EPSG:4490 with heights.

        ``filters`` are those of ``GET /bim/annotations``: ``state``, ``model``, ``element``, ``scheme``, ``about``
        (``buildings/12``), ``datetime``, ``as_of``. All pages are read.
        """
        query = filters | {"limit": str(_PAGE)} | ({} if bbox is None else {"bbox": ",".join(map(str, bbox))})
        rows = [_row(one) for one in self._connection.pages("/bim/annotations", query, "annotations")]
        if not rows:
            return geopandas.GeoDataFrame(geometry=[], crs=_CRS)
        return geopandas.GeoDataFrame(rows, geometry="geometry", crs=_CRS).set_index("id")

    def write(
        self, text: str, point: Sequence[float], about: Mapping[str, Any] | None = None, grade: str | None = None
    ) -> int:
        """Write an annotation at longitude, latitude (and metres over the ground), and return its number.

        ``about`` names a thing: ``{"model": …, "element": …}``, ``{"layer": …, "fid": …}``, ``{"scheme": …}`` or
        ``{"code": …}``.
        """
        body = {"text": text, "point": list(point), "about": None if about is None else dict(about), "grade": grade}
        number: int = self._do("POST", "", {name: value for name, value in body.items() if value is not None})["id"]
        return number

    def answer(self, number: int, text: str) -> None:
        """Answer an annotation."""
        self._do("POST", f"/{number}/answers", {"text": text})

    def resolve(self, number: int) -> None:
        """Say that an annotation is dealt with."""
        self._do("POST", f"/{number}/resolve", {})

    def reopen(self, number: int) -> None:
        """Say that an annotation is not dealt with after all."""
        self._do("POST", f"/{number}/reopen", {})

    def correct(self, number: int, **changes: str) -> None:
        """Correct the ``text`` or ``grade`` of one's own annotation."""
        self._do("PATCH", f"/{number}", changes)

    def remove(self, number: int) -> None:
        """Take one's own annotation back."""
        self._connection.ask("DELETE", f"/bim/annotations/{number}", None)

    def _do(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = self._connection.ask(method, f"/bim/annotations{path}", None, json=body).json()
        return told


def _row(one: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in one.items() if name not in ("links", "position", "grade_title", "mine")}
    return kept | {"geometry": Point(one["position"])}
