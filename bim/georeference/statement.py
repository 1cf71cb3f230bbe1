"""What a file says of its place, as it stands in the file but in metres and degrees."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SiteAngles:
    """Latitude and longitude of a site, degrees, as read from IFC's lists of whole numbers."""

    latitude: float
    longitude: float


@dataclass(frozen=True)
class Helmert:
    """A conversion from the frame of the model to map coordinates, in metres of the map's CRS.

    A point (x, y, z) of the model, in metres, becomes ``scale`` * R(x, y) + (``eastings``, ``northings``), where R
    turns the model's x-axis to (``abscissa``, ``ordinate``), and z + ``height``.
    """

    eastings: float
    northings: float
    height: float
    abscissa: float = 1.0
    ordinate: float = 0.0
    scale: float = 1.0


@dataclass(frozen=True)
class Statement:
    """What a file says of its place.

    ``crs`` is the name of the map's CRS as it stands in the file (EPSG:4549, a name, or empty). ``true_north`` is the
    direction of true north in the plane of the model, as the file has it: (0, 1) is along its y-axis.
    ``site_offset`` is where the placement of the site puts its origin, in metres, and ``site_axis`` the direction that
    it gives to the site's x-axis in the plane of the model. ``context`` is what the world coordinate system of the
    geometric context says, where it is not that of the model itself: a conversion to map coordinates likewise.
    """

    crs: str = ""
    conversion: Helmert | None = None
    angles: SiteAngles | None = None
    elevation_m: float | None = None
    true_north: tuple[float, float] | None = None
    site_offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    site_axis: tuple[float, float] = (1.0, 0.0)
    context: Helmert | None = None
    address: str = ""
    notes: tuple[str, ...] = ()
