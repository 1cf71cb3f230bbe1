"""3-D Tiles 1.1 of layers of footprints with heights, made per request from what the reader may see."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import Connection

from api.buildings import Compressed, tagged
from api.deps import TheAppState, ThePrincipal
from bim.footprints import Footprints, Pyramid, Root, parse_root, tileset_json
from bim.tileset import GLB
from bim.tiling import subtree
from layers.access import readable
from layers.temporal import parse_when

ROUTER = APIRouter(tags=["buildings in 3-D"])
_JSON, _SUBTREE = "application/json", "application/octet-stream"


@dataclass(frozen=True)
class FootprintVisit:
    """What every route of footprints needs: who asks, what is drawn, at which time, and how."""

    layer: str
    request: Request
    app_state: TheAppState
    principal: ThePrincipal
    datetime: Annotated[str | None, Query(description="RFC 3339 instant, date or interval")] = None
    as_of: Annotated[str | None, Query(description="as it was known at this RFC 3339 instant")] = None
    variant: Annotated[str | None, Query(max_length=100, description="a way of colouring that the layer has")] = None
    color: Annotated[str | None, Query(max_length=10, description="one colour for all: #rrggbb")] = None
    compress: Compressed = None
    ground: Annotated[
        bool, Query(description="as for building models; footprints stand at height 0 with it and without")
    ] = False

    @cached_property
    def shown(self) -> Footprints:
        """Return what is drawn."""
        layer, decision = readable(self.app_state.registry, self.principal, self.layer)
        return Footprints.of(layer, decision, parse_when(self.datetime, self.as_of), self.variant, self.color)

    def query(self, root: Root) -> str:
        """Return the query of addresses in a tileset: what was asked for, and where its tiles are counted from."""
        asked = [("datetime", self.datetime), ("as_of", self.as_of), ("variant", self.variant), ("color", self.color)]
        asked.append(("compress", self.compress))
        return "?" + urlencode([("root", root.text), *((name, text) for name, text in asked if text)], safe=",")

    def root(self, connection: Connection, text: str | None) -> Root:
        """Return the root that an address names, or that of what is shown."""
        if text is not None:
            return parse_root(text)
        return self.app_state.footprints.counts(connection, self.shown).root

    def answer(self, body: bytes, media_type: str, etag: str | None = None) -> Response:
        """Return the answer; 304 where the client has what is shown."""
        etag = etag or hashlib.blake2b(body, digest_size=12).hexdigest()
        return tagged(self.request, body, media_type, etag)


TheVisit = Annotated[FootprintVisit, Depends()]
RootText = Annotated[
    str | None, Query(alias="root", max_length=80, description="where tiles are counted from, as the tileset has it")
]


@ROUTER.get("/3dtiles/layers/{layer}/tileset.json", summary="The tileset of a layer of footprints with heights")
def tileset(visit: TheVisit) -> Response:
    """Return a tileset of implicit tiles, which cover what the reader may see."""
    shown = visit.shown
    with visit.app_state.database.reader.connect() as connection:
        counts = visit.app_state.footprints.counts(connection, shown)
    pyramid = Pyramid.of(counts, counts.root)
    return visit.answer(orjson.dumps(tileset_json(counts, pyramid, visit.query(counts.root))), _JSON)


@ROUTER.get(
    "/3dtiles/layers/{layer}/subtrees/{level}/{x}/{y}.subtree",
    summary="Which tiles of a layer there are",
    response_class=Response,
)
def subtree_of(visit: TheVisit, level: int, x: int, y: int, root: RootText = None) -> Response:
    """Return a subtree of the tileset: what is available below a tile."""
    shown = visit.shown
    with visit.app_state.database.reader.connect() as connection:
        counts = visit.app_state.footprints.counts(connection, shown)
    pyramid = Pyramid.of(counts, counts.root if root is None else parse_root(root))
    return visit.answer(subtree(pyramid, level, x, y), _SUBTREE)


@ROUTER.get(
    "/3dtiles/layers/{layer}/content/{level}/{x}/{y}.glb",
    summary="A tile of a layer of footprints with heights",
    response_class=Response,
)
def content(visit: TheVisit, level: int, x: int, y: int, root: RootText = None) -> Response:
    """Return a binary glTF with the things of a tile as features; 304 if unchanged."""
    shown = visit.shown
    with visit.app_state.database.reader.connect() as connection:
        cell = visit.root(connection, root).cell(level, x, y)
        made = visit.app_state.footprints.content(connection, shown, cell, compressed=visit.compress is not None)
    return visit.answer(made.body, GLB, made.etag)
