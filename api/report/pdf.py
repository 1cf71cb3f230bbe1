"""The report as a PDF of A4 pages: vectors, both languages, page numbers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, TypeAlias

from reportlab.lib.colors import HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from api.report import words
from api.report.flowables import CHINESE, LATIN, Picture, marked, register_fonts, runs
from api.report.page import pair, places_of, street_legend
from api.report.plan_drawing import plan_drawing
from api.report.storm_drawing import storm_drawing
from api.report.words import WORDS, Language
from layers.registry import Registry
from layers.title import Title
from twin.hazard import SCREENING, Level
from twin.runs.ground_plan import GroundPlan
from twin.runs.impact_titles import kind_title
from twin.runs.report import Report

_SIDE, _TOP, _BOTTOM = 15 * mm, 18 * mm, 17 * mm
# The frame of a page keeps six points on either side.
_WIDTH = A4[0] - 2 * _SIDE - 12
_MAP_HEIGHT = 136 * mm
_SOFT, _RULE, _INK = "#5f6368", "#dadce0", "#202124"
# A row of a table stays on one page, so that its texts are truncated after so many characters; and a task's row has
# its last events only.
_LONG, _SHORT, _MOST_EVENTS = 700, 200, 5
Cell: TypeAlias = str | Flowable | list[Flowable]


@dataclass(frozen=True)
class _Kit:
    """How a report is typeset: which language comes first."""

    language: Language

    def two(self, title: Title | Mapping[str, str], size: float = 8.5, most: int = _LONG) -> list[Flowable]:
        """Return a title in the first language, and small under it in the other."""
        first, second = pair(title, self.language)
        lines = [_text(first, size, most=most)]
        if second and second != first:
            lines.append(_text(second, size - 1.8, _SOFT, most=most))
        return lines

    def first(self, title: Title | Mapping[str, str]) -> str:
        return pair(title, self.language)[0]

    def heading(self, title: Title) -> list[Flowable]:
        """Return a heading that is never the last thing on a page."""
        first, second = pair(title, self.language)
        markup = f'{marked(first, bold=True)} <font size="9" color="{_SOFT}">{marked(second)}</font>'
        style = ParagraphStyle("heading", _style(13), spaceBefore=14, spaceAfter=5)
        return [CondPageBreak(35 * mm), Paragraph(markup, style)]

    def table(
        self, heads: Sequence[tuple[str, float]], rows: Iterable[Sequence[Cell]], right: Sequence[int] = ()
    ) -> Table:
        """Return a table whose columns have a word and a share of the width each; columns of ``right`` hold numbers."""
        return _table([self.two(WORDS[name], 8) for name, _ in heads], [share for _, share in heads], rows, right)


def report_pdf(report: Report, plan: GroundPlan | None, registry: Registry, language: Language) -> bytes:
    """Return the PDF, ``language`` first."""
    register_fonts()
    kit, buffer = _Kit(language), BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=_SIDE,
        rightMargin=_SIDE,
        topMargin=_TOP,
        bottomMargin=_BOTTOM,
        title=kit.first(report.title),
        author="onemap-twin",
        subject=report.run.title,
        lang="zh-CN" if language == "zh" else "en",
    )
    gusts = street_legend(registry, report.run.scenario)
    story = [*_head(kit, report), *_map(kit, report, plan, gusts), *_storm(kit, report), *_objects(kit, report)]
    story += [*_facades(kit, report), *_warnings(kit, report), *_tasks(kit, report), *_after(kit, report)]
    story += _method(kit, report)
    margin = f"{kit.first(report.title)} · {words.instant(report.made)} CST"

    def canvas(*arguments: Any, **options: Any) -> Canvas:
        return _Numbered(margin, *arguments, **options)

    document.build(story, canvasmaker=canvas)
    return buffer.getvalue()


class _Numbered(Canvas):  # type: ignore[misc]
    """Pages with the report's name and date above, and below the number of the page and of all pages."""

    def __init__(self, margin: str, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._margin = margin
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - the name is the library's
        """Keep a page until it is known how many there are."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Number all pages and write them."""
        for page in self._pages:
            self.__dict__.update(page)
            self._write(self._margin, _SIDE, A4[1] - 11 * mm, right=False)
            self._write(f"{self._pageNumber} / {len(self._pages)}", A4[0] - _SIDE, 9 * mm, right=True)
            self._write(f"{SCREENING.zh} {SCREENING.en}", _SIDE, 9 * mm, right=False)
            super().showPage()
        super().save()

    def _write(self, text: str, x: float, y: float, *, right: bool) -> None:
        pieces = [(font, piece, pdfmetrics.stringWidth(piece, font, 8)) for font, piece in runs(text)]
        x -= sum(width for _, _, width in pieces) if right else 0
        self.setFillColor(HexColor(_SOFT))
        for font, piece, width in pieces:
            self.setFont(font, 8)
            self.drawString(x, y, piece)
            x += width


def _style(size: float, color: str = _INK) -> ParagraphStyle:
    leading = size * 1.35
    return ParagraphStyle("text", fontName=LATIN, fontSize=size, leading=leading, textColor=HexColor(color))


def _text(text: str, size: float = 8.5, color: str = _INK, *, right: bool = False, most: int = _LONG) -> Paragraph:
    """Return a paragraph; one with Chinese may break between any two characters."""
    chinese = any(font == CHINESE for font, _ in runs(text))
    style = ParagraphStyle("line", _style(size, color), alignment=2 if right else 0)
    if chinese:
        style.wordWrap = "CJK"
    return Paragraph(marked(text, most), style)


def _name(text: str) -> Paragraph:
    return _text(text, most=_SHORT)


def _level(kit: _Kit, number: int) -> Flowable:
    """Return a level as a coloured badge."""
    level = Level(number)
    color = _INK if level is Level.YELLOW else "#ffffff"
    badge = ParagraphStyle("badge", _style(7.5, color), alignment=1)
    cell = Paragraph(marked(kit.first(level.title)), badge)
    colored = Table([[cell]], colWidths=[40], rowHeights=[12], cornerRadii=[5] * 4)
    colored.setStyle(TableStyle([("BACKGROUND", (0, 0), (-1, -1), HexColor(level.color)), *_padding(0, 1)]))
    return colored


def _padding(side: float, above: float) -> list[tuple[Any, ...]]:
    names = {"LEFTPADDING": side, "RIGHTPADDING": side, "TOPPADDING": above, "BOTTOMPADDING": above}
    return [(name, (0, 0), (-1, -1), value) for name, value in names.items()]


def _table(
    heads: Sequence[Cell], shares: Sequence[float], rows: Iterable[Sequence[Cell]], right: Sequence[int]
) -> Table:
    placed = [[_cell(cell, n in right) for n, cell in enumerate(row)] for row in rows]
    widths = [share / sum(shares) * _WIDTH for share in shares]
    table = Table([list(heads), *placed], widths, repeatRows=1)
    ruled = [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor(_RULE)),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, HexColor(_SOFT)),
    ]
    table.setStyle(TableStyle([*_padding(3, 3), ("VALIGN", (0, 0), (-1, -1), "TOP"), *ruled]))
    return table


