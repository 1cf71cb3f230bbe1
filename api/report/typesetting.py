"""How reports are typeset: two languages, tables with rules, pages with numbers; A4."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, TypeAlias

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, Paragraph, SimpleDocTemplate, Table, TableStyle

from api.report.flowables import CHINESE, LATIN, marked, runs
from api.report.page import pair
from api.report.words import Language
from layers.title import Title

_SIDE, _TOP, _BOTTOM = 15 * mm, 18 * mm, 17 * mm
# The frame of a page keeps six points on either side.
WIDTH = A4[0] - 2 * _SIDE - 12
SOFT, RULE, INK = "#5f6368", "#dadce0", "#202124"
# A row of a table stays on one page, so that its texts are truncated after so many characters.
LONG, SHORT = 700, 200
Cell: TypeAlias = str | Flowable | list[Flowable]


@dataclass(frozen=True)
class Kit:
    """How a report is typeset: which language comes first."""

    language: Language

    def two(self, title: Title | Mapping[str, str], size: float = 8.5, most: int = LONG) -> list[Flowable]:
        """Return a title in the first language, and small under it in the other."""
        first, second = pair(title, self.language)
        lines = [text_of(first, size, most=most)]
        if second and second != first:
            lines.append(text_of(second, size - 1.8, SOFT, most=most))
        return lines

    def first(self, title: Title | Mapping[str, str]) -> str:
        """Return the first language alone."""
        return pair(title, self.language)[0]

    def heading(self, title: Title) -> list[Flowable]:
        """Return a heading that is never the last thing on a page."""
        first, second = pair(title, self.language)
        markup = f'{marked(first, bold=True)} <font size="9" color="{SOFT}">{marked(second)}</font>'
        style = ParagraphStyle("heading", style_of(13), spaceBefore=14, spaceAfter=5)
        return [CondPageBreak(35 * mm), Paragraph(markup, style)]

    def table(
        self, heads: Sequence[tuple[Title, float]], rows: Iterable[Sequence[Cell]], right: Sequence[int] = ()
    ) -> Table:
        """Return a table whose columns have a title and a share of the width each; those of ``right`` hold numbers."""
        return ruled([self.two(title, 8) for title, _ in heads], [share for _, share in heads], rows, right)


@dataclass(frozen=True)
class Margins:
    """What stands on every page: above it, and below it beside its number."""

    above: str
    below: str


def bound(story: Sequence[Flowable], kit: Kit, title: str, subject: str, margins: Margins) -> bytes:
    """Return the PDF of a story."""
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=_SIDE,
        rightMargin=_SIDE,
        topMargin=_TOP,
        bottomMargin=_BOTTOM,
        title=title,
        author="onemap-twin",
        subject=subject,
        lang="zh-CN" if kit.language == "zh" else "en",
    )

    def canvas(*arguments: Any, **options: Any) -> Canvas:
        return _Numbered(margins, *arguments, **options)

    document.build(list(story), canvasmaker=canvas)
    return buffer.getvalue()


class _Numbered(Canvas):  # type: ignore[misc]
    """Pages with the report's name and date above, and below the number of the page and of all pages."""

    def __init__(self, margins: Margins, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._margins = margins
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - the name is the library's
        """Keep a page until it is known how many there are."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Number all pages and write them."""
        for page in self._pages:
            self.__dict__.update(page)
            self._write(self._margins.above, _SIDE, A4[1] - 11 * mm, right=False)
            self._write(f"{self._pageNumber} / {len(self._pages)}", A4[0] - _SIDE, 9 * mm, right=True)
            self._write(self._margins.below, _SIDE, 9 * mm, right=False)
            super().showPage()
        super().save()

    def _write(self, text: str, x: float, y: float, *, right: bool) -> None:
        pieces = [(font, piece, pdfmetrics.stringWidth(piece, font, 8)) for font, piece in runs(text)]
        x -= sum(width for _, _, width in pieces) if right else 0
        self.setFillColor(HexColor(SOFT))
        for font, piece, width in pieces:
            self.setFont(font, 8)
            self.drawString(x, y, piece)
            x += width


def style_of(size: float, color: str = INK) -> ParagraphStyle:
    """Return a style of so many points."""
    leading = size * 1.35
    return ParagraphStyle("text", fontName=LATIN, fontSize=size, leading=leading, textColor=HexColor(color))


def text_of(text: str, size: float = 8.5, color: str = INK, *, right: bool = False, most: int = LONG) -> Paragraph:
    """Return a paragraph; one with Chinese may break between any two characters."""
    chinese = any(font == CHINESE for font, _ in runs(text))
    style = ParagraphStyle("line", style_of(size, color), alignment=2 if right else 0)
    if chinese:
        style.wordWrap = "CJK"
    return Paragraph(marked(text, most), style)


def padding(side: float, above: float) -> list[tuple[Any, ...]]:
    """Return the commands of a table that leave so much room in its cells."""
    names = {"LEFTPADDING": side, "RIGHTPADDING": side, "TOPPADDING": above, "BOTTOMPADDING": above}
    return [(name, (0, 0), (-1, -1), value) for name, value in names.items()]


def ruled(
    heads: Sequence[Cell], shares: Sequence[float], rows: Iterable[Sequence[Cell]], right: Sequence[int]
) -> Table:
    """Return a table with a rule under each row, its first row on every page; columns of ``right`` hold numbers."""
    placed = [[_cell(cell, n in right) for n, cell in enumerate(row)] for row in rows]
    widths = [share / sum(shares) * WIDTH for share in shares]
    table = Table([list(heads), *placed], widths, repeatRows=1)
    ruled = [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor(RULE)),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, HexColor(SOFT)),
    ]
    table.setStyle(TableStyle([*padding(3, 3), ("VALIGN", (0, 0), (-1, -1), "TOP"), *ruled]))
    return table


def _cell(cell: Cell, right: bool) -> Flowable | list[Flowable]:
    return text_of(cell, right=right) if isinstance(cell, str) else cell
