"""The report as a PDF of A4 pages: vectors, both languages, page numbers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reportlab.lib.colors import HexColor, white
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Paragraph, Spacer, Table, TableStyle

from api.report import words
from api.report.flowables import Picture, marked, register_fonts
from api.report.page import pair, places_of, street_legend
from api.report.plan_drawing import plan_drawing
from api.report.storm_drawing import storm_drawing
from api.report.typesetting import (
    INK,
    SHORT,
    SOFT,
    WIDTH,
    Cell,
    Kit,
    Margins,
    bound,
    padding,
    ruled,
    style_of,
    text_of,
)  # fmt: skip
from api.report.words import WORDS, Language
from layers.registry import Registry
from layers.title import Title
from twin.hazard import SCREENING, Level
from twin.runs.ground_plan import GroundPlan
from twin.runs.impact_titles import kind_title
from twin.runs.report import Report

_MAP_HEIGHT = 136 * mm
# A task's row has its last events only: it stays on one page.
_MOST_EVENTS = 5


def report_pdf(report: Report, plan: GroundPlan | None, registry: Registry, language: Language) -> bytes:
    """Return the PDF, ``language`` first."""
    register_fonts()
    kit = Kit(language)
    gusts = street_legend(registry, report.run.scenario)
    story = [*_head(kit, report), *_map(kit, report, plan, gusts), *_storm(kit, report), *_objects(kit, report)]
    story += [*_facades(kit, report), *_warnings(kit, report), *_tasks(kit, report), *_after(kit, report)]
    story += _method(kit, report)
    above = f"{kit.first(report.title)} · {words.instant(report.made)} CST"
    margins = Margins(above, f"{SCREENING.zh} {SCREENING.en}")
    return bound(story, kit, kit.first(report.title), report.run.title, margins)


def _worded(*heads: tuple[str, float]) -> list[tuple[Title, float]]:
    return [(WORDS[name], share) for name, share in heads]


def _name(text: str) -> Paragraph:
    return text_of(text, most=SHORT)


def _level(kit: Kit, number: int) -> Flowable:
    """Return a level as a coloured badge."""
    level = Level(number)
    color = INK if level is Level.YELLOW else "#ffffff"
    badge = ParagraphStyle("badge", style_of(7.5, color), alignment=1)
    cell = Paragraph(marked(kit.first(level.title)), badge)
    colored = Table([[cell]], colWidths=[40], rowHeights=[12], cornerRadii=[5] * 4)
    colored.setStyle(TableStyle([("BACKGROUND", (0, 0), (-1, -1), HexColor(level.color)), *padding(0, 1)]))
    return colored


def _head(kit: Kit, report: Report) -> Iterator[Flowable]:
    first, second = pair(report.title, kit.language)
    yield Paragraph(marked(first, bold=True), style_of(18))
    yield text_of(second, 11, SOFT)
    yield Spacer(0, 8)
    rows = [[kit.two(label, 8), kit.two(value)] for label, value in words.facts(report)]
    table = Table(rows, [32 * mm, WIDTH - 32 * mm])
    table.setStyle(TableStyle([*padding(0, 2), ("VALIGN", (0, 0), (-1, -1), "TOP")]))
    yield table
    yield Spacer(0, 8)
    yield _counts(kit, report)


def _counts(kit: Kit, report: Report) -> Table:
    cells = [[text_of(str(number), 15), *kit.two(words.counted(level))] for level, number in report.levels.items()]
    table = Table([cells], [WIDTH / len(cells)] * len(cells))
    bars = [("LINEABOVE", (n, 0), (n, 0), 4, HexColor(level.color)) for n, level in enumerate(report.levels)]
    table.setStyle(TableStyle([*padding(6, 4), *bars, ("INNERGRID", (0, 0), (-1, -1), 6, white)]))
    return table


def _map(kit: Kit, report: Report, plan: GroundPlan | None, gusts: Mapping[str, Any] | None) -> Iterator[Flowable]:
    drawn: list[Flowable] = [*kit.heading(WORDS["map"])[1:]]
    if plan is not None:
        drawing = plan_drawing(plan, report.objects, gusts, places_of(report))
        drawn.append(Picture(drawing, min(WIDTH, _MAP_HEIGHT * drawing.width / drawing.height)))
        drawn += kit.two(WORDS["map_note"], 8)
    yield KeepTogether([*drawn, Spacer(0, 3), *kit.two(words.zones_line(report))])


def _storm(kit: Kit, report: Report) -> Iterator[Flowable]:
    drawing = storm_drawing(report.steps)
    if drawing is not None:
        yield KeepTogether([*kit.heading(WORDS["storm"])[1:], Picture(drawing, WIDTH)])


def _objects(kit: Kit, report: Report) -> Iterator[Flowable]:
    yield from kit.heading(WORDS["objects"])
    if not report.objects:
        yield from kit.two(WORDS["no_object"])
        return
    heads = _worded(("rank", 7), ("level", 12), ("name", 27), ("reason", 74), ("people", 13))
    yield kit.table(heads, (_object(kit, each) for each in report.objects), (0, 4))


def _object(kit: Kit, each: Mapping[str, Any]) -> Sequence[Cell]:
    under = [kit.first(each["kind_title"]), words.contact(each)]
    name = [_name(each["name"] or each["key"]), *(text_of(line, 6.7, SOFT, most=SHORT) for line in under if line)]
    reason = kit.two(each["reason"] if each["reason"]["zh"] else WORDS["no_reason"])
    if each["screening"] and SCREENING.zh not in each["reason"]["zh"]:
        reason.append(text_of(f"{SCREENING.zh} {SCREENING.en}", 6.7, SOFT))
    return str(each["rank"]), _level(kit, each["level"]), name, reason, words.people(each["people"])


def _facades(kit: Kit, report: Report) -> Iterator[Flowable]:
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
    yield kit.table(_worded(("building", 36), ("level", 12), ("worst", 12), ("where", 38), ("cells", 32)), rows, (2, 4))


def _warnings(kit: Kit, report: Report) -> Iterator[Flowable]:
    yield from kit.heading(WORDS["warnings"])
    if not report.warnings:
        yield from kit.two(WORDS["no_warning"])
        return
    rows = [
        (
            [*kit.two(each["document"]["title"]), text_of(str(each["document"].get("text") or ""), 6.7, SOFT)],
            _level(kit, each["level"]),
            words.instant(each["issued"]),
            words.instant(each["expires"]),
        )
        for each in report.warnings
    ]
    yield kit.table(_worded(("warning", 72), ("level", 12), ("issued", 24), ("expires", 24)), rows)


def _tasks(kit: Kit, report: Report) -> Iterator[Flowable]:
    yield from kit.heading(WORDS["tasks"])
    if not report.tasks:
        yield from kit.two(WORDS["no_task"])
        return
    yield from kit.two(words.task_line(report))
    yield Spacer(0, 4)
    heads = _worded(("task", 55), ("level", 12), ("department", 30), ("deadline", 23), ("state", 14))
    yield kit.table(heads, (_task(kit, each) for each in report.tasks))


def _task(kit: Kit, each: Mapping[str, Any]) -> Sequence[Cell]:
    events = [text_of(f"· {line}", 6.7, SOFT, most=SHORT) for line in map(words.event_line, each["events"][1:])]
    state = kit.two(each["state_title"])
    if each["overdue"]:
        state.append(text_of(kit.first(WORDS["overdue"]), 7.5, "#b3261e"))
    contact = words.contact(each)
    department = [*kit.two(each["department"]), *([text_of(contact, 6.7, SOFT, most=SHORT)] if contact else [])]
    deadline = words.instant(each["deadline"])
    title = kit.two(each["title"], most=SHORT)
    return [*title, *events[-_MOST_EVENTS:]], _level(kit, each["level"]), department, deadline, state


def _after(kit: Kit, report: Report) -> Iterator[Flowable]:
    yield from kit.heading(WORDS["after"])
    if report.after is None:
        yield from kit.two(WORDS["no_damage"])
        return
    judged, counts = report.after.json(words.MOST_ALARMS, words.MOST_DAMAGES), report.after.action.score
    scores = [(WORDS["all"], judged["score"])] + [(kind_title(kind), one) for kind, one in judged["kinds"].items()]
    heads = [kit.two(WORDS[name], 8) for name in ("kind", "hits", "misses", "alarms")]
    rows = [(kit.two(title), *_score(one)) for title, one in scores]
    ratios = [text_of(name, 8, right=True) for name in ("POD", "FAR", "CSI")]
    yield ruled([*heads, *ratios], (40, 15, 15, 20, 13, 13, 13), rows, range(1, 7))
    yield Spacer(0, 3)
    yield from kit.two(words.score_note(judged["near_m"]), 8)
    yield from _hits(kit, judged["hits"], counts.hits)
    for name, number in (("misses", counts.misses), ("outside", len(report.after.outside))):
        yield from _damages(kit, words.numbered(WORDS[name], number), judged[name])
    if judged["false_alarms"]:
        names = "；".join(each["name"][:SHORT] for each in judged["false_alarms"])
        yield from (
            Spacer(0, 5),
            *kit.two(words.numbered(WORDS["alarms"], counts.false_alarms)),
            text_of(names, 8, most=5000),
        )


def _score(one: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(one[name]) for name in ("hits", "misses", "false_alarms"))
    yield from (words.ratio(one[name]) for name in ("pod", "far", "csi"))


def _hits(kit: Kit, hits: Sequence[Mapping[str, Any]], number: int) -> Iterator[Flowable]:
    if hits:
        heads = _worded(("time", 24), ("damage", 42), ("foreseen", 44), ("distance", 13), ("acted", 14))
        yield from (Spacer(0, 6), *kit.two(words.numbered(WORDS["hits"], number)))
        yield kit.table(heads, (_hit(kit, hit) for hit in hits), (3,))


def _hit(kit: Kit, hit: Mapping[str, Any]) -> Sequence[Cell]:
    damage, damaged = hit["damage"], hit["object"]
    acted = kit.first(WORDS["yes" if hit["acted_before"] else "no"])
    what = [*kit.two(damage["kind_title"]), text_of(damage["note"], 7.5)]
    return words.instant(damage["time"]), what, _name(damaged["name"]), f"{hit['distance_m']:.0f} m", acted


def _damages(kit: Kit, title: Title, damages: Sequence[Mapping[str, Any]]) -> Iterator[Flowable]:
    if damages:
        rows = [
            (
                words.instant(each["time"]),
                [*kit.two(each["kind_title"]), text_of(each["note"], 7.5)],
                f"{each['lon']:.5f}, {each['lat']:.5f}",
            )
            for each in damages
        ]
        yield from (Spacer(0, 6), *kit.two(title))
        yield kit.table(_worded(("time", 24), ("damage", 80), ("place", 32)), rows)


def _method(kit: Kit, report: Report) -> Iterator[Flowable]:
    yield from kit.heading(WORDS["method"])
    yield from kit.two(words.fields(report))
    for number, sentence in enumerate(report.method, start=1):
        first, second = pair(sentence, kit.language)
        yield from (Spacer(0, 4), text_of(f"{number}. {first}", 8.5), text_of(second, 7, SOFT))