def _cell(cell: Cell, right: bool) -> Flowable | list[Flowable]:
    return _text(cell, right=right) if isinstance(cell, str) else cell


def _head(kit: _Kit, report: Report) -> Iterator[Flowable]:
    first, second = pair(report.title, kit.language)
    yield Paragraph(marked(first, bold=True), _style(18))
    yield _text(second, 11, _SOFT)
    yield Spacer(0, 8)
    rows = [[kit.two(label, 8), kit.two(value)] for label, value in words.facts(report)]
    table = Table(rows, [32 * mm, _WIDTH - 32 * mm])
    table.setStyle(TableStyle([*_padding(0, 2), ("VALIGN", (0, 0), (-1, -1), "TOP")]))
    yield table
    yield Spacer(0, 8)
    yield _counts(kit, report)


def _counts(kit: _Kit, report: Report) -> Table:
    cells = [[_text(str(number), 15), *kit.two(words.counted(level))] for level, number in report.levels.items()]
    table = Table([cells], [_WIDTH / len(cells)] * len(cells))
    bars = [("LINEABOVE", (n, 0), (n, 0), 4, HexColor(level.color)) for n, level in enumerate(report.levels)]
    table.setStyle(TableStyle([*_padding(6, 4), *bars, ("INNERGRID", (0, 0), (-1, -1), 6, white)]))
    return table


