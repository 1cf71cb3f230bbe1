"""``twin bim check``: a model file against a delivery specification, before it is loaded."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from api.cli._bar import Bar
from api.console import EXIT_FAILURE, err, out
from api.report.check_page import check_page
from bim.checking import IdsReport, Requirement, Specification
from bim.ingest import Examination, examine
from bim.reading import ReadOptions

_SHOWN = 5


def check(
    path: Annotated[Path, typer.Argument(help="A model: .ifc; without a specification any format.")],
    ids: Annotated[Path | None, typer.Argument(metavar="SPEC.ids", help="A delivery specification (IDS 1.0).")] = None,
    *,
    html: Annotated[Path | None, typer.Option(help="Write the report as a page into this file.")] = None,
    shapes: Annotated[
        bool, typer.Option("--shapes/--no-shapes", help="Make the shapes, and find their defects.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Check a model file against a delivery specification, and for what we find ourselves; 1 if a specification fails.

    Values are compared in SI units, whatever the units of the project. Nothing is loaded.
    """
    with Bar() as bar:
        found = examine(path, ids, ReadOptions(), bar, shapes=shapes)
    if html is not None:
        html.write_bytes(bytes(check_page(found.json()).body))
    if as_json:
        out().print_json(json.dumps(found.json(), ensure_ascii=False))
    else:
        _print(found)
    if not found.passed:
        raise typer.Exit(EXIT_FAILURE)


def _print(found: Examination) -> None:
    if found.ids is not None:
        _print_ids(found.ids)
    by_rule: dict[str, list[str]] = {}
    for defect in found.defects:
        by_rule.setdefault(f"{defect.rule}: {defect.message.en} ({defect.message.zh})", []).append(defect.element)
    for rule, elements in by_rule.items():
        more = f" and {len(elements) - _SHOWN:,} more" if len(elements) > _SHOWN else ""
        out().print(escape(f"{len(elements):,} × {rule}: {', '.join(elements[:_SHOWN])}{more}"))
    if found.georeference is not None:
        place = found.georeference["placement"]
        level, source = found.georeference["level"], found.georeference["source"]
        out().print(f"stands at {place['lon']:.7f}, {place['lat']:.7f} (LoGeoRef {level}, {source})")
        found_notes = [f"{note['en']} ({note['zh']})" for note in found.georeference["notes"]]
    else:
        found_notes = []
    for note in (*found.notes, *found_notes):
        err().print(escape(note))


def _print_ids(report: IdsReport) -> None:
    table = Table(title=escape(f"{report.title} ({report.schema})"), title_justify="left")
    for name in ("specification", "status", "applies to", "fail"):
        table.add_column(name)
    for one in report.specifications:
        failed = max((requirement.failed for requirement in one.requirements), default=0)
        table.add_row(escape(one.name), one.status, f"{one.applicable:,}", f"{failed:,}")
    out().print(table)
    for one in report.specifications:
        _print_specification(one)


def _print_specification(one: Specification) -> None:
    if one.message is not None:
        out().print(escape(f"{one.name}: {one.message.en} ({one.message.zh})"))
    for requirement in one.requirements:
        if requirement.failed:
            _print_requirement(one, requirement)


def _print_requirement(one: Specification, requirement: Requirement) -> None:
    out().print(escape(f"{one.name}: {requirement.text.en} ({requirement.text.zh}); {requirement.failed:,} fail"))
    for failure in requirement.failures[:_SHOWN]:
        named = " ".join(filter(None, (failure.ifc_class, failure.element or f"#{failure.number}", failure.name)))
        out().print(escape(f"  {named}: {failure.reason.en} ({failure.reason.zh})"))
    if requirement.failed > _SHOWN:
        out().print(f"  and {requirement.failed - _SHOWN:,} more; --json and --html have them")
