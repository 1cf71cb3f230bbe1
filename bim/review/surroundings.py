"""What of the map stands in the way of sun and views, as somebody sees it: prisms, and models in the place of some."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, and_, func, or_, select

from bim.footprints import Footprints
from bim.models import ModelsQuery, ModelVersion, models
from bim.packing import unpack
from bim.review.design import Design
from bim.review.scene import Prisms, Scene
from bim.standing import stands_for
from bim.tileset import View, count_triangles, on_the_ground, read_meshes
from bim.tileset.statement import ELEMENTS, members_statement
from layers.access import visible
from layers.errors import InputError, NotFound, ParameterError
from layers.query import Bbox

# What is nearer than this is read whatever its height.
_NEAR_M = 300.0
_METRES_PER_DEGREE = 111_320.0
# By how much heights are varied to see what hangs on them.
HEIGHT_SHARE = 0.1
# More than that many models at one place are not looked at one by one.
_MOST_MODELS = 50
_LISTED = 8


@dataclass(frozen=True)
class Sources:
    """What is read: footprints of layers, and the models that stand in the place of some, to whom and when.

    With a ``design``, that stands in place of what it replaces.
    """

    footprints: tuple[Footprints, ...]
    models: View
    design: Design | None = None

    def drawn(self, layer: str) -> Footprints:
        """Return the footprints of a layer, or raise NotFound."""
        for shown in self.footprints:
            if shown.layer.id == layer:
                return shown
        names = ", ".join(shown.layer.id for shown in self.footprints)
        raise NotFound(f"there are no buildings in {layer!r}; they are in {names}")


@dataclass(frozen=True)
class Reach:
    """How far away things matter: ``slope`` is the tangent of the lowest elevation that does, up to ``most_m`` away.

    No more than ``most`` things are read.
    """

    slope: float
    most_m: float = 4_000.0
    most: int = 20_000


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What stands around a place: all ``prisms``, ``models`` in the place of some, and the ``scene`` of both.

    ``replaced`` are those that a model stands for, with the id of the model; they are not in the scene.
    ``since`` is from when the oldest and the newest of the rows hold, or None without any.
    """

    prisms: Prisms
    replaced: Mapping[str, str]
    models: tuple[str, ...]
    scene: Scene
    since: tuple[datetime, datetime] | None

    def without(self, owners: Sequence[str]) -> "Surroundings":
        """Return what is left when some owners (``buildings/12``, ``models/tower``) are gone, as for a scheme.

        With a building goes the model that stands for it, and with a model all buildings that it stands for.
        """
        models = {self.replaced[name] for name in owners if name in self.replaced}
        models |= {name for name in self.models if f"models/{name}" in owners}
        gone = {*owners, *(f"models/{name}" for name in models)}
        gone |= {block for block, model in self.replaced.items() if model in models}
        return replace(
            self,
            prisms=self.prisms.without(gone),
            replaced={block: model for block, model in self.replaced.items() if model not in models},
            models=tuple(name for name in self.models if name not in models),
            scene=self.scene.without(gone),
        )

    def with_prisms(self, prisms: Prisms) -> "Surroundings":
        """Return what stands there with more blocks, as those of a scheme."""
        return replace(self, prisms=self.prisms.joined(prisms), scene=self.scene.with_prisms(prisms))

    def scaled(self, factor: float) -> Scene:
        """Return the scene with the heights of footprints, not those of meshes, times a factor."""
        left = self.prisms.without(self.replaced)
        return self.scene.without(left.owners.tolist()).with_prisms(left.scaled(factor))


def read_prisms(connection: Connection, sources: Sources, area: Bbox, reach: Reach) -> tuple[Prisms, Any]:
    """Return the footprints within reach of an area, and from when their rows hold; InputError for too many."""
    rows: list[Any] = []
    for shown in sources.footprints:
        rows += [(shown.layer.id, *row) for row in connection.execute(_statement(shown, area, reach))]
        if len(rows) > reach.most:
            raise InputError(
                f"there are more than {reach.most:,} buildings within {reach.most_m:,.0f} m; ask for a smaller area"
            )
    layer, fid, base, top, missing, since, wkb = zip(*rows, strict=True) if rows else [()] * 7
    outlines = np.asarray(shapely.from_wkb(list(wkb)), object).reshape(-1)
    owners = np.array([f"{name}/{number}" for name, number in zip(layer, fid, strict=True)] or [""])[: len(rows)]
    found = Prisms(outlines, np.array(base, float), np.array(top, float), owners, np.array(missing, bool))
    near = _matters(found, area, reach)
    dates = [when for when, is_near in zip(since, near, strict=True) if is_near]
    around = found.chosen(near)
    if sources.design is not None:
        blocks = sources.design.blocks
        around = around.without(sources.design.gone).joined(blocks.chosen(_matters(blocks, area, reach)))
    return around, (min(dates), max(dates)) if dates else None


