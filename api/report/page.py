"""The report as one self-contained page of HTML."""

from collections.abc import Mapping
from typing import Any

from fastapi.responses import HTMLResponse
from markupsafe import Markup

from api.pages import page
from api.report import words
from api.report.plan_drawing import plan_drawing
from api.report.storm_drawing import storm_drawing
from api.report.svg import to_svg
from api.report.words import Language
from layers.registry import Registry
from layers.title import Title
from twin.hazard import SCREENING
from twin.runs.ground_plan import GroundPlan
from twin.runs.impact_titles import kind_title
from twin.runs.report import Report

# Whatever a name in the data contains, the page executes and loads nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def report_page(report: Report, plan: GroundPlan | None, registry: Registry, language: Language) -> HTMLResponse:
    """Return the page, ``language`` first and the other one under it."""
    gusts = street_legend(registry, report.run.scenario)
    answer = page(
        "report.html",
        report=report,
        language=language,
        map=None if plan is None else to_svg(plan_drawing(plan, report.objects, gusts, places_of(report))),
        storm=_storm(report),
        two=Bilingual(language),
        words=words,
        w=words.WORDS,
        kind_title=kind_title,
        screening=SCREENING,
    )
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Content-Language"] = "zh-CN" if language == "zh" else "en"
    return answer


def street_legend(registry: Registry, scenario: str) -> dict[str, Any] | None:
    """Return the legend of the colours in which a scenario's streets are drawn, where it has that layer."""
    layer = f"{scenario}_streets"
    if layer not in registry:
        return None
    variant = registry.get(layer).style.variants[0]
    return variant.paint.legend(variant.title)


def places_of(report: Report) -> list[tuple[float, float]]:
    """Return where damages were reported, longitude first."""
    return [(each.damage.lon, each.damage.lat) for each in report.damages]


def _storm(report: Report) -> Markup | None:
    drawn = storm_drawing(report.steps)
    return None if drawn is None else to_svg(drawn)


class Bilingual:
    """Writes a title in the first language, and the other one small under it."""

    def __init__(self, language: Language) -> None:
        """Write ``language`` first."""
        self.language = language

    def __call__(self, title: Title | Mapping[str, str]) -> Markup:
        """Return both languages as markup."""
        first, second = pair(title, self.language)
        if not second or first == second:
            return Markup('<span class="first">{}</span>').format(first)
        return Markup('<span class="first">{}</span> <span class="second">{}</span>').format(first, second)

    def first(self, title: Title | Mapping[str, str]) -> str:
        """Return the first language alone."""
        return pair(title, self.language)[0]


def pair(title: Title | Mapping[str, str], language: Language) -> tuple[str, str]:
    """Return a title in both languages, ``language`` first."""
    titles = title.json() if isinstance(title, Title) else title
    zh, en = titles["zh"], titles["en"]
    return (zh, en) if language == "zh" else (en, zh)
