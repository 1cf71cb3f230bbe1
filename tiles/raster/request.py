"""What a request for a raster tile asks for, each part checked."""

from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import parse_qsl

from layers.errors import ParameterError
from layers.raster import Frame, Look, Raster, parse_rescale, require_ramp, require_resampling
from layers.temporal import When, now, parse_when
from tiles.address import HALF, TILE_MATRIX_SET, Address, parse_address

Form = Literal["png", "webp", "terrain"]
SIZES = (256, 512)
_KNOWN = ("colormap", "rescale", "resampling", "band", "size", "datetime", "as_of", "v", "f")


@dataclass(frozen=True)
class RasterPath:
    """The path of a raster tile taken apart; the numbers are still text."""

    raster: str
    form: Form
    z: str
    x: str
    y: str


@dataclass(frozen=True)
class RasterRequest:
    """A tile that somebody asks for, before it is known what the raster is."""

    address: Address
    form: Form
    when: When
    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Drawing:
    """All that the bytes of a tile depend on besides the raster's version."""

    address: Address
    form: Form
    size: int
    band: int
    resampling: str
    look: Look

    @property
    def frame(self) -> Frame:
        """Return the tile's square of Web Mercator."""
        side, address = self.address.width, self.address
        west, north = address.x * side - HALF, HALF - address.y * side
        return Frame((west, north - side, west + side, north), self.size)


def parse_raster_path(path: str) -> RasterPath | None:
    """Return the parts of a raster tile's path, or None when it is another path."""
    parts = path.split("/")
    if len(parts) == 7 and parts[1] == "rasters" and "." in parts[6]:
        y, _, suffix = parts[6].rpartition(".")
        if parts[3] == "tiles" and suffix in ("png", "webp"):
            return RasterPath(parts[2], "png" if suffix == "png" else "webp", parts[4], parts[5], y)
        if parts[3] == "terrain" and suffix == "png":
            return RasterPath(parts[2], "terrain", parts[4], parts[5], y)
    if len(parts) == 8 and parts[1] == "rasters" and parts[3:5] == ["tiles", TILE_MATRIX_SET]:
        return RasterPath(parts[2], "png", parts[5], parts[7], parts[6])
    return None


def parse_request(path: RasterPath, query: bytes) -> RasterRequest:
    """Read what can be read without knowing the raster."""
    parameters = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
    unknown = parameters.keys() - set(_KNOWN)
    if unknown:
        raise ParameterError(
            min(unknown), f"raster tiles do not have this parameter; they take {', '.join(_KNOWN[:7])}"
        )
    form = path.form
    if parameters.get("f") in ("png", "webp") and form != "terrain":
        form = "png" if parameters["f"] == "png" else "webp"
    explicit = "datetime" in parameters or "as_of" in parameters
    when = parse_when(parameters.get("datetime"), parameters.get("as_of")) if explicit else now()
    return RasterRequest(parse_address(path.z, path.x, path.y), form, when, tuple(sorted(parameters.items())))


def drawing_of(request: RasterRequest, raster: Raster) -> Drawing:
    """Return how the raster is drawn: its own style, but for what the request says."""
    parameters, style = dict(request.parameters), raster.style
    if request.form == "terrain":
        _require_heights(raster, parameters)
    way = parameters.get("resampling")
    drawing = Drawing(
        address=request.address,
        form=request.form,
        size=_size(parameters.get("size")),
        band=_band(parameters.get("band"), raster),
        resampling=style.resampling if way is None else require_resampling(way, raster.kind),
        look=Look(style.colormap, style.low, style.high),
    )
    if raster.kind != "continuous" and parameters.keys() & {"colormap", "rescale"}:
        raise ParameterError("colormap", f"raster {raster.id} is {raster.kind}; its colours are its own")
    if "colormap" in parameters:
        drawing = replace(drawing, look=replace(drawing.look, colormap=require_ramp(parameters["colormap"])))
    if "rescale" in parameters:
        low, high = parse_rescale(parameters["rescale"])
        drawing = replace(drawing, look=replace(drawing.look, low=low, high=high))
    return drawing


def _require_heights(raster: Raster, parameters: dict[str, str]) -> None:
    if not raster.style.elevation:
        raise ParameterError("raster", f"{raster.id} is not said to be heights; load it with --raster elevation=yes")
    if parameters.keys() & {"colormap", "rescale"}:
        raise ParameterError("colormap", "terrain has no colours; its numbers are heights")


def _size(text: str | None) -> int:
    if text is None:
        return SIZES[0]
    if text not in {str(size) for size in SIZES}:
        raise ParameterError("size", f"{text!r} is none of {', '.join(map(str, SIZES))} pixels")
    return int(text)


def _band(text: str | None, raster: Raster) -> int:
    if text is None:
        return raster.style.band
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise ParameterError("band", f"{text!r} is not the number of a band")
    return raster.band(int(text)).number
