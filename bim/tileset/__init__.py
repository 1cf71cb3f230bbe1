"""3-D Tiles 1.1, made per request: what a reader may see of a model, storey by storey or cell by cell."""

from bim.tileset.arrangement import Arrangement
from bim.tileset.coloring import Colored, Coloring, colored, colored_steps, colored_texts
from bim.tileset.division import Group
from bim.tileset.pick import Hit, PickOptions, Ray, pick
from bim.tileset.section import Plane, Section, all_cut_away, planes_of
from bim.tileset.server import GLB, Cast, Content, TilesetServer
from bim.tileset.statement import View, count_triangles, groups, members_of, read_meshes
from bim.tileset.tileset import on_the_ground, tileset_json

__all__ = [
    "GLB",
    "Arrangement",
    "Cast",
    "Colored",
    "Coloring",
    "Content",
    "Group",
    "Hit",
    "PickOptions",
    "Plane",
    "Ray",
    "Section",
    "TilesetServer",
    "View",
    "all_cut_away",
    "colored",
    "colored_steps",
    "colored_texts",
    "count_triangles",
    "groups",
    "members_of",
    "on_the_ground",
    "pick",
    "planes_of",
    "read_meshes",
    "tileset_json",
]
