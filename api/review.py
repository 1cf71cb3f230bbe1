"""The review of schemes over HTTP and on the command line: who asks, what is seen, and geometries of answers."""

import hashlib
import math
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any

import numpy as np
import orjson
import shapely
from fastapi import Depends, Query, Request, Response
from sqlalchemy import Connection

from api.buildings import BASE, ModelVisit, tagged
from api.links import GEOJSON
from bim.catalog.building_elements import LAYER
from bim.footprints import Footprints
from bim.review import Sources, SunlightRule, read_rules, rule_named
from bim.schemes import design_of
from bim.tileset import View
from layers.access import Principal, readable
from layers.errors import ParameterError, SourceError, Unavailable
from layers.query import Bbox, parse_bbox
from layers.registry import Registry
from layers.temporal import When, rfc3339

Json = dict[str, Any]
# Decimals of degrees in answers: a millimetre.
DECIMALS = 8
_METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True)
class ReviewVisit(ModelVisit):
    """What every route of the review needs: who asks, for which time, and by which rules."""

    @cached_property
    def sources(self) -> Sources:
        """Return the buildings that may be seen at that time."""
        return sources_of(self.app_state.registry, self.principal, self.view.when)

    def sources_in(self, connection: Connection, scheme: str | None) -> Sources:
        """Return the same with a design scheme in place of what it replaces, or raise NotFound."""
        if scheme is None:
            return self.sources
        return replace(self.sources, design=design_of(connection, self.view_in, scheme))

    @property
    def rules(self) -> dict[str, SunlightRule]:
        """Return the rules of sunlight, read anew: a file that was changed holds for the next question."""
        try:
            return read_rules(self.app_state.settings.review_rules)
        except SourceError as error:
            raise Unavailable(f"the rules of sunlight cannot be read until this is mended: {error}") from error

    def rule(self, rule_id: str) -> SunlightRule:
        """Return a rule, or raise NotFound."""
        return rule_named(self.rules, rule_id)


TheReviewVisit = Annotated[ReviewVisit, Depends()]
InScheme = Annotated[
    str | None, Query(max_length=63, description="a design scheme, in place of what it takes the place of")
]


def sources_of(registry: Registry, principal: Principal, when: When) -> Sources:
    """Return the buildings that somebody may see at a time."""
    drawn = [Footprints.of(*readable(registry, principal, name), when) for name in BASE]
    return Sources(tuple(drawn), View(*readable(registry, principal, LAYER.id), when))


def small_box(text: str, most_km2: float) -> Bbox:
    """Read a bbox that is no larger than that."""
    box = parse_bbox(text)
    if box.west > box.east:
        raise ParameterError("bbox", "its west lies east of its east")
    narrow = math.cos(math.radians((box.south + box.north) / 2))
    km2 = (box.east - box.west) * narrow * (box.north - box.south) * (_METRES_PER_DEGREE / 1000) ** 2
    if km2 > most_km2:
        raise ParameterError(
            "bbox", f"it has {km2:,.1f} km²; {most_km2:g} km² is the most: zoom in, or ask piece by piece"
        )
    return box


def geometry_json(geometry: Any) -> orjson.Fragment:
    """Return a geometry in degrees as GeoJSON, to a millimetre."""
    rounded = shapely.transform(geometry, lambda places: np.round(places, DECIMALS))
    return orjson.Fragment(shapely.to_geojson(rounded))


def geojson_response(request: Request, document: Json) -> Response:
    """Return a document of GeoJSON; 304 where the client has it."""
    body = orjson.dumps(document)
    return tagged(request, body, GEOJSON, hashlib.blake2b(body, digest_size=12).hexdigest())


def since_json(since: tuple[datetime, datetime] | None) -> Json | None:
    """Return from when the oldest and the newest row hold that an answer rests on."""
    return None if since is None else {"oldest": rfc3339(since[0]), "newest": rfc3339(since[1])}
