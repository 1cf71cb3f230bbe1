"""Text and drawings in a PDF: Latin in Helvetica, Chinese in a CID font, neither of which needs a file."""

from collections.abc import Iterator
from functools import cache
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable

from api.report.drawing import Area, Dot, Drawing, Label, Line, Shape

LATIN, BOLD, CHINESE = "Helvetica", "Helvetica-Bold", "STSong-Light"


@cache
def register_fonts() -> None:
    """Register the Chinese font; Adobe-GB1, encoded as UCS-2."""
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
    pdfmetrics.registerFontFamily(CHINESE, CHINESE, CHINESE, CHINESE, CHINESE)


def runs(text: str, *, bold: bool = False) -> Iterator[tuple[str, str]]:
    """Yield a text in pieces, each with the font that has its characters; those that no font has become 〓."""
    for latin, piece in groupby(text, _is_latin):
        joined = "".join(piece)
        yield ((BOLD if bold else LATIN) if latin else CHINESE, joined if latin else _printable(joined))


def _is_latin(character: str) -> bool:
    """Tell whether Helvetica has a character: those of Windows-1252."""
    try:
        character.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _printable(text: str) -> str:
    """Return a text without what UCS-2 cannot carry."""
    return "".join(
        "〓" if ord(character) > 0xFFFF or 0xD800 <= ord(character) < 0xE000 else character for character in text
    )


def marked(text: str, most: int = 700, *, bold: bool = False) -> str:
    """Return a text as a paragraph's markup, everything in it escaped, cut after ``most`` characters."""
    cut = text if len(text) <= most else f"{text[:most]}…"
    clean = "".join(character if character.isprintable() else " " for character in cut)
    return "".join(f'<font name="{font}">{escape(piece)}</font>' for font, piece in runs(clean, bold=bold))


class Picture(Flowable):  # type: ignore[misc]
    """A drawing on a page, scaled to a given width."""

    def __init__(self, drawing: Drawing, width: float) -> None:
        """Scale the drawing to ``width`` points."""
        super().__init__()
        self.drawing = drawing
        self.scale = width / drawing.width
        self.width, self.height = width, drawing.height * self.scale

    def wrap(self, *_: float) -> tuple[float, float]:
        """Return the size, whatever room there is."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw it as vectors; y points up here."""
        canvas = self.canv
        canvas.saveState()
        canvas.scale(self.scale, self.scale)
        for shape in self.drawing.shapes:
            _draw(canvas, shape, self.drawing.height)
        canvas.restoreState()


def _draw(canvas: Any, shape: Shape, height: float) -> None:
    match shape:
        case Area():
            _area(canvas, shape, height)
        case Line():
            _line(canvas, shape, height)
        case Dot():
            _pen(canvas, shape.stroke, shape.width)
            canvas.setFillColor(HexColor(shape.fill))
            canvas.circle(shape.at[0], height - shape.at[1], shape.radius, stroke=1, fill=1)
        case Label():
            _label(canvas, shape, height)


def _pen(canvas: Any, color: str, width: float) -> None:
    canvas.setStrokeColor(HexColor(color))
    canvas.setLineWidth(width)


def _area(canvas: Any, shape: Area, height: float) -> None:
    canvas.saveState()
    canvas.setFillColor(HexColor(shape.fill))
    canvas.setFillAlpha(shape.opacity)
    if shape.stroke:
        _pen(canvas, shape.stroke, shape.width)
    # 1 is PDF's rule of non-zero winding, by which rings that turn the other way are holes.
    canvas.drawPath(_path(canvas, shape.rings, height, close=True), stroke=bool(shape.stroke), fill=1, fillMode=1)
    canvas.restoreState()


def _line(canvas: Any, shape: Line, height: float) -> None:
    canvas.saveState()
    _pen(canvas, shape.stroke, shape.width)
    canvas.setLineCap(0 if shape.dash else 1)
    if shape.dash:
        canvas.setDash(shape.dash, shape.dash)
    canvas.drawPath(_path(canvas, shape.lines, height, close=False), stroke=1, fill=0)
    canvas.restoreState()


def _path(canvas: Any, rings: tuple[tuple[tuple[float, float], ...], ...], height: float, *, close: bool) -> Any:
    path = canvas.beginPath()
    for (x, y), *rest in (ring for ring in rings if ring):
        path.moveTo(x, height - y)
        for along, down in rest:
            path.lineTo(along, height - down)
        if close:
            path.close()
    return path


def _label(canvas: Any, shape: Label, height: float) -> None:
    pieces = [
        (font, text, pdfmetrics.stringWidth(text, font, shape.size)) for font, text in runs(shape.text, bold=shape.bold)
    ]
    shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[shape.anchor]
    x = shape.at[0] - shift * sum(width for _, _, width in pieces)
    canvas.setFillColor(HexColor(shape.color))
    for font, text, width in pieces:
        canvas.setFont(font, shape.size)
        canvas.drawString(x, height - shape.at[1], text)
        x += width
