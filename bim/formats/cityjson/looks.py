"""The colours of polygons: those of the file's materials, else those of what a surface or an object is."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.colours import linear
from bim.formats.cityjson.surfaces import Surfaces
from bim.place import Json

Rgba = tuple[float, float, float, float]
Colours = NDArray[np.float32]

# sRGB and opacity.
_OF_SURFACES: dict[str, Rgba] = {
    "RoofSurface": (0.62, 0.36, 0.28, 1.0),
    "OuterCeilingSurface": (0.75, 0.73, 0.70, 1.0),
    "OuterFloorSurface": (0.68, 0.66, 0.63, 1.0),
    "WallSurface": (0.88, 0.86, 0.82, 1.0),
    "GroundSurface": (0.60, 0.58, 0.55, 1.0),
    "Window": (0.60, 0.75, 0.85, 0.45),
    "Door": (0.55, 0.40, 0.28, 1.0),
    "ClosureSurface": (0.80, 0.80, 0.80, 0.30),
    "WaterSurface": (0.40, 0.58, 0.74, 0.85),
    "TrafficArea": (0.45, 0.45, 0.47, 1.0),
    "AuxiliaryTrafficArea": (0.58, 0.62, 0.52, 1.0),
}
_OF_OBJECTS: dict[str, Rgba] = {
    "BuildingRoom": (0.55, 0.70, 0.85, 0.25),
    "BuildingUnit": (0.55, 0.70, 0.85, 0.25),
    "BuildingInstallation": (0.72, 0.70, 0.66, 1.0),
    "Bridge": (0.66, 0.66, 0.68, 1.0),
    "Road": (0.45, 0.45, 0.47, 1.0),
    "Railway": (0.50, 0.46, 0.42, 1.0),
    "TransportSquare": (0.58, 0.57, 0.55, 1.0),
    "LandUse": (0.76, 0.74, 0.64, 1.0),
    "PlantCover": (0.47, 0.62, 0.36, 1.0),
    "SolitaryVegetationObject": (0.36, 0.54, 0.29, 1.0),
    "TINRelief": (0.66, 0.68, 0.56, 1.0),
    "WaterBody": (0.40, 0.58, 0.74, 0.85),
}
_OTHERWISE: Rgba = (0.80, 0.80, 0.80, 1.0)
# What is looked through, whatever its surfaces are.
_ROOMS = frozenset({"BuildingRoom", "BuildingUnit"})


def colours_of(surfaces: Surfaces, kind: str, appearance: Json) -> Colours:
    """Return the colour (p, 4) of each polygon of a geometry of an object of a type: linear, and its opacity."""
    materials = appearance.get("materials")
    stated = [_material(one) for one in materials] if isinstance(materials, list) else []
    own = _OF_OBJECTS.get(kind, _OTHERWISE)
    chosen = [
        (stated[number] if 0 <= number < len(stated) else None)
        or (own if kind in _ROOMS else _OF_SURFACES.get(semantic, own))
        for number, semantic in zip(surfaces.materials.tolist(), surfaces.semantics, strict=True)
    ]
    colours = np.array(chosen, np.float32).reshape(-1, 4)
    return np.hstack([linear(colours[:, :3]), colours[:, 3:]])


def _material(value: Any) -> Rgba | None:
    """Return the colour of a material that has one."""
    diffuse = value.get("diffuseColor") if isinstance(value, dict) else None
    if not isinstance(diffuse, list) or len(diffuse) != 3 or not all(map(_is_share, diffuse)):
        return None
    transparency = value.get("transparency", 0.0)
    red, green, blue = map(float, diffuse)
    return red, green, blue, 1.0 - float(transparency) if _is_share(transparency) else 1.0


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1