def read_surroundings(
    connection: Connection,
    sources: Sources,
    area: Bbox,
    reach: Reach,
    keep: Sequence[str] = (),
    most_triangles: int = 0,
) -> Surroundings:
    """Return the footprints within reach of an area, and models in the place of those that they stand for.

    A model that stands for none, as a design does, is not there.
    Those of the owners ``keep`` stay as they are: façades that are asked about are those of footprints. Models have
    ``most_triangles`` in all; a mesh is taken as it is, so that glass stops rays as walls do.
    """
    prisms, since = read_prisms(connection, sources, area, reach)
    scene = Scene.empty(((area.west + area.east) / 2, (area.south + area.north) / 2))
    replaced: dict[str, str] = {}
    used = []
    for version in _models_near(connection, sources, area, reach):
        blocks = _replaced_by(connection, sources, version.id)
        gives_way = sources.design is not None and sources.design.replaces_any(blocks)
        if not blocks or gives_way or not blocks.isdisjoint(keep):
            continue
        scene, most_triangles = _with_model(connection, sources.models, version, scene, most_triangles)
        replaced |= dict.fromkeys(blocks.intersection(prisms.owners.tolist()), version.id)
        used.append(version.id)
    for version in () if sources.design is None else sources.design.models:
        assert sources.design is not None  # noqa: S101 - else there are none
        blocks = sources.design.blocks_of(version.id)
        if blocks.isdisjoint(keep):
            scene, most_triangles = _with_model(connection, sources.design.view, version, scene, most_triangles)
            replaced |= dict.fromkeys(blocks, version.id)
            used.append(version.id)
    scene = scene.with_prisms(prisms.without(replaced))
    return Surroundings(prisms, replaced, tuple(used), scene, since)


def read_building(connection: Connection, sources: Sources, name: str) -> Prisms:
    """Return the solids of a building (``buildings/12``), those of its parts where it is drawn by them."""
    if sources.design is not None and name in sources.design.blocks.owners.tolist():
        return sources.design.blocks.chosen(sources.design.blocks.owners == name)
    if name.startswith("design/"):
        raise NotFound(_no_such_block(sources, name))
    layer, _, number = name.partition("/")
    if not (number.isdecimal() and number.isascii() and len(number) < 19):
        raise ParameterError("building", f"{name!r} is not a layer and a number, such as buildings/12")
    shown = sources.drawn(layer)
    rows = visible(shown.layer, shown.decision, shown.when)
    thing = rows.where(rows.selected_columns.fid == int(number)).subquery("thing")
    wkb = connection.execute(select(func.ST_AsBinary(thing.c.geom, "NDR")).limit(1)).scalar()
    if wkb is None:
        raise NotFound(f"there is no building {name!r}")
    outline = shapely.from_wkb(bytes(wkb))
    west, south, east, north = outline.bounds
    around, _ = read_prisms(connection, sources, Bbox(west, south, east, north), Reach(math.inf))
    itself = around.owners == name
    if itself.any():
        return around.chosen(itself)
    parts = shapely.covers(outline, shapely.point_on_surface(around.outlines)) & _is_part(around, layer)
    if not parts.any():
        raise NotFound(f"the building {name!r} is drawn by its parts, and none of them is there")
    return around.chosen(parts)


def _no_such_block(sources: Sources, name: str) -> str:
    if sources.design is None:
        return f"{name!r} is a building of a design scheme: name that with scheme="
    owners = sources.design.blocks.owners.tolist()
    listed = ", ".join(owners[:_LISTED]) + (" …" if len(owners) > _LISTED else "")
    return f"the scheme {sources.design.id!r} has no building {name!r}; it has {listed or 'none with a height'}"


def _is_part(prisms: Prisms, layer: str) -> NDArray[np.bool_]:
    return ~np.char.startswith(prisms.owners, f"{layer}/")


