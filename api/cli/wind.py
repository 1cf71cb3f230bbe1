"""``twin wind``: the wind scenario at the command line; needs no database."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli._bar import Bar
from api.console import err, out

if TYPE_CHECKING:  # numba and its kernels are loaded only when a verb needs them
    from twin.scenarios.wind.skill.report import Report

_DATA = "A folder of measured configurations, or of several: inflow.csv, measurements.csv, geometry.csv or .geojson."
_CELLS = "Cells to the size of a usual block."
_MOST = "The most cells of one run; where they do not suffice the cells are larger."


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(help="Look after the wind scenario.", no_args_is_help=True)
    verbs.command("validate")(validate)
    app.add_typer(verbs, name="wind")


def validate(  # noqa: PLR0913 - each is an option of the command line
    data: Annotated[Path, typer.Option(help=_DATA)],
    *,
    cells: Annotated[int, typer.Option(min=2, max=64, help=_CELLS)] = 12,
    iterations: Annotated[int, typer.Option(min=5, max=2000, help="The most iterations of one run.")] = 150,
    most_cells: Annotated[int, typer.Option(min=10_000, max=50_000_000, help=_MOST)] = 1_500_000,
    sensitivity: Annotated[bool, typer.Option("--sensitivity", help="Also on other grids and iterations.")] = False,
    results: Annotated[
        Path | None, typer.Option("--out", help="A folder for the tables, the numbers and the plots.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, max=64, help="Runs at a time; else 2, or 1 on one core.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Compare the wind model with measurements, beside what costs nothing to say."""
    from twin.scenarios.wind.skill.compare import usual_processes
    from twin.scenarios.wind.skill.predict import Fineness
    from twin.scenarios.wind.skill.reading import read_cases
    from twin.scenarios.wind.skill.report import validated

    cases = read_cases(data)
    fineness = Fineness(cells=cells, iterations=iterations, most_cells=most_cells)
    with Bar() as bar:
        report = validated(
            cases, fineness, bar.report, sensitivity=sensitivity, processes=processes or usual_processes()
        )
    if results is not None:
        _write(report, results)
    if as_json:
        out().print_json(json.dumps(report.json(), ensure_ascii=False))
    else:
        out().print(report.markdown(), markup=False)


def _write(report: "Report", folder: Path) -> None:
    from twin.scenarios.wind.skill.plots import plots

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "wind-skill.md").write_text(report.markdown() + "\n", encoding="utf-8")
    numbers = json.dumps(report.json(), ensure_ascii=False, indent=1)
    (folder / "wind-skill.json").write_text(numbers + "\n", encoding="utf-8")
    for name, figure in plots(report.comparisons).items():
        figure.savefig(folder / f"{name}.png", dpi=110)
    err().print(f"written to {folder}", markup=False)
