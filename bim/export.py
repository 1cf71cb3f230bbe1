"""Tilesets as folders of files, to be served by any web server: what a reader of a clearance sees, as it is now."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bim.footprints import SUBTREE_LEVELS, Footprints, FootprintServer, Pyramid, tileset_json
from bim.models import model_version
from bim.tileset import Cast, Group, TilesetServer, View, groups
from bim.tileset import tileset_json as model_json
from bim.tiling import subtree
from layers.errors import InputError, NotFound
from layers.ops.jobs import Progress

# One content is made at a time, and none is kept.
_ANY = 2**31 - 2


@dataclass(frozen=True)
class ExportOptions:
    """How files are written: a model with its zero at height 0 (``ground``), and contents packed by meshopt."""

    ground: bool = False
    compressed: bool = False


@dataclass
class Exported:
    """How many contents were written, with how many things, and the bytes of all files."""

    contents: int = 0
    features: int = 0
    nbytes: int = 0

    def write(self, path: Path, body: bytes) -> None:
        """Write a file, with its folder."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        self.nbytes += len(body)


def require_empty(folder: Path) -> None:
    """Refuse a folder with anything in it, or what is no folder."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is there already and not empty; name a new folder, nothing is written over")


def export_layer(
    connection: Connection, shown: Footprints, folder: Path, progress: Progress, options: ExportOptions
) -> Exported:
    """Write the footprints of a layer: tileset.json, subtrees and contents, with relative addresses."""
    require_empty(folder)
    server, done = FootprintServer(0, _ANY, _ANY), Exported()
    counts = server.counts(connection, shown)
    pyramid = Pyramid.of(counts, counts.root)
    addresses = pyramid.addresses()
    for number, (level, x, y) in enumerate(addresses):
        made = server.content(connection, shown, pyramid.root.cell(level, x, y), compressed=options.compressed)
        done.write(folder / "content" / str(level) / str(x) / f"{y}.glb", made.body)
        progress.report(number + 1, len(addresses), "writing contents")
    for level, x, y in pyramid.roots(SUBTREE_LEVELS):
        done.write(folder / "subtrees" / str(level) / str(x) / f"{y}.subtree", subtree(pyramid, level, x, y))
    done.contents, done.features = len(addresses), counts.total
    # Last, so that a folder with a tileset is whole.
    done.write(folder / "tileset.json", _json(tileset_json(counts, pyramid)))
    return done


def export_model(
    connection: Connection, view: View, model: str, folder: Path, progress: Progress, options: ExportOptions
) -> Exported:
    """Write a building model: tileset.json and a content for each storey or cell, elements and rooms apart."""
    require_empty(folder)
    placement = model_version(connection, view, model).placement
    listed = groups(connection, view, model)
    if not listed:
        raise NotFound(f"the model {model!r} has no shape")
    server, done = TilesetServer(0, _ANY), Exported()
    # Names of storeys are whatever their authors wrote; numbers are names of files everywhere.
    names = {group: f"content/{number}.glb" for number, (group, _) in enumerate(listed)}
    for number, (group, _) in enumerate(listed):
        made = server.content(
            connection, view, model, group, Cast(group.origin(placement.anchor), compressed=options.compressed)
        )
        done.write(folder / names[group], made.body)
        done.contents += 1
        progress.report(number + 1, len(listed), "writing contents")

    def address(group: Group) -> str:
        return names[group]

    done.write(folder / "tileset.json", _json(model_json(placement, listed, address, {}, ground=options.ground)))
    return done


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()
