"""Drawings as SVG inside a page."""

from collections.abc import Iterable
from functools import singledispatch

from markupsafe import Markup, escape

from api.report.drawing import Area, Dot, Drawing, Label, Line, Point, Shape


def to_svg(drawing: Drawing) -> Markup:
    """Return a drawing as an <svg> element; every text in it is escaped."""
    size = f"{drawing.width:.0f} {drawing.height:.0f}"
    parts = "".join(_element(shape) for shape in drawing.shapes)
    head = f'<svg viewBox="0 0 {size}" role="img" xmlns="http://www.w3.org/2000/svg" font-family="inherit">'
    # All of it is written here: numbers, colours of ours, and texts that were escaped.
    return Markup(f"{head}<title>{escape(drawing.title)}</title>{parts}</svg>")  # noqa: S704


@singledispatch
def _element(shape: Shape) -> str:
    raise TypeError(f"{type(shape).__name__} is no shape of a drawing")


@_element.register
def _(shape: Area) -> str:
    path = "".join(f"M{_points(ring)}Z" for ring in shape.rings if len(ring) > 2)
    rim = f' stroke="{shape.stroke}" stroke-width="{shape.width:g}"' if shape.stroke else ""
    faint = f' opacity="{shape.opacity:g}"' if shape.opacity < 1 else ""
    return f'<path d="{path}" fill="{shape.fill}"{rim}{faint}/>'


@_element.register
def _(shape: Line) -> str:
    path = "".join(f"M{_points(line)}" for line in shape.lines if len(line) > 1)
    dashes = f' stroke-dasharray="{shape.dash:g}"' if shape.dash else ' stroke-linecap="round"'
    return f'<path d="{path}" fill="none" stroke="{shape.stroke}" stroke-width="{shape.width:g}"{dashes}/>'


@_element.register
def _(shape: Dot) -> str:
    x, y = shape.at
    rim = f'stroke="{shape.stroke}" stroke-width="{shape.width:g}"'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{shape.radius:g}" fill="{shape.fill}" {rim}/>'


@_element.register
def _(shape: Label) -> str:
    x, y = shape.at
    anchor = "" if shape.anchor == "start" else f' text-anchor="{shape.anchor}"'
    bold = ' font-weight="bold"' if shape.bold else ""
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{shape.size:g}" fill="{shape.color}"{anchor}{bold}'
    return f"<text {place}>{escape(shape.text)}</text>"


def _points(points: Iterable[Point]) -> str:
    return "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