def _statement(shown: Footprints, area: Bbox, reach: Reach) -> Any:
    """Return the statement of what is near, or so high that it matters from farther away."""
    far_m = 0.0 if math.isinf(reach.slope) else reach.most_m
    near_m = min(_NEAR_M, far_m)
    rows = shown.rows(_envelope(area, far_m))
    near = rows.c.geom.op("&&", is_comparison=True)(_envelope(area, near_m))
    # A tenth more, as heights are varied by it.
    high = rows.c.top * (1 + HEIGHT_SHARE) >= near_m * reach.slope if far_m else None
    matters = near if high is None else or_(near, high)
    columns = (rows.c.fid, rows.c.base, rows.c.top, rows.c.missing, rows.c.since)
    statement = select(*columns, func.ST_AsBinary(rows.c.geom, "NDR"))
    return statement.where(and_(matters, func.ST_NPoints(rows.c.geom) > 0)).order_by(rows.c.fid).limit(reach.most + 1)


def _envelope(area: Bbox, metres: float) -> Any:
    box = extended(area, metres)
    return func.ST_MakeEnvelope(box.west, box.south, box.east, box.north, 4490)


def extended(area: Bbox, metres: float) -> Bbox:
    """Return a box that reaches so much farther on all sides, or a little more."""
    up = metres / _METRES_PER_DEGREE
    aside = up / max(0.01, math.cos(math.radians(max(abs(area.south), abs(area.north)))))
    return Bbox(area.west - aside, area.south - up, area.east + aside, area.north + up)


def _matters(prisms: Prisms, area: Bbox, reach: Reach) -> NDArray[np.bool_]:
    """Tell which prisms can be seen at the lowest elevation, from their tops to the nearest side of the area."""
    if math.isinf(reach.slope):
        return np.ones(len(prisms), bool)
    bounds = shapely.bounds(prisms.outlines).reshape(-1, 4)
    east = np.maximum(0.0, np.maximum(area.west - bounds[:, 2], bounds[:, 0] - area.east))
    north = np.maximum(0.0, np.maximum(area.south - bounds[:, 3], bounds[:, 1] - area.north))
    narrow = math.cos(math.radians((area.south + area.north) / 2))
    away_m = np.hypot(east * narrow, north) * _METRES_PER_DEGREE
    # A hundredth more, for what degrees and metres are taken to be.
    return np.asarray(away_m * reach.slope <= prisms.top * (1 + HEIGHT_SHARE) * 1.01)


def _models_near(connection: Connection, sources: Sources, area: Bbox, reach: Reach) -> list[ModelVersion]:
    ground = extended(area, min(reach.most_m, 1000.0))
    found = models(connection, sources.models, ModelsQuery(limit=_MOST_MODELS + 1, bbox=ground))
    if len(found) > _MOST_MODELS:
        raise InputError(f"there are more than {_MOST_MODELS} building models here; ask for a smaller area")
    return found


def _replaced_by(connection: Connection, sources: Sources, model: str) -> set[str]:
    view = sources.models
    return {
        f"{shown.layer.id}/{fid}"
        for shown in sources.footprints
        for fid in stands_for(connection, view, replace(view, layer=shown.layer, decision=shown.decision), model)
    }


def _with_model(
    connection: Connection, view: View, version: ModelVersion, scene: Scene, most_triangles: int
) -> tuple[Scene, int]:
    """Return the scene with what stands of a model, without rooms and site, and how many triangles are left."""
    members = [
        row
        for row in connection.execute(members_statement(view, version.id, part=ELEMENTS)).mappings()
        if row["kind"] != "site"
    ]
    number = count_triangles(connection, (row["mesh"] for row in members))
    if number > most_triangles:
        raise InputError(f"the building model {version.id!r} has too many triangles to cast rays at: {number:,}")
    meshes = {
        key: unpack(content) for key, content in read_meshes(connection, (row["mesh"] for row in members)).items()
    }
    to_earth = on_the_ground(version.placement).ecef_matrix()
    turn = scene.frame.axes.T @ to_earth[:3, :3]
    shift = scene.frame.axes.T @ (to_earth[:3, 3] - scene.frame.origin)
    points, triangles, count = [], [], 0
    for row in members:
        mesh, matrix = meshes[row["mesh"]], np.reshape(row["matrix"], (3, 4))
        points.append((mesh.vertices @ matrix[:, :3].T + matrix[:, 3]) @ turn.T + shift)
        triangles.append(mesh.triangles.astype(np.int64) + count)
        count += len(mesh.vertices)
    if points:
        scene = scene.with_mesh(f"models/{version.id}", np.concatenate(points), np.concatenate(triangles))
    return scene, most_triangles - number
