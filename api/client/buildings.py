"""Building models for notebooks and scripts: models, elements, clashes and extracts as tables and files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from api.client.connection import Connection

_PAGE = 1000
Filter = str | float | bool | list[str]


class Buildings:
    """What a server has of buildings in 3-D; ``client.buildings``."""

    def __init__(self, connection: Connection) -> None:
        """Ask over a connection."""
        self._connection = connection

    def models(self, bbox: tuple[float, float, float, float] | None = None) -> pd.DataFrame:
        """Return the models that we may see, by their ids: title, date, format, schema, position.

        ``bbox`` is west, south, east, north in degrees.
        """
        query = {} if bbox is None else {"bbox": ",".join(map(str, bbox))}
        rows = self._connection.pages("/bim/models", query, "models")
        names = ["id", "title", "date", "format", "schema", "position"]
        return pd.DataFrame(rows).reindex(columns=names).set_index("id")

    def model(self, model: str) -> dict[str, Any]:
        """Return all that is known of a model: storeys, numbers by class, georeference, defects."""
        found: dict[str, Any] = self._connection.get(_path(model))
        return found

    def storeys(self, model: str) -> pd.DataFrame:
        """Return the storeys of a model by their ids, from the lowest up; heights in metres over its zero."""
        rows = self.model(model)["storeys"]
        names = ["id", "name", "long_name", "min_height_m", "height_m", "spaces", "elements"]
        return pd.DataFrame(rows).reindex(columns=names).set_index("id")

    def elements(self, model: str, **filters: Filter) -> pd.DataFrame:
        """Return the elements of a model that are meant, by their ids; all pages are read.

        ``filters`` are those of ``GET /bim/models/{model}/elements``: ``class_``, ``kind``, ``storey``, ``property`` …,
        those that may be stated several times as lists too. Volumes are in m³, None where a shape is not closed.
        """
        query = _query(filters) | {"limit": _PAGE}
        rows = list(self._connection.pages(f"{_path(model)}/elements", query, "elements"))
        return pd.DataFrame(rows).set_index("id") if rows else pd.DataFrame()

    def element(self, model: str, element: str) -> dict[str, Any]:
        """Return one element by its id: properties, quantities, what it is in and what it holds."""
        found: dict[str, Any] = self._connection.get(f"{_path(model)}/elements/{quote(element, safe='')}")
        return found

    def extract(self, model: str, to: Path | str, **filters: Filter) -> Path:
        """Write the elements that are meant as a binary glTF file of their own, and return its path."""
        answer = self._connection.ask("GET", f"{_path(model)}/extract.glb", _query(filters))
        path = Path(to)
        path.write_bytes(answer.content)
        return path

    def placement(self, model: str) -> dict[str, Any]:
        """Return where a model stands, what its file says of that, and all that was ever said by hand."""
        found: dict[str, Any] = self._connection.get(f"{_path(model)}/placement")
        return found

    def move(self, model: str, why: str, **asked: float | list[float]) -> dict[str, Any]:
        """Move a model by hand, and return where it stands then; what is not stated stays as it is.

        ``asked`` has ``lon`` and ``lat`` (degrees), or ``east_m`` and ``north_m`` from where it stands; ``height_m`` or
        ``up_m``; ``heading_deg`` from 0 to 360, from east to its x-axis, anticlockwise; ``anchor``, the point of the
        model that they are of. It takes the role steward.
        """
        answer = self._connection.ask("PATCH", f"{_path(model)}/placement", None, json={"why": why, **asked})
        return dict(answer.json())

    def take_back(self, model: str, why: str) -> dict[str, Any]:
        """Let a model stand where its file says again, and return where that is."""
        return dict(self._connection.ask("DELETE", f"{_path(model)}/placement", {"why": why}).json())

    def clashes(self, model: str, **filters: Filter) -> pd.DataFrame:
        """Return which elements take each other's room, the deepest first; ``filters`` are those of the route."""
        return pd.DataFrame(self._connection.get(f"{_path(model)}/clashes", _query(filters))["clashes"])


def _path(model: str) -> str:
    return f"/bim/models/{quote(model, safe='')}"


def _query(filters: Mapping[str, Filter]) -> dict[str, Any]:
    """Return filters as parameters; a name of Python's own, as ``class``, is written with ``_`` at its end."""
    return {name.rstrip("_"): value for name, value in filters.items()}
