"""A new layer from a file: its id, its columns, and a style for its geometry."""

import hashlib
import re

from layers.base import Column, ColumnType, GeometryType
from layers.errors import ParameterError
from layers.store.dataset_layer import DatasetLayer
from layers.style import Label, Single, Style, Variant, Width
from layers.title import Title

_ID = re.compile(r"[a-z][a-z0-9_]{0,40}")
THEME = "social"
_PLAIN = Title("单色", "plain")
_MULTI: dict[str, GeometryType] = {
    "Point": "Point",
    "MultiPoint": "MultiPoint",
    "LineString": "MultiLineString",
    "MultiLineString": "MultiLineString",
    "Polygon": "MultiPolygon",
    "MultiPolygon": "MultiPolygon",
}
# From Okabe and Ito's colours, which are colour-blind safe.
_COLORS = {"circle": "#CC79A7", "line": "#0072B2", "fill": "#E69F00"}
_ORDERS = {"circle": 73, "line": 46, "fill": 35}
# The most features of a layer that is shown from each zoom.
_ZOOMS = ((1_000, 6), (20_000, 10), (200_000, 12))
_LAST_ZOOM = 13
_HASH_DIGITS = 8


def layer_id(text: str) -> str:
    """Return an id for a layer, made from a file's or table's name; raises ParameterError where none can be made."""
    name = re.sub(r"\W+|_+", "_", text.lower()).strip("_")
    if not _ID.fullmatch(name):
        raise ParameterError(
            "layer", f"{text!r} cannot be made into a layer id (a-z, 0-9 and _, a letter first); name one with --layer"
        )
    return name


def dataset_id(name: str, layer: str) -> str:
    """Return the default dataset id of a file: from its name, if an id can be made of it.

    From a name such as 门店 none can: then it is the layer with a hash of the name, so that files of
    different names are not taken for states of one dataset.
    """
    try:
        return layer_id(name)
    except ParameterError:
        return f"{layer}-{hashlib.sha256(name.encode()).hexdigest()[:_HASH_DIGITS]}"


def geometry_of(types: frozenset[str]) -> GeometryType | None:
    """Return the geometry type of a layer that holds all of these, or None where points, lines and areas mix."""
    layer_types = {_MULTI.get(name) for name in types}
    if layer_types == {"Point", "MultiPoint"}:
        return "MultiPoint"
    return layer_types.pop() if len(layer_types) == 1 else None


def infer_layer(
    name: str, title: str, geometry: GeometryType, columns: dict[str, tuple[str, ColumnType]], count: int
) -> DatasetLayer:
    """Return a new layer; ``columns`` gives, by safe name, the name in the file and the type."""
    return DatasetLayer(
        id=name,
        title=Title(title, title),
        theme=THEME,
        geometry=geometry,
        columns=tuple(Column(safe, kind, Title(label, label)) for safe, (label, kind) in columns.items()),
        style=_style(geometry, labelled="name" in columns),
        minzoom=next((zoom for most, zoom in _ZOOMS if count <= most), _LAST_ZOOM),
    )


def _style(geometry: GeometryType, *, labelled: bool) -> Style:
    label = Label(minzoom=14, size=11, placement="line" if "Line" in geometry else "point") if labelled else None
    if "Polygon" in geometry:
        return _single_style("fill", label, opacity=0.55, outline="#8a6d1f")
    if "Line" in geometry:
        return _single_style("line", label)
    return _single_style("circle", label, width=Width(((8, 2), (16, 6))))


def _single_style(kind: str, label: Label | None, **more: object) -> Style:
    variants = (Variant("plain", _PLAIN, Single(_COLORS[kind])),)
    return Style(kind=kind, variants=variants, order=_ORDERS[kind], label=label, **more)  # type: ignore[arg-type]
