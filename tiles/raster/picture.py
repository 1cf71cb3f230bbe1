"""A raster tile as the bytes of a picture."""

from io import BytesIO
from typing import Any

from PIL import Image

from layers.raster import DatasetPool, Raster, Rgba, as_image, as_terrain, by_classes, by_ramp, read_frame
from tiles.raster.request import Drawing, Form

KINDS: dict[Form, bytes] = {"png": b"image/png", "webp": b"image/webp", "terrain": b"image/png"}
# Photographs may lose what no eye sees; numbers may not.
_PHOTO_QUALITY = 85
_PNG_LEVEL = 2


def draw(pool: DatasetPool, raster: Raster, drawing: Drawing) -> bytes:
    """Return the picture of one tile; it blocks, and belongs into a thread."""
    bands = (1, 2, 3) if raster.kind == "image" else (drawing.band,)
    values = read_frame(pool, raster, drawing.frame, drawing.resampling, bands)
    return _encoded(_colored(raster, drawing, values), drawing.form, photo=raster.kind == "image")


def _colored(raster: Raster, drawing: Drawing, values: Any) -> Rgba:
    if drawing.form == "terrain":
        return as_terrain(values[0])
    if raster.kind == "image":
        return as_image(values)
    if raster.kind == "categorical":
        return by_classes(values[0], raster.style.classes)
    return by_ramp(values[0], drawing.look)


def _encoded(colors: Rgba, form: Form, *, photo: bool) -> bytes:
    opaque = bool((colors[..., 3] == 255).all())
    picture = Image.fromarray(colors[..., :3].copy() if opaque else colors)
    sink = BytesIO()
    if form == "webp":
        picture.save(sink, "WEBP", lossless=not photo, quality=_PHOTO_QUALITY if photo else 0, method=2)
    else:
        picture.save(sink, "PNG", compress_level=_PNG_LEVEL)
    return sink.getvalue()
