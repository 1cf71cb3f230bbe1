"""Reports as sections: a figure, sentences and a table each, which the page writes as HTML and the PDF as vectors.

Whoever adds to a report adds a section; neither the page nor the PDF knows what it is about.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi.responses import HTMLResponse
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Paragraph, Spacer

from api.pages import page
from api.report import words
from api.report.drawing import Drawing
from api.report.flowables import Picture, marked, register_fonts
from api.report.page import POLICY, Bilingual
from api.report.svg import to_svg
from api.report.typesetting import WIDTH, Cell, Kit, Margins, bound, style_of, text_of
from api.report.words import Language
from layers.title import Title

_FIGURE_HEIGHT = 150 * mm


@dataclass(frozen=True)
class Mark:
    """A word in a table on a colour of its own."""

    title: Title
    color: str


Entry = Title | Mark | str


@dataclass(frozen=True)
class Grid:
    """A table: the title of each column and its share of the width, rows, and which columns hold numbers."""

    heads: tuple[tuple[Title, float], ...]
    rows: tuple[tuple[Entry, ...], ...]
    right: tuple[int, ...] = ()


@dataclass(frozen=True)
class Section:
    """A part of a report with a heading."""

    id: str
    title: Title
    figure: Drawing | None = None
    sentences: tuple[Title, ...] = ()
    grid: Grid | None = None


@dataclass(frozen=True)
class Document:
    """A report: its title, what is said under it, its sections, and when it was made."""

    title: Title
    subject: str
    facts: tuple[tuple[Title, Title], ...]
    sections: tuple[Section, ...]
    made: datetime
    footer: Title


def document_page(report: Document, language: Language) -> HTMLResponse:
    """Return the report as one self-contained page, ``language`` first and the other one under it."""
    answer = page(
        "sections.html",
        report=report,
        language=language,
        two=Bilingual(language),
        figures={section.id: to_svg(section.figure) for section in report.sections if section.figure is not None},
        words=words,
        kind_of=lambda entry: type(entry).__name__,
    )
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Content-Language"] = "zh-CN" if language == "zh" else "en"
    return answer


def document_pdf(report: Document, language: Language) -> bytes:
    """Return the report as a PDF of A4 pages, ``language`` first."""
    register_fonts()
    kit = Kit(language)
    story = [*_head(kit, report)]
    for section in report.sections:
        story += _section(kit, section)
    above = f"{kit.first(report.title)} · {words.instant(report.made)} CST"
    margins = Margins(above, f"{report.footer.zh} {report.footer.en}")
    return bound(story, kit, kit.first(report.title), report.subject, margins)


def _head(kit: Kit, report: Document) -> Iterator[Flowable]:
    yield Paragraph(marked(kit.first(report.title), bold=True), style_of(18))
    yield Spacer(0, 6)
    yield kit.table(
        ((Title("项目", "item"), 22), (Title("内容", "content"), 78)),
        [(kit.two(label, 8), kit.two(value)) for label, value in report.facts],
    )


def _section(kit: Kit, section: Section) -> Iterator[Flowable]:
    heading = kit.heading(section.title)
    if section.figure is not None:
        drawing = section.figure
        width = min(WIDTH, _FIGURE_HEIGHT * drawing.width / drawing.height)
        yield KeepTogether([*heading[1:], Picture(drawing, width)])
    else:
        yield from heading
    for sentence in section.sentences:
        yield from (*kit.two(sentence), Spacer(0, 3))
    if section.grid is not None:
        rows = [_row(kit, section.grid, row) for row in section.grid.rows]
        yield kit.table(section.grid.heads, rows, section.grid.right)


def _row(kit: Kit, grid: Grid, row: Sequence[Entry]) -> list[Cell]:
    return [_cell(kit, entry, right=number in grid.right) for number, entry in enumerate(row)]


def _cell(kit: Kit, entry: Entry, *, right: bool) -> Cell:
    if isinstance(entry, Title):
        return kit.two(entry)
    if isinstance(entry, Mark):
        marked_text = text_of(f"● {entry.title.zh} {entry.title.en}", 8, entry.color)
        return [marked_text]
    return text_of(entry, right=right)
