"""Tilesets of footprints, made per request from PostGIS; contents are cached by what they show."""

import hashlib
from collections.abc import Hashable
from dataclasses import astuple
from threading import Lock

import numpy as np
from sqlalchemy import Connection, DateTime, bindparam, func, select, text

from bim.footprints.content import Members, content_glb, read_members
from bim.footprints.shown import Footprints
from bim.footprints.statement import cells
from bim.tileset.server import Content
from bim.tiling import Cell, Counts
from layers.cache import ByteCache
from layers.errors import NotFound

_EPOCH = text("SELECT id::text FROM onemap.epoch")


class FootprintServer:
    """Answers with tiles of footprints; no edit is missed.

    The rows of a content are read for each request, and only its triangles are cached. Which tiles there are is
    counted again when the layer has another version.
    """

    def __init__(self, cache_bytes: int, most_features: int, most_triangles: int) -> None:
        """Keep up to ``cache_bytes`` of contents; one with more features or triangles is refused."""
        self._contents: ByteCache[Content] = ByteCache(cache_bytes)
        self._counts: ByteCache[Counts] = ByteCache(cache_bytes // 4)
        self._lock = Lock()
        self._most_features = most_features
        self._most_triangles = most_triangles

    def counts(self, connection: Connection, shown: Footprints) -> Counts:
        """Return how many things are shown where; raises NotFound where there are none."""
        key = _counted_as(connection, shown)
        with self._lock:
            kept = self._counts.get(key)
        if kept is not None:
            return kept
        made = read_counts(connection, shown)
        with self._lock:
            self._counts.put(key, made)
        return made

    def content(self, connection: Connection, shown: Footprints, cell: Cell, *, compressed: bool = False) -> Content:
        """Return the GLB of what lies in a cell, packed by meshopt if wanted; raises NotFound where nothing does."""
        members = read_members(connection, shown, cell, self._most_features)
        if not len(members):
            raise NotFound("this tile has nothing to show; the subtrees of the tileset name those that have a content")
        etag = _etag(members, shown, cell, compressed)
        with self._lock:
            kept = self._contents.get(etag)
        if kept is not None:
            return kept
        made = Content(content_glb(members, shown.paint, cell, self._most_triangles, compressed=compressed), etag)
        with self._lock:
            self._contents.put(etag, made)
        return made


def read_counts(connection: Connection, shown: Footprints) -> Counts:
    """Count what is shown in the finest cells."""
    packed, missing, *bounds, base, top = cells(connection, shown)
    if packed is None:
        raise NotFound(f"the layer {shown.layer.id!r} has nothing to show at this time")
    x, y, count = np.frombuffer(packed, ">i4").reshape(-1, 3).T.astype(np.int64)
    return Counts(x, y, count, missing, (bounds[0], bounds[1], bounds[2], bounds[3]), (base, top))


def _counted_as(connection: Connection, shown: Footprints) -> Hashable:
    """Return what the counts depend on; it is read before them, so that they are never older."""
    when = shown.when
    at = bindparam("at", None if when.explicit else when.first, type_=DateTime(timezone=True))
    version = func.onemap.tile_version(shown.layer.id, 0, 0, 0, func.coalesce(at, func.clock_timestamp()))
    number = connection.execute(select(version)).scalar_one()
    epoch = connection.execute(_EPOCH).scalar_one()
    return (shown.layer.id, shown.layer.version, shown.decision.scope, when if when.explicit else None, epoch, number)


def _etag(members: Members, shown: Footprints, cell: Cell, compressed: bool) -> str:
    """Return the tag of what is shown, and of nothing else."""
    digest = hashlib.blake2b(repr((astuple(cell), shown.paint, compressed)).encode(), digest_size=12)
    told = (members.fid, members.code, members.name, members.base, members.top, members.missing, members.colored_by)
    digest.update(repr(told).encode())
    for wkb in members.wkb:
        digest.update(wkb)
    return digest.hexdigest()
