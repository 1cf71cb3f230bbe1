"""3-D Tiles 1.1 of building models, made per request from what the reader may see."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from api.buildings import TheModelVisit, content_address, tagged
from bim.tileset import Group, groups, tileset_json
from layers.errors import NotFound

ROUTER = APIRouter(tags=["buildings in 3-D"])
Part = Literal["elements", "spaces"]


@dataclass(frozen=True)
class TilesetParameters:
    """What is wanted of a model."""

    storey: Annotated[str | None, Query(max_length=200, description="only this storey")] = None
    part: Annotated[Part | None, Query(description="only elements, or only rooms")] = None
    ground: Annotated[bool, Query(description="the model's zero lies at height 0, as on a map without terrain")] = False

    def has(self, group: Group) -> bool:
        """Tell whether a content is wanted."""
        return self.storey in (None, group.storey) and self.part in (None, group.part)


@ROUTER.get("/3dtiles/{model}/tileset.json", summary="The tileset of a building model")
def tileset(model: str, visit: TheModelVisit, parameters: Annotated[TilesetParameters, Depends()]) -> dict[str, Any]:
    """Return a tileset with a content for each storey, its elements and its rooms apart."""
    with visit.connect() as connection:
        placement = visit.version(connection, model).placement
        listed = [pair for pair in groups(connection, visit.view, model) if parameters.has(pair[0])]
    if not listed:
        raise NotFound(f"the model {model!r} has no shape that is asked for; without storey and part, all of it is")

    def address(group: Group) -> str:
        return content_address(visit.base, model, group, visit.times)

    return tileset_json(placement, listed, address, ground=parameters.ground)


@ROUTER.get("/3dtiles/{model}/content.glb", summary="A content of the tileset", response_class=Response)
def content(
    model: str,
    request: Request,
    visit: TheModelVisit,
    storey: Annotated[str, Query(max_length=200, description="the storey; empty for what is in none")] = "",
    part: Annotated[Part, Query(description="elements, or rooms")] = "elements",
) -> Response:
    """Return a binary glTF with the elements as features; 304 if unchanged."""
    with visit.connect() as connection:
        anchor = visit.version(connection, model).placement.anchor
        made = visit.app_state.models.content(connection, visit.view, model, Group(storey, part), anchor)
    return tagged(request, made)
