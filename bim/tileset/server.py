"""Contents of tilesets, made per request from PostGIS and cached by what they show."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
from sqlalchemy import Connection

from bim.georeference import Placement
from bim.packing import unpack
from bim.tileset.batch import Placed, batch
from bim.tileset.coloring import Colored, linear_rgb
from bim.tileset.division import Group
from bim.tileset.glb import glb
from bim.tileset.section import Plane, all_cut_away
from bim.tileset.statement import View, count_triangles, members_of, members_of_group, read_meshes
from layers.cache import ByteCache
from layers.errors import InputError, NotFound

GLB = "model/gltf-binary"
Json = dict[str, Any]
# What the properties of a content say of each element.
_NAMES = {"id": "source_key", "name": "name", "class": "class", "kind": "kind", "storey": "storey_name", "code": "code"}


@dataclass(frozen=True)
class Cast:
    """How a content is made: about ``origin`` (x, y, z), and up to ``planes``, both in the frame of the model.

    With ``colored``, elements have the colours of what is said of them, in place of their own, and those of which
    something is said are ``opacity`` at least. With ``compressed`` it is packed by meshopt.
    """

    origin: tuple[float, float, float]
    planes: tuple[Plane, ...] = ()
    colored: Colored | None = field(default=None, repr=False)
    compressed: bool = False
    opacity: float = 0.0

    def cuts_away(self, box: Sequence[float]) -> bool:
        """Tell whether nothing of a box is left."""
        return all_cut_away(self.planes, box)

    def color_of(self, element: str) -> str | None:
        """Return the colour that an element has in place of its own, #rrggbb."""
        return None if self.colored is None else self.colored.color_of(element)

    def rgb_of(self, element: str) -> Any:
        """Return the same as linear red, green and blue."""
        color = self.color_of(element)
        return None if color is None else linear_rgb(color)

    def opacity_of(self, element: str) -> float:
        """Return the least opacity of an element."""
        return self.opacity if self.colored is not None and element in self.colored.values else 0.0


@dataclass(frozen=True)
class Content:
    """The bytes of a content; ``etag`` is of what is shown, and tells of nothing hidden."""

    body: bytes
    etag: str

    @property
    def nbytes(self) -> int:
        """Return the bytes that a cache keeps alive with it."""
        return len(self.body) + 256


class TilesetServer:
    """Answers with contents; which elements there are is read for each request, so that no edit is missed."""

    def __init__(self, cache_bytes: int, most_triangles: int) -> None:
        """Keep up to ``cache_bytes`` of contents; one with more than ``most_triangles`` is refused."""
        self._contents: ByteCache[Content] = ByteCache(cache_bytes)
        self._lock = Lock()
        self._most = most_triangles

    def content(self, connection: Connection, view: View, model: str, group: Group, cast: Cast) -> Content:
        """Return the GLB of a group, y up."""
        statement = members_of_group(view, model, group)
        members = [one for one in connection.execute(statement).mappings() if not cast.cuts_away(one["box"])]
        if not members:
            raise NotFound(f"the model {model!r} has nothing to show here; GET its tileset.json lists its contents")
        return self._of(connection, members, cast, {})

    def extract(self, connection: Connection, rows: Any, placement: Placement) -> Content:
        """Return the GLB of rows of a model about its anchor, y up, with where it stands as ``asset.extras``."""
        members = connection.execute(members_of(rows)).mappings().all()
        if not members:
            raise NotFound("no element that is asked for has a shape; GET …/elements with the same filters lists them")
        return self._of(connection, members, Cast(placement.anchor), {"placement": placement.json()})

    def _of(self, connection: Connection, members: Sequence[Any], cast: Cast, extras: Json) -> Content:
        etag = _etag(members, cast, extras)
        with self._lock:
            kept = self._contents.get(etag)
        if kept is not None:
            return kept
        made = Content(self._make(connection, members, cast, extras), etag)
        with self._lock:
            self._contents.put(etag, made)
        return made

    def _make(self, connection: Connection, members: Sequence[Any], cast: Cast, extras: Json) -> bytes:
        total = count_triangles(connection, (member["mesh"] for member in members))
        if total > self._most:
            raise InputError(f"this part of the model has {total} triangles; {self._most} is the most of one content")
        contents = read_meshes(connection, (member["mesh"] for member in members))
        meshes = {key: unpack(content) for key, content in contents.items()}
        placed = [
            Placed(
                meshes[member["mesh"]],
                np.reshape(member["matrix"], (3, 4)),
                cast.rgb_of(member["source_key"]),
                cast.opacity_of(member["source_key"]),
            )
            for member in members
        ]
        properties = {name: [member[column] or "" for member in members] for name, column in _NAMES.items()}
        triangles = batch(placed, np.asarray(cast.origin, dtype=float), cast.planes)
        return glb(triangles, len(members), properties, extras=extras, compressed=cast.compressed)


def _etag(members: Sequence[Any], cast: Cast, extras: Json) -> str:
    digest = hashlib.blake2b(repr((cast, extras)).encode(), digest_size=12)
    for member in members:
        told = (member["shape"], *(member[column] for column in _NAMES.values()), cast.color_of(member["source_key"]))
        told += (cast.opacity_of(member["source_key"]),)
        digest.update(repr(told).encode())
    return digest.hexdigest()
