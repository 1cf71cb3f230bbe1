"""``twin quality``: the report on a layer, or on what a load brought."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.cli._database import opened
from api.console import out
from api.report.quality_page import quality_page
from layers.access import LOCAL_OPERATOR, require
from layers.errors import ParameterError
from layers.intake import Report, layer_report, load_reports


def app_command(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(quality)


def quality(
    layer: Annotated[str | None, typer.Argument(help="The layer's id.")] = None,
    *,
    load: Annotated[int | None, typer.Option(help="The number of a load instead.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report as a page into this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Report the quality of a layer, or of a load: scores, rules, and where rows fail."""
    if (layer is None) == (load is None):
        raise ParameterError("layer", "name a layer, or a load with --load")
    with opened() as (database, registry), database.reader.connect() as connection:
        if load is not None:
            reports = load_reports(connection, registry, LOCAL_OPERATOR, load)
        else:
            dataset = registry.get(layer or "")
            reports = [layer_report(connection, registry, dataset, require(LOCAL_OPERATOR, "read", dataset))]
    if html is not None:
        html.write_bytes(bytes(quality_page(reports, f"{layer or load} · 数据质量 quality").body))
    if as_json:
        out().print_json(json.dumps([report.json() for report in reports], ensure_ascii=False))
        return
    for report in reports:
        _print(report)


def _print(report: Report) -> None:
    scores = ", ".join(f"{name} {'–' if value is None else value}" for name, value in report.scores.items())
    table = Table(title=f"{report.layer.id}: {scores}", title_justify="left")
    for name in ("rule", "severity", "checked", "failed"):
        table.add_column(name)
    for outcome in report.examined.outcomes:
        failed = "not looked at" if outcome.failed is None else f"{outcome.failed:,}"
        table.add_row(outcome.rule.id, outcome.rule.severity, f"{outcome.checked:,}", failed)
    out().print(table)
    out().print(f"{report.pending:,} rows in quarantine", markup=False)
