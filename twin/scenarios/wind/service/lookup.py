"""Lookups of a wind for API and CLI: in the live fields of the district, or in those of a what-if run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from layers.access import Decision
from layers.errors import NotFound, ParameterError
from layers.store import Database
from twin.runs import record
from twin.scenario import run_folder
from twin.scenarios.wind.library.library import Library
from twin.scenarios.wind.risk.facade import eta
from twin.scenarios.wind.service.city import City, city_of
from twin.scenarios.wind.service.exposure import Exposed
from twin.scenarios.wind.service.features import panels
from twin.scenarios.wind.service.fields import live_library
from twin.scenarios.wind.service.request import FASTEST_MS, ChangeIn
from twin.scenarios.wind.service.run import change_of
from twin.scenarios.wind.service.status import surveyed
from twin.scenarios.wind.service.survey import Survey


@dataclass(frozen=True)
class WindQuery:
    """A wind to look up: m/s over open country (ten-minute mean, 10 m), and where it blows from.

    ``quality`` is that of the fields: the best available, unless two fields are to be compared at the same quality.
    """

    speed_ms: float
    from_deg: float
    quality: str = "best"

    def __post_init__(self) -> None:
        """Refuse speeds and directions out of range."""
        if not 0.0 <= self.speed_ms <= FASTEST_MS:
            raise ParameterError("speed", f"{self.speed_ms:g} m/s is not between 0 and {FASTEST_MS:g}")
        if not 0.0 <= self.from_deg <= 360.0:
            raise ParameterError("from", f"{self.from_deg:g}° is not between 0 and 360")


@dataclass(frozen=True)
class Scene:
    """The district of a lookup, live or as changed by a run, and the folder of its fields."""

    survey: Survey
    city: City
    home: Path

    @cached_property
    def exposed(self) -> Exposed:
        """Return the exposure; its façades do not depend on the time of day."""
        return Exposed(self.survey, self.city, datetime.now(UTC))

    def library(self, query: WindQuery) -> Library:
        """Return fields that cover the wind, or raise NotFound that says how to build them."""
        return live_library(self.home, self.city.district, query, query.quality)


def scene_of(database: Database, home: Path, run: int | None = None) -> Scene:
    """Return the live district, or that of run ``run``; cached until the map is edited."""
    survey, city = surveyed(database)
    if run is None:
        return _live(_Survey(survey, city), home)
    past_run = record.get(database, run)
    if past_run.scenario != "wind":
        raise NotFound(f"run {run} is not of the wind scenario")
    if past_run.request.get("change") is None:
        return _live(_Survey(survey, city), home)
    return _changed(_Survey(survey, city), home, run, orjson.dumps(past_run.request["change"]))


@dataclass(frozen=True, eq=False)
class _Survey:
    """A survey and its city, compared by the survey's identity: ``surveyed`` returns the same one until an edit."""

    survey: Survey
    city: City

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Survey) and other.survey is self.survey

    def __hash__(self) -> int:
        return id(self.survey)


@lru_cache(maxsize=2)
def _live(now: _Survey, home: Path) -> Scene:
    return Scene(now.survey, now.city, home)


@lru_cache(maxsize=4)
def _changed(now: _Survey, home: Path, run: int, change: bytes) -> Scene:
    requested = ChangeIn.model_validate_json(change)
    return Scene(now.survey, city_of(now.survey, change_of(requested, now.survey.site)), run_folder(home, run))


def seen_cells(scene: Scene, decision: Decision) -> NDArray[np.int64]:
    """Return the indices of the façade cells of buildings that the reader may see."""
    return np.flatnonzero(scene.exposed.facade_grades <= int(decision.clearance))


def facade_document(scene: Scene, decision: Decision) -> dict[str, Any]:
    """Return the façade cells as GeoJSON: thin polygons with base and top, in the order of ``facade_eta``.

    Cells of buildings that the decision does not reach are left out.
    """
    exposed = scene.exposed
    cells, buildings = exposed.facades.cells, exposed.facades.buildings
    indices = seen_cells(scene, decision)
    shapes = scene.survey.site.plane.to_map(panels(exposed)[indices]) if len(indices) else np.empty(0, dtype=object)
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [_ring(shape)]},
            "properties": {
                "index": index,
                "key": buildings[int(cells.block[n])].key,
                "name": buildings[int(cells.block[n])].name,
                "base_m": round(float(cells.base_m[n]), 1),
                "height_m": round(float(cells.top_m[n]), 1),
                "azimuth_deg": round(float(cells.azimuth_deg[n]), 1),
            },
        }
        for index, (n, shape) in enumerate(zip(indices.tolist(), shapes, strict=True))
    ]
    return {"type": "FeatureCollection", "version": scene.city.district.version, "features": features}


def _ring(shape: Any) -> Sequence[Any]:
    coordinates: list[Any] = np.round(shapely.get_coordinates(shape), 7).tolist()
    return coordinates


def facade_eta(scene: Scene, query: WindQuery, decision: Decision) -> NDArray[np.float32]:
    """Return demand over design of each façade cell that the reader may see (n,), with the age of its glass."""
    exposed = scene.exposed
    facades = exposed.facades
    if not len(facades.cells):
        return np.empty(0, np.float32)
    terrain = scene.city.district.terrain(query.from_deg)
    gusts = scene.library(query).facade_gusts(query)
    values = eta(facades.cells, query, gusts, terrain) * facades.ageing[facades.cells.block]
    return values[seen_cells(scene, decision)].astype("<f4")