def _map(kit: _Kit, report: Report, plan: GroundPlan | None, gusts: Mapping[str, Any] | None) -> Iterator[Flowable]:
    drawn: list[Flowable] = [*kit.heading(WORDS["map"])[1:]]
    if plan is not None:
        drawing = plan_drawing(plan, report.objects, gusts, places_of(report))
        drawn.append(Picture(drawing, min(_WIDTH, _MAP_HEIGHT * drawing.width / drawing.height)))
        drawn += kit.two(WORDS["map_note"], 8)
    yield KeepTogether([*drawn, Spacer(0, 3), *kit.two(words.zones_line(report))])


def _storm(kit: _Kit, report: Report) -> Iterator[Flowable]:
    drawing = storm_drawing(report.steps)
    if drawing is not None:
        yield KeepTogether([*kit.heading(WORDS["storm"])[1:], Picture(drawing, _WIDTH)])


def _objects(kit: _Kit, report: Report) -> Iterator[Flowable]:
    yield from kit.heading(WORDS["objects"])
    if not report.objects:
        yield from kit.two(WORDS["no_object"])
        return
    heads = (("rank", 7), ("level", 12), ("name", 27), ("reason", 74), ("people", 13))
    yield kit.table(heads, (_object(kit, each) for each in report.objects), (0, 4))


def _object(kit: _Kit, each: Mapping[str, Any]) -> Sequence[Cell]:
    under = [kit.first(each["kind_title"]), words.contact(each)]
    name = [_name(each["name"] or each["key"]), *(_text(line, 6.7, _SOFT, most=_SHORT) for line in under if line)]
    reason = kit.two(each["reason"] if each["reason"]["zh"] else WORDS["no_reason"])
    if each["screening"] and SCREENING.zh not in each["reason"]["zh"]:
        reason.append(_text(f"{SCREENING.zh} {SCREENING.en}", 6.7, _SOFT))
    return str(each["rank"]), _level(kit, each["level"]), name, reason, words.people(each["people"])


def _facades(kit: _Kit, report: Report) -> Iterator[Flowable]:
    yield from kit.heading(WORDS["facades"])
    if not report.facades:
        yield from kit.two(WORDS["no_facade"])
        return
    rows = (
        (
            _name(row.name or row.key),
            _level(kit, row.level),
            f"{row.worst:.2f}",
            kit.two(words.where(row)),
            " / ".join(str(number) for number in row.cells.values()),
        )
        for row in report.facades
    )
    yield kit.table((("building", 36), ("level", 12), ("worst", 12), ("where", 38), ("cells", 32)), rows, (2, 4))


def _warnings(kit: _Kit, report: Report) -> Iterator[Flowable]:
    yield from kit.heading(WORDS["warnings"])
    if not report.warnings:
        yield from kit.two(WORDS["no_warning"])
        return
    rows = [
        (
            [*kit.two(each["document"]["title"]), _text(str(each["document"].get("text") or ""), 6.7, _SOFT)],
            _level(kit, each["level"]),
            words.instant(each["issued"]),
            words.instant(each["expires"]),
        )
        for each in report.warnings
    ]
    yield kit.table((("warning", 72), ("level", 12), ("issued", 24), ("expires", 24)), rows)


def _tasks(kit: _Kit, report: Report) -> Iterator[Flowable]:
    yield from kit.heading(WORDS["tasks"])
    if not report.tasks:
        yield from kit.two(WORDS["no_task"])
        return
    yield from kit.two(words.task_line(report))
    yield Spacer(0, 4)
    heads = (("task", 55), ("level", 12), ("department", 30), ("deadline", 23), ("state", 14))
    yield kit.table(heads, (_task(kit, each) for each in report.tasks))


