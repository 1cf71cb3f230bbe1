"""``twin bim scheme``: make design schemes, load what they are made of, review and compare them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from api.buildings import model_json
from api.cli._bar import Bar
from api.cli._bim_load import (
    AsJson,
    At,
    Control,
    Crs,
    Date,
    GradeName,
    Heading,
    MostTriangles,
    OnFootprint,
    Shifted,
    Strict,
    stated,
    tell,
)  # fmt: skip
from api.cli._bim_models import view_in
from api.cli._database import opened
from api.console import out, read_settings
from api.report.sections import document_page, document_pdf
from api.report.words import Language
from api.review import sources_of
from api.scheme_corridors import corridors_section
from api.scheme_report import report_of
from api.scheme_sunlight import RULE, Counting, sunlight_section
from api.schemes import comparison_json, review_json, scheme_json
from bim import schemes
from bim.catalog import DESIGN_SCHEMES
from bim.ingest import load_model
from bim.reading import ReadOptions
from bim.review import read_rules, rule_named
from bim.schemes import Review, Scheme
from bim.schemes.review import PLOTS
from layers.access import LOCAL_OPERATOR
from layers.errors import ParameterError
from layers.grades import grade_named
from layers.registry import Registry
from layers.temporal import now, parse_instant
from layers.title import Title

Site = Annotated[Path | None, typer.Option(help="A file of polygons: those of kind site, or the only one.")]
Plot = Annotated[str | None, typer.Option(help="In place of a file: the code of a plot of planning_plots.")]
SchemeId = Annotated[str, typer.Argument(help="The scheme's id; see: twin bim scheme list.")]


def scheme_verbs() -> typer.Typer:
    """Return the verbs."""
    verbs = typer.Typer(
        help="Design schemes: make, amend, load, list, show, compare, report, remove.", no_args_is_help=True
    )
    verbs.command("make")(make)
    verbs.command("amend")(amend)
    verbs.command("load")(load)
    verbs.command("list")(list_schemes)
    verbs.command("show")(show)
    verbs.command("compare")(compare)
    verbs.command("report")(report)
    verbs.command("remove")(remove)
    return verbs


def make(  # noqa: PLR0913 - each is an option of the command line
    scheme: Annotated[str, typer.Argument(help="Its id: lower-case letters, digits, and _ . - after the first.")],
    *,
    site: Site = None,
    plot: Plot = None,
    title: Annotated[str | None, typer.Option(help="Its name in Chinese.")] = None,
    title_en: Annotated[str | None, typer.Option(help="Its name in English.")] = None,
    replaces: Annotated[
        str | None, typer.Option(help="buildings/12,…: what it takes the place of; else all buildings on its site.")
    ] = None,
    limits: Annotated[
        Path | None, typer.Option(help="JSON or TOML: max_height_m = 60, … in place of those of its plot.")
    ] = None,
    grade: GradeName = "open",
    date: Date = None,
) -> None:
    """Make a design scheme, a branch of the map for one site; making it again amends it. The base stays as it is."""
    chinese = title or title_en or scheme
    ground = _ground(site, plot)
    if ground is None:
        raise ParameterError("site", "a scheme has a site: name its file (--site), or the code of a plot (--plot)")
    made = Scheme(
        id=scheme,
        title=Title(chinese, title_en or chinese),
        site=ground,
        replaces=None if replaces is None else schemes.parse_things(replaces),
        limits=None if limits is None else schemes.read_limits(limits),
        grade=grade_named(grade),
        made_by=LOCAL_OPERATOR.name,
        date=None if date is None else parse_instant(date, "date"),
    )
    with opened() as (database, _):
        is_new = schemes.make(database, made)
    area = schemes.ellipsoidal_area(made.site)
    out().print(escape(f"{'made' if is_new else 'amended'} {scheme}: a site of {area:,.1f} m²"))


def amend(  # noqa: PLR0913 - each is an option of the command line
    scheme: SchemeId,
    *,
    site: Site = None,
    plot: Plot = None,
    title: Annotated[str | None, typer.Option(help="Its name in Chinese.")] = None,
    title_en: Annotated[str | None, typer.Option(help="Its name in English.")] = None,
    replaces: Annotated[str | None, typer.Option(help="All that it takes the place of; site: all on its site.")] = None,
    take: Annotated[str, typer.Option(help="buildings/12,…: these besides, with their parts.")] = "",
    leave: Annotated[str, typer.Option(help="buildings/12,…: these not, nor their parts.")] = "",
    limits: Annotated[Path | None, typer.Option(help="A file of limits; plot: those of its plot.")] = None,
    grade: Annotated[str | None, typer.Option(help="open, conditional, internal or restricted.")] = None,
) -> None:
    """Change what is stated of a scheme, and nothing else."""
    fields: dict[str, Any] = {}
    ground = _ground(site, plot)
    if ground is not None:
        fields["site"] = ground
    if replaces is not None:
        fields["replaces"] = None if replaces == "site" else schemes.parse_things(replaces)
    if limits is not None:
        fields["limits"] = None if str(limits) == "plot" else schemes.read_limits(limits)
    if grade is not None:
        fields["grade"] = grade_named(grade)
    with opened() as (database, registry):
        sees = _sees(registry)
        if title or title_en:
            with database.reader.connect() as connection:
                before = schemes.scheme_of(connection, sees(DESIGN_SCHEMES.id), scheme).title
            fields["title"] = Title(title or before.zh, title_en or before.en)
        stated = schemes.Amendment(fields, schemes.parse_things(take), schemes.parse_things(leave))
        made = schemes.amend(database, sees, scheme, stated)
    area = schemes.ellipsoidal_area(made.site)
    out().print(escape(f"amended {scheme}: a site of {area:,.1f} m²"))


def load(  # noqa: PLR0913 - each is an option of the command line
    scheme: SchemeId,
    path: Annotated[Path, typer.Argument(help="A model as twin bim load takes it, or footprints with height_m.")],
    *,
    model: Annotated[
        str | None, typer.Option(help="The model of which this is a version; else the scheme's id.")
    ] = None,
    date: Date = None,
    at: At = None,
    heading: Heading = None,
    crs: Crs = None,
    control: Control = None,
    footprint: OnFootprint = None,
    shifted: Shifted = None,
    grade: GradeName = "open",
    strict: Strict = False,
    most_triangles: MostTriangles = 200_000,
    as_json: AsJson = False,
) -> None:
    """Load what a scheme is made of, in one transaction. Its parts have at least the grade of the scheme."""
    options = stated(
        ReadOptions(most_triangles=most_triangles, strict=strict), control, model=model or scheme, date=date, at=at,
        heading=heading, crs=crs, footprint=footprint, shifted=shifted, grade=grade, scheme=scheme,
    )  # fmt: skip
    with opened() as (database, registry), Bar() as bar:
        options = replace(options, grade=max(options.grade, schemes.grade_of(database, scheme)))
        summary = load_model(database, registry, path, options, bar)
    tell(summary, as_json=as_json)


def list_schemes(as_json: AsJson = False) -> None:
    """Print the schemes."""
    with opened() as (database, registry), database.reader.connect() as connection:
        listed = schemes.schemes(connection, _sees(registry)(DESIGN_SCHEMES.id))
    if as_json:
        out().print_json(json.dumps([scheme_json(one, "") for one in listed]))
        return
    table = Table()
    for name in ("scheme", "title", "grade", "site, m²", "date"):
        table.add_column(name)
    for one in listed:
        since = "" if one.date is None else f"{one.date:%Y-%m-%d}"
        area = f"{schemes.ellipsoidal_area(one.site):,.1f}"
        table.add_row(one.id, escape(one.title.zh), one.grade.title.en, area, since)
    out().print(table)


def show(scheme: SchemeId, as_json: AsJson = False) -> None:
    """Print the indicators of a scheme, and whether it keeps its limits."""
    with opened() as (database, registry), database.reader.connect() as connection:
        made = schemes.review(connection, _sees(registry), scheme)
        instead_of = schemes.replaced(connection, _sees(registry), made.scheme)
    if as_json:
        own = {"models": [model_json(version, "") for version in made.models], "replaces": instead_of}
        out().print_json(json.dumps(review_json(made, "") | own))
        return
    _print_reviews([made])
    out().print(escape(f"models: {', '.join(version.id for version in made.models) or 'none'}"))
    for layer, fids in instead_of.items():
        out().print(escape(f"in place of {len(fids)} of {layer}"))


def compare(
    ids: Annotated[list[str], typer.Argument(metavar="A B…", help="Schemes; base is the district as it is.")],
    as_json: AsJson = False,
) -> None:
    """Print indicators and verdicts of schemes side by side."""
    with opened() as (database, registry), database.reader.connect() as connection:
        reviews = schemes.compare(connection, _sees(registry), ids)
    if as_json:
        out().print_json(json.dumps(comparison_json(reviews, "")))
    else:
        _print_reviews(reviews)


def report(
    scheme: SchemeId,
    path: Annotated[Path, typer.Option("--out", help="The file to write: report.html or report.pdf.")],
    lang: Annotated[str, typer.Option(help="Which language comes first: zh or en.")] = "zh",
    rule: Annotated[str, typer.Option(help="The rule of sunlight; see: twin bim sunlight.")] = RULE,
) -> None:
    """Write the report of a scheme: plan, verdicts, indicators, sunlight of its neighbours, view corridors, method."""
    if path.suffix.lower() not in (".html", ".pdf"):
        raise ParameterError("out", f"{path.name!r} ends neither in .html nor in .pdf")
    if lang not in ("zh", "en"):
        raise ParameterError("lang", f"{lang!r} is neither zh nor en")
    language: Language = "en" if lang == "en" else "zh"
    settings = read_settings()
    named = rule_named(read_rules(settings.review_rules), rule)
    with opened() as (database, registry), database.reader.connect() as connection:
        base, sees = sources_of(registry, LOCAL_OPERATOR, now()), _sees(registry)
        sun = sunlight_section(connection, sees, base, scheme, Counting(named, settings.tile_triangles))
        views = corridors_section(connection, sees, base, scheme, settings.tile_triangles)
        made = report_of(connection, sees, scheme, [sun, views])
    is_page = path.suffix.lower() == ".html"
    body = bytes(document_page(made, language).body) if is_page else document_pdf(made, language)
    path.write_bytes(body)
    out().print(escape(f"{path}: {len(body):,} bytes"))


def remove(scheme: SchemeId) -> None:
    """Take a scheme back with all that it is made of; as_of= still finds it."""
    with opened() as (database, _):
        elements = schemes.remove(database, scheme)
    out().print(escape(f"removed {scheme} and its {elements:,} elements; the base is as it was"))


def _ground(site: Path | None, plot: str | None) -> Any:
    """Return the site that is stated, by a file or a plot, or None."""
    if site is not None and plot is not None:
        raise ParameterError("plot", "either a site is stated or a plot")
    if plot is None:
        return None if site is None else schemes.read_site(site)
    with opened() as (database, registry), database.reader.connect() as connection:
        return schemes.site_of_plot(connection, _sees(registry)(PLOTS), plot)


def _sees(registry: Registry) -> schemes.Sees:
    when = now()
    return lambda name: view_in(registry.get(name), when)


def _print_reviews(reviews: Sequence[Review]) -> None:
    table = Table(title=escape(reviews[0].title.zh) if len(reviews) == 1 else None)
    table.add_column("")
    for made in reviews:
        table.add_column(escape(made.title.zh), justify="right")
    for row in zip(*(made.figures for made in reviews), strict=True):
        title = f"{row[0].title.zh} {row[0].title.en}" + (f", {row[0].unit}" if row[0].unit else "")
        table.add_row(escape(title), *(_number(figure.value) for figure in row))
    out().print(table)
    for made in reviews:
        out().print(escape(f"{made.title.zh}: {made.limits.found.en} ({made.limits.found.zh}) {made.limits.source}"))
        for verdict in made.verdicts:
            limit = f"{'≤' if verdict.rule.at_most else '≥'} {verdict.limit:g} {verdict.figure.unit}"
            state = schemes.STATES[verdict.state]
            out().print(
                escape(f"  {state.zh} {state.en}: {verdict.rule.title.zh} {limit}, {_number(verdict.figure.value)}")
            )


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")
