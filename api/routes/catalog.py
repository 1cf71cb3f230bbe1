"""The catalogue for viewers: themes, layers, legends and styles."""

from typing import Any

from fastapi import APIRouter

from api.catalogue import catalogue_json
from api.deps import TheAppState, ThePrincipal
from api.rasters import Rasters

ROUTER = APIRouter(tags=["catalogue"])


@ROUTER.get("/catalog", summary="Themes and layers with legends and styles")
async def catalog(app_state: TheAppState, principal: ThePrincipal) -> dict[str, Any]:
    """Return what a viewer needs of the layers that you may see."""
    rasters = await Rasters(app_state.pool).all(principal)
    return catalogue_json(await app_state.catalogue.entries(app_state.registry, principal), principal, rasters)