def _task(kit: _Kit, each: Mapping[str, Any]) -> Sequence[Cell]:
    events = [_text(f"· {line}", 6.7, _SOFT, most=_SHORT) for line in map(words.event_line, each["events"][1:])]
    state = kit.two(each["state_title"])
    if each["overdue"]:
        state.append(_text(kit.first(WORDS["overdue"]), 7.5, "#b3261e"))
    contact = words.contact(each)
    department = [*kit.two(each["department"]), *([_text(contact, 6.7, _SOFT, most=_SHORT)] if contact else [])]
    deadline = words.instant(each["deadline"])
    title = kit.two(each["title"], most=_SHORT)
    return [*title, *events[-_MOST_EVENTS:]], _level(kit, each["level"]), department, deadline, state


def _after(kit: _Kit, report: Report) -> Iterator[Flowable]:
    yield from kit.heading(WORDS["after"])
    if report.after is None:
        yield from kit.two(WORDS["no_damage"])
        return
    judged, counts = report.after.json(words.MOST_ALARMS, words.MOST_DAMAGES), report.after.action.score
    scores = [(WORDS["all"], judged["score"])] + [(kind_title(kind), one) for kind, one in judged["kinds"].items()]
    heads = [kit.two(WORDS[name], 8) for name in ("kind", "hits", "misses", "alarms")]
    rows = [(kit.two(title), *_score(one)) for title, one in scores]
    ratios = [_text(name, 8, right=True) for name in ("POD", "FAR", "CSI")]
    yield _table([*heads, *ratios], (40, 15, 15, 20, 13, 13, 13), rows, range(1, 7))
    yield Spacer(0, 3)
    yield from kit.two(words.score_note(judged["near_m"]), 8)
    yield from _hits(kit, judged["hits"], counts.hits)
    for name, number in (("misses", counts.misses), ("outside", len(report.after.outside))):
        yield from _damages(kit, words.numbered(WORDS[name], number), judged[name])
    if judged["false_alarms"]:
        names = "；".join(each["name"][:_SHORT] for each in judged["false_alarms"])
        yield from (
            Spacer(0, 5),
            *kit.two(words.numbered(WORDS["alarms"], counts.false_alarms)),
            _text(names, 8, most=5000),
        )


def _score(one: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(one[name]) for name in ("hits", "misses", "false_alarms"))
    yield from (words.ratio(one[name]) for name in ("pod", "far", "csi"))


def _hits(kit: _Kit, hits: Sequence[Mapping[str, Any]], number: int) -> Iterator[Flowable]:
    if hits:
        heads = (("time", 24), ("damage", 42), ("foreseen", 44), ("distance", 13), ("acted", 14))
        yield from (Spacer(0, 6), *kit.two(words.numbered(WORDS["hits"], number)))
        yield kit.table(heads, (_hit(kit, hit) for hit in hits), (3,))


def _hit(kit: _Kit, hit: Mapping[str, Any]) -> Sequence[Cell]:
    damage, damaged = hit["damage"], hit["object"]
    acted = kit.first(WORDS["yes" if hit["acted_before"] else "no"])
    what = [*kit.two(damage["kind_title"]), _text(damage["note"], 7.5)]
    return words.instant(damage["time"]), what, _name(damaged["name"]), f"{hit['distance_m']:.0f} m", acted


def _damages(kit: _Kit, title: Title, damages: Sequence[Mapping[str, Any]]) -> Iterator[Flowable]:
    if damages:
        rows = [
            (
                words.instant(each["time"]),
                [*kit.two(each["kind_title"]), _text(each["note"], 7.5)],
                f"{each['lon']:.5f}, {each['lat']:.5f}",
            )
            for each in damages
        ]
        yield from (Spacer(0, 6), *kit.two(title))
        yield kit.table((("time", 24), ("damage", 80), ("place", 32)), rows)


def _method(kit: _Kit, report: Report) -> Iterator[Flowable]:
    yield from kit.heading(WORDS["method"])
    yield from kit.two(words.fields(report))
    for number, sentence in enumerate(report.method, start=1):
        first, second = pair(sentence, kit.language)
        yield from (Spacer(0, 4), _text(f"{number}. {first}", 8.5), _text(second, 7, _SOFT))
