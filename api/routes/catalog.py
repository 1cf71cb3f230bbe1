"""The catalogue for viewers: themes, layers, legends and styles."""

from typing import Any

from fastapi import APIRouter

from api.catalogue import catalogue_json
from api.deps import TheHouse, ThePrincipal
from api.rasters import Rasters

ROUTER = APIRouter(tags=["catalogue"])


@ROUTER.get("/catalog", summary="Themes and layers with legends and styles")
async def catalog(house: TheHouse, principal: ThePrincipal) -> dict[str, Any]:
    """Return what a viewer needs of the layers that you may see."""
    rasters = await Rasters(house.pool).all(principal)
    return catalogue_json(await house.catalogue.entries(house.registry, principal), principal, rasters)
