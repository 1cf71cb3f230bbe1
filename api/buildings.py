"""Building models as documents for people and programs."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

from fastapi import Depends, Query, Request, Response
from sqlalchemy import Connection, func, select

from api.deps import BaseUrl, TheAppState, ThePrincipal
from api.links import JSON, link
from bim.catalog import BUILDING_ELEMENTS
from bim.georeference import Placement
from bim.models import ModelVersion, counts, layer_of, model_version, storeys
from bim.standing import stands_for
from bim.tileset import Group, Plane, Section, View, groups, planes_of
from layers.access import readable
from layers.errors import ParameterError
from layers.temporal import When, parse_when, rfc3339
from tiles.app import matches

Json = dict[str, Any]
TILES3D = "application/json"
Cut = Annotated[
    float | None,
    Query(ge=-10_000, le=10_000, allow_inf_nan=False, description="what lies over it, in metres, is cut away"),
]
Apart = Annotated[
    float, Query(ge=0, le=100, allow_inf_nan=False, description="metres by which each storey is lifted from the other")
]
CutUpright = Annotated[
    str | None,
    Query(max_length=60, description="azimuth,offset: what lies farther that way than so many metres is cut away"),
]
COLORED_BY = (
    "what colours them: a column, property:Set.Name, quantity:Set.Name, or reading:Property.unit for what sensors in"
    " them observed last"
)
ColoredBy = Annotated[str | None, Query(max_length=400, description=COLORED_BY)]
Compressed = Annotated[
    Literal["meshopt"] | None,
    Query(description="contents are packed by EXT_meshopt_compression, places rounded to within 7 mm"),
]
# Layers of the base map that have buildings.
BASE = ("buildings", "building_parts")


@dataclass(frozen=True)
class ModelVisit:
    """What every route of building models needs: who asks, and for which time."""

    app_state: TheAppState
    principal: ThePrincipal
    base: BaseUrl
    datetime: Annotated[str | None, Query(description="RFC 3339 instant or date")] = None
    as_of: Annotated[str | None, Query(description="as it was known at this RFC 3339 instant")] = None

    @cached_property
    def when(self) -> When:
        """Return the time that is asked for."""
        return parse_when(self.datetime, self.as_of)

    @property
    def view(self) -> View:
        """Return what may be seen of the models of what there is at that time."""
        return self.view_in(BUILDING_ELEMENTS.id)

    def view_in(self, name: str) -> View:
        """Return what may be seen of a layer at that time."""
        return View(*readable(self.app_state.registry, self.principal, name), self.when)

    def view_of(self, connection: Connection, model: str) -> View:
        """Return what may be seen of the layer that a model is in: what there is, or what is designed."""
        return self.view_in(layer_of(connection, model).id)

    @property
    def times(self) -> list[tuple[str, str]]:
        """Return the times as they were asked for."""
        return [(name, text) for name, text in (("datetime", self.datetime), ("as_of", self.as_of)) if text]

    def connect(self) -> AbstractContextManager[Connection]:
        """Lend a connection of the reader."""
        return self.app_state.database.reader.connect()

    def seen(self, connection: Connection, model: str) -> tuple[ModelVersion, View]:
        """Return a model and what may be seen of the layer that it is in, or raise NotFound."""
        view = self.view_of(connection, model)
        return model_version(connection, view, model), view

    def version(self, connection: Connection, model: str) -> ModelVersion:
        """Return a model, or raise NotFound."""
        return self.seen(connection, model)[0]

    def stands_for(self, connection: Connection, model: str) -> dict[str, list[int]]:
        """Return the things of the base map, by layer, in whose place the model stands."""
        view = self.view_of(connection, model)
        return {name: stands_for(connection, view, self.view_in(name), model) for name in BASE}


TheModelVisit = Annotated[ModelVisit, Depends()]


def model_json(version: ModelVersion, base: str) -> Json:
    """Return what a list says of a model."""
    own = f"{base}/bim/models/{quote(version.id)}"
    tiles = f"{base}/3dtiles/{quote(version.id)}/tileset.json"
    placement = version.placement
    return {
        "id": version.id,
        "title": version.title,
        "date": rfc3339(version.date),
        "load": version.load,
        "format": version.format,
        "schema": version.schema,
        "scheme": version.scheme or None,
        "position": [placement.lon, placement.lat],
        "placement": placement.json(),
        "links": [
            link("self", own, JSON, version.title or version.id),
            link("tileset", tiles, TILES3D, "3D Tiles 1.1"),
        ],
    }


def model_document(connection: Connection, view: View, version: ModelVersion, base: str) -> Json:
    """Return all that is known of a model, as far as a reader may see its elements."""
    return {
        **model_json(version, base),
        "header": version.header,
        "georeference": version.georeference,
        "box": _box(connection, view, version.id),
        "counts": counts(connection, view, version.id),
        "storeys": storeys(connection, view, version.id),
        "defects": _visible_defects(connection, view, version),
    }


def _box(connection: Connection, view: View, model: str) -> list[float] | None:
    """Return least and greatest x, y, z of all shapes that a reader may see, in the frame of the model."""
    boxes = [box for _, box in groups(connection, view, model)]
    if not boxes:
        return None
    columns = list(zip(*boxes, strict=True))
    return [*map(min, columns[:3]), *map(max, columns[3:])]


def planes_in(placement: Placement, cut: float | None, section: str | None) -> tuple[Plane, ...]:
    """Return the planes that a model is cut by, in its frame; raises ParameterError for a section that is none."""
    return planes_of(placement, cut, None if section is None else Section.parse("section", section))


def _visible_defects(connection: Connection, view: View, version: ModelVersion) -> list[Json]:
    rows = view.rows(version.id)
    named = [defect["element"] for defect in version.defects]
    seen = set(connection.execute(select(rows.c.source_key).where(rows.c.source_key == func.any(named))).scalars())
    return [defect for defect in version.defects if defect["element"] in seen]


def content_address(base: str, model: str, group: Group, asked: Sequence[tuple[str, str]]) -> str:
    """Return the address of a content of a tileset, with the times that were asked for."""
    cell = [] if group.cell is None else [("cell", group.cell.text)]
    query = urlencode([("storey", group.storey), ("part", group.part), *cell, *asked])
    return f"{base}/3dtiles/{quote(model)}/content.glb?{query}"


def tagged(request: Request, body: bytes, media_type: str, etag: str) -> Response:
    """Return an answer with its entity tag; 304 if the request has it already."""
    asked = request.headers.get("if-none-match")
    headers = {"etag": f'W/"{etag}"'}
    if matches(None if asked is None else asked.encode(), etag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def place_of(text: str, parameter: str) -> tuple[float, float, float]:
    """Read ``longitude,latitude,height``."""
    try:
        lon, lat, height = (float(part) for part in text.split(","))
    except ValueError:
        raise ParameterError(parameter, f"{text!r} is not longitude,latitude,height") from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90 and -20_000 <= height <= 100_000_000):
        raise ParameterError(parameter, f"{text!r} is no place: degrees of longitude and latitude, metres of height")
    return lon, lat, height
