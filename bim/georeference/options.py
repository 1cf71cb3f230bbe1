"""What is said by hand on where a model stands."""

from dataclasses import dataclass
from typing import Literal

from bim.georeference.control_points import ControlPoint
from bim.georeference.placement import Placement
from bim.georeference.statement import Helmert
from layers.space import LocalGrid

# What a placement was made of.
Source = Literal["map_conversion", "site", "context", "by_hand", "control_points", "footprint"]


@dataclass(frozen=True)
class LocateOptions:
    """What is said by hand; all of it may be left out, and goes before what the file says.

    ``placement`` is a whole one, ``source`` where it is from. ``control_points`` are two or more. ``lonlat`` (degrees)
    is the place of ``anchor``, a point of the model in metres, the origin of the site where it is left out;
    ``height_m`` is the height of that point, whatever the plane is from, and ``heading_deg`` the angle from east to
    the model's x-axis, anticlockwise, to which the model is turned about it. ``crs`` names the reference system of the
    file's coordinates, ``conversion`` leads to it, and ``grids`` are local grids that it may name. ``shifted`` says
    that ``lonlat``, or the site's latitude and longitude, are ``gcj02`` or ``bd09``.
    """

    placement: Placement | None = None
    source: Source = "by_hand"
    control_points: tuple[ControlPoint, ...] = ()
    with_scale: bool = False
    lonlat: tuple[float, float] | None = None
    anchor: tuple[float, float, float] | None = None
    height_m: float | None = None
    heading_deg: float | None = None
    crs: str = ""
    conversion: Helmert | None = None
    grids: tuple[LocalGrid, ...] = ()
    shifted: str = ""
