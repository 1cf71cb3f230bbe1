"""3-D Tiles 1.1 of building models, made per request from what the reader may see."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from api.buildings import (
    Apart,
    ColoredBy,
    Compressed,
    Cut,
    CutUpright,
    TheModelVisit,
    content_address,
    planes_in,
    tagged,
)
from api.element_readings import opacity_by, painted, require_coloring
from bim.tileset import GLB, Arrangement, Cast, Group, Plane, all_cut_away, groups, tileset_json
from bim.tiling import METRES, parse_root
from layers.errors import NotFound

ROUTER = APIRouter(tags=["buildings in 3-D"])
Part = Literal["elements", "spaces"]


@dataclass(frozen=True)
class TilesetParameters:
    """What is wanted of a model."""

    storey: Annotated[str | None, Query(max_length=200, description="only this storey")] = None
    part: Annotated[Part | None, Query(description="only elements, or only rooms")] = None
    ground: Annotated[bool, Query(description="the model's zero lies at height 0, as on a map without terrain")] = False
    cut: Cut = None
    section: CutUpright = None
    apart: Apart = 0.0
    by: ColoredBy = None
    compress: Compressed = None

    @property
    def handed_on(self) -> list[tuple[str, str]]:
        """Return what contents are asked for with as well."""
        given = {"cut": self.cut, "section": self.section, "by": self.by, "compress": self.compress}
        return [(name, str(value)) for name, value in given.items() if value is not None]

    def has(self, group: Group, box: tuple[float, ...], planes: tuple[Plane, ...]) -> bool:
        """Tell whether a content is wanted, and not cut away."""
        asked = self.storey in (None, group.storey) and self.part in (None, group.part)
        return asked and not all_cut_away(planes, box)


@ROUTER.get("/3dtiles/{model}/tileset.json", summary="The tileset of a building model")
def tileset(model: str, visit: TheModelVisit, parameters: Annotated[TilesetParameters, Depends()]) -> dict[str, Any]:
    """Return a tileset with a content for each storey, its elements and its rooms apart.

    What is in no storey is one content, or where it is much, one for each of the cells that it is in.
    """
    if parameters.by is not None:
        require_coloring(parameters.by)
    with visit.connect() as connection:
        version, view = visit.seen(connection, model)
        whole = groups(connection, view, model)
    planes = planes_in(version.placement, parameters.cut, parameters.section)
    listed = [(group, box) for group, box in whole if parameters.has(group, box, planes)]
    if not listed:
        raise NotFound(
            f"the model {model!r} has no shape that is asked for; without storey, part, cut and section, all of it is"
        )

    def address(group: Group) -> str:
        return content_address(visit.base, model, group, [*parameters.handed_on, *visit.times])

    lifts = Arrangement(planes, parameters.apart).lifts(whole)
    return tileset_json(version.placement, listed, address, lifts, ground=parameters.ground)


@dataclass(frozen=True)
class ContentParameters:
    """Which content of a model is wanted, and how it is made."""

    storey: Annotated[str, Query(max_length=200, description="the storey; empty for what is in none")] = ""
    part: Annotated[Part, Query(description="elements, or rooms")] = "elements"
    cell: Annotated[str | None, Query(max_length=80, description="west,south,side: only what is there")] = None
    cut: Cut = None
    section: CutUpright = None
    by: ColoredBy = None
    compress: Compressed = None

    @property
    def group(self) -> Group:
        """Return the content."""
        cell = None if self.cell is None else parse_root(self.cell, METRES, "cell")
        return Group(self.storey, self.part, cell)


@ROUTER.get("/3dtiles/{model}/content.glb", summary="A content of the tileset", response_class=Response)
def content(
    model: str, request: Request, visit: TheModelVisit, wanted: Annotated[ContentParameters, Depends()]
) -> Response:
    """Return a binary glTF with the elements as features; 304 if unchanged."""
    if wanted.by is not None:
        require_coloring(wanted.by)
    group = wanted.group
    with visit.connect() as connection:
        version, view = visit.seen(connection, model)
        paint = None if wanted.by is None else painted(connection, visit, view, model, wanted.by)
        planes = planes_in(version.placement, wanted.cut, wanted.section)
        opacity = opacity_by(wanted.by)
        cast = Cast(group.origin(version.placement.anchor), planes, paint, wanted.compress is not None, opacity)
        made = visit.app_state.models.content(connection, view, model, group, cast)
    return tagged(request, made.body, GLB, made.etag)
